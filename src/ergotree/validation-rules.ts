/**
 * Numbered rules of the script language that a soft-fork may relax (reference: `ValidationRules.scala` in
 * `sigma.validation` and `org.ergoplatform.validation`).
 */
export const RULE = {
  DeserializedScriptType: 1000,
  DeserializedScriptIsSigmaProp: 1001,
  ValidOpCode: 1002,
  PrimitiveTypeCode: 1007,
  TypeCode: 1008,
  SerializableTypeCode: 1009,
  TypeWithMethods: 1010,
  Method: 1011,
  HeaderSizeBit: 1012,
  PositionLimit: 1014,
  MethodV6: 1016,
  PrimitiveTypeCodeV6: 1017,
  TypeCodeV6: 1018,
  V6TypeInBox: 1019
} as const

export type RuleId = (typeof RULE)[keyof typeof RULE]

/**
 * A numbered rule failed. Not a {@link DecodeError}: inside a tree with a size this makes the tree "unparsed" and it is the
 * voted status of the rule that decides, at spending time, whether that passes for true.
 */
export class ValidationRuleError extends Error {
  override readonly name: string = 'ValidationRuleError'
  readonly code: string = 'SCRIPT_RULE'
  readonly rule: RuleId
  /** What the rule's status is compared with: the unknown code, or type id and method id; else empty. Signed bytes. */
  readonly args: readonly number[]

  constructor(rule: RuleId, message: string, args: readonly number[] = []) {
    super(message)
    this.rule = rule
    this.args = args
  }
}

/** Status of a rule as voted into the chain. `changed` carries what the vote put in the place of the rule's table. */
export type RuleStatus =
  | { readonly kind: 'enabled' }
  | { readonly kind: 'disabled' }
  | { readonly kind: 'replaced'; readonly newRule: number }
  | { readonly kind: 'changed'; readonly bytes: Uint8Array }

/** Statuses that differ from the default, by rule id. A rule that is not in here is enabled. */
export type RuleStatuses = ReadonlyMap<number, RuleStatus>

export const DEFAULT_RULE_STATUSES: RuleStatuses = new Map()

/** Rules whose status `changed` lists codes to be tolerated. */
const CODE_RULES: ReadonlySet<number> = new Set([
  RULE.ValidOpCode,
  RULE.PrimitiveTypeCode,
  RULE.PrimitiveTypeCodeV6,
  RULE.TypeCode,
  RULE.TypeCodeV6,
  RULE.TypeWithMethods
])

/** Rules whose status `changed` lists pairs (type id, method id) to be tolerated. */
const METHOD_RULES: ReadonlySet<number> = new Set([RULE.Method, RULE.MethodV6])

/** Rules of version 5 that 6.0 replaced by others of the same content; replaced ones are not tolerated after activation. */
const REPLACED_BY_V6: ReadonlySet<number> = new Set([RULE.Method, RULE.PrimitiveTypeCode, RULE.TypeCode])

/** Does `bytes` hold the pair at an even offset? */
function hasPair(bytes: Uint8Array, first: number, second: number): boolean {
  for (let i = 0; i + 1 < bytes.length; i += 2) {
    if (bytes[i] === (first & 0xff) && bytes[i + 1] === (second & 0xff)) return true
  }
  return false
}

/**
 * May this failure be taken for a soft-fork, under the voted statuses? (reference: `SigmaValidationSettings.isSoftFork`)
 *
 * @param v6Activated activated script version 3 or later at the time of the question
 */
export function isSoftFork(error: ValidationRuleError, statuses: RuleStatuses, v6Activated: boolean): boolean {
  const status = statuses.get(error.rule)
  if (status === undefined) return false
  if (status.kind === 'replaced') return !(v6Activated && REPLACED_BY_V6.has(error.rule))
  if (status.kind !== 'changed') return false
  const [first, second] = error.args
  if (CODE_RULES.has(error.rule)) return first !== undefined && status.bytes.includes(first & 0xff)
  if (METHOD_RULES.has(error.rule)) return second !== undefined && hasPair(status.bytes, first!, second)
  return false
}
