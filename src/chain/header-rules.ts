import { bytesEqual, toHex } from '../bytes/index.ts'
import { checkPow, type PowFailure } from './autolykos/verify.ts'
import { GENESIS_HEIGHT } from './constants.ts'
import type { DifficultyHeader } from './difficulty/adjustment.ts'
import { decodeCompact } from './difficulty/compact.ts'
import { type AncestorAt, type DifficultySettings, type RequiredDifficulty, requiredDifficulty } from './difficulty/required.ts'
import type { Header } from './header.ts'
import { HEADER_RULES, type Severity, type ValidationRule } from './rules.ts'

/** A header may be this many block intervals ahead of our clock (`HeadersProcessor.MaxTimeDrift`). */
export const MAX_DRIFT_INTERVALS = 10

/** What header rules take from a network. */
export interface HeaderRuleSettings {
  readonly difficulty: DifficultySettings
  /** The only genesis header allowed; null when any is (all networks but mainnet). */
  readonly genesisId: Uint8Array | null
  /** The header at this height must have this id; null for none. */
  readonly checkpoint: { readonly height: number; readonly id: Uint8Array } | null
  /** Depth of the rollbacks we could make. */
  readonly keepVersions: number
}

/** What a header is compared with in its parent. */
export interface ParentHeader extends DifficultyHeader {
  readonly id: Uint8Array
}

/** Result of a proof-of-work check made before, e.g. on another thread; `deferred` leaves rule 207 unchecked for later. */
export type PowResult = PowFailure | null | 'deferred'

/** The surroundings that a header is judged in. */
export interface HeaderContext {
  readonly network: HeaderRuleSettings
  /**
   * The header that `parentId` names; null when it is not known, which breaks rule 204; undefined when it cannot be looked up
   * here, which leaves what depends on it unchecked. Not looked at for genesis.
   */
  readonly parent: ParentHeader | null | undefined
  /** True when the parent was marked invalid. */
  readonly parentInvalid?: boolean
  /** Headers of the judged header's own ancestry. */
  readonly ancestorAt: AncestorAt
  /** Our clock, milliseconds since 1970. */
  readonly now: number
  /** Height of the best full block, 0 when there is none. */
  readonly fullBlockHeight: number
  /** True when a header with this id is stored already. */
  readonly stored?: boolean
  /** What {@link checkPow} said before. When left out, the proof of work is checked here. */
  readonly pow?: PowResult
}

/** The first rule, in the reference's order, that a header breaks. */
export interface HeaderRuleFailure {
  readonly rule: number
  readonly code: string
  readonly severity: Severity
  readonly message: string
  /** Of rule 204: the header that must be had first. */
  readonly missingParentId?: Uint8Array
}

/** Outcome of {@link judgeHeader}. */
export interface HeaderVerdict {
  /** The first rule broken; undefined when none of those that could be checked is. */
  readonly failure: HeaderRuleFailure | undefined
  /** Rules met on the way that could not be checked for want of context. A header with any of them is not known to be valid. */
  readonly unchecked: readonly number[]
  /** Height of the lowest ancestor that rule 208 looks for in vain, where the parent is known. */
  readonly missingHeight?: number
}

/** Thrown when a rule cannot be checked: a fault of ours, not of the header. */
export class HeaderContextError extends Error {
  override readonly name: string = 'HeaderContextError'
  readonly code: string = 'HEADER_CONTEXT_MISSING'
  readonly rules: readonly number[]
  /** See {@link HeaderVerdict}. */
  readonly missingHeight: number | undefined

  /** @param advice what to do about it, to follow the message */
  constructor(header: Header, { unchecked, missingHeight }: Omit<HeaderVerdict, 'failure'>, advice = '') {
    const rules = `rule${unchecked.length === 1 ? '' : 's'} ${unchecked.join(', ')}`
    const missing = missingHeight === undefined ? '' : `: the header of height ${missingHeight} is needed and not here`
    super(`header ${header.idHex} at height ${header.height} cannot be checked by ${rules}${missing}${advice}`)
    this.rules = unchecked
    this.missingHeight = missingHeight
  }
}

/** Holds, does not hold because of this, or cannot be told. */
type Outcome = true | string | undefined
type Check = readonly [rule: ValidationRule, outcome: () => Outcome]

const POW_TEXT: Readonly<Record<PowFailure, string>> = {
  POINT_INVALID: 'a point of the solution is not on the curve',
  TARGET_UNREACHABLE: 'the difficulty is not positive',
  DISTANCE_ABOVE_TARGET: 'd is not below the target',
  POINT_INFINITE: 'a key is the point at infinity',
  EQUATION_FALSE: 'w^f is not g^d * pk',
  HIT_ABOVE_TARGET: 'the hit is not below the target'
}

/**
 * Judges a header by the rules 200..211, 216 and 300 in the reference's order, stopping at the first it breaks
 * (`HeadersProcessor.HeaderValidator`). Rules whose context is missing are listed, not assumed. There is no rule that ties
 * a header's version to its height.
 */
export function judgeHeader(header: Header, context: HeaderContext): HeaderVerdict {
  const unchecked: number[] = []
  let missingHeight: number | undefined
  const verdict = (failure: HeaderRuleFailure | undefined): HeaderVerdict =>
    missingHeight === undefined ? { failure, unchecked } : { failure, unchecked, missingHeight }
  for (const [rule, check] of header.isGenesis ? genesisChecks(header, context) : childChecks(header, context)) {
    const outcome = check()
    if (outcome === true) continue
    if (outcome === undefined) {
      unchecked.push(rule.number)
      if (rule === HEADER_RULES.requiredDifficulty) missingHeight = missingAncestor(context)
      continue
    }
    const { number, code, severity, text } = rule
    const failure = { rule: number, code, severity, message: `${text}: ${outcome}` }
    const missing = rule === HEADER_RULES.parent ? { missingParentId: header.parentId } : {}
    return verdict({ ...failure, ...missing })
  }
  return verdict(undefined)
}

/**
 * {@link judgeHeader} for callers who know all that the rules need.
 *
 * @returns the first rule broken, or undefined when the header is valid
 * @throws HeaderContextError when no rule is broken but one could not be checked
 */
export function validateHeader(header: Header, context: HeaderContext): HeaderRuleFailure | undefined {
  const verdict = judgeHeader(header, context)
  if (verdict.failure === undefined && verdict.unchecked.length > 0) throw new HeaderContextError(header, verdict)
  return verdict.failure
}

function genesisChecks(header: Header, context: HeaderContext): readonly Check[] {
  const { genesisId, keepVersions, difficulty } = context.network
  const { initialDifficulty } = difficulty
  return [
    [HEADER_RULES.genesisParent, () => header.parentId.every((b) => b === 0) || `it is ${toHex(header.parentId)}`],
    [
      HEADER_RULES.genesisFromConfig,
      () => genesisId === null || bytesEqual(header.id, genesisId) || `${header.idHex} is not ${toHex(genesisId)}`
    ],
    [HEADER_RULES.genesisHeight, () => header.height === GENESIS_HEIGHT || `it is ${header.height}`],
    [HEADER_RULES.pow, () => powOutcome(header, context)],
    [HEADER_RULES.requiredDifficulty, () => difficultyOutcome(header, initialDifficulty)],
    [HEADER_RULES.alreadyApplied, () => storedOutcome(header, context)],
    [
      HEADER_RULES.tooOld,
      () => context.fullBlockHeight < keepVersions || `the best full block is at height ${context.fullBlockHeight}`
    ],
    [HEADER_RULES.futureTimestamp, () => futureOutcome(header, context)]
  ]
}

function childChecks(header: Header, context: HeaderContext): readonly Check[] {
  const { network, parent, fullBlockHeight } = context
  const { checkpoint, keepVersions } = network
  const parentId = header.parentId
  // Behind rule 204 a parent that is still missing is one that cannot be looked up.
  const known = parent ?? undefined
  return [
    [HEADER_RULES.parent, () => parentOutcome(parentId, parent)],
    [
      HEADER_RULES.nonIncreasingTimestamp,
      () => known && (header.timestampExact > known.timestampExact || `${header.timestampExact} after ${known.timestampExact}`)
    ],
    [HEADER_RULES.height, () => known && (header.height === known.height + 1 || `${header.height} after ${known.height}`)],
    [HEADER_RULES.pow, () => powOutcome(header, context)],
    [HEADER_RULES.requiredDifficulty, () => childDifficultyOutcome(header, known, context)],
    [
      HEADER_RULES.tooOld,
      () => {
        // Below keepVersions the rule holds for any parent.
        if (fullBlockHeight < keepVersions) return true
        return known && (fullBlockHeight - known.height < keepVersions || `the best full block is at height ${fullBlockHeight}`)
      }
    ],
    [HEADER_RULES.parentSemantics, () => context.parentInvalid !== true || `${toHex(parentId)} is`],
    [HEADER_RULES.futureTimestamp, () => futureOutcome(header, context)],
    [HEADER_RULES.alreadyApplied, () => storedOutcome(header, context)],
    [
      HEADER_RULES.checkpoint,
      () =>
        checkpoint === null ||
        checkpoint.height !== header.height ||
        bytesEqual(checkpoint.id, header.id) ||
        `${header.idHex} at height ${header.height} is not ${toHex(checkpoint.id)}`
    ]
  ]
}

function parentOutcome(parentId: Uint8Array, parent: ParentHeader | null | undefined): Outcome {
  if (parent === undefined) return undefined
  return (parent !== null && bytesEqual(parent.id, parentId)) || `${toHex(parentId)} is not`
}

function powOutcome(header: Header, context: HeaderContext): Outcome {
  const failure = context.pow === undefined ? checkPow(header) : context.pow
  if (failure === 'deferred') return undefined
  return failure === null || POW_TEXT[failure]
}

function difficultyOutcome(header: Header, required: bigint): Outcome {
  const given = decodeCompact(header.nBits)
  return given === required || `${given} where ${required} is required`
}

function childDifficultyOutcome(header: Header, parent: ParentHeader | undefined, context: HeaderContext): Outcome {
  const required = requiredAfter(parent, parent?.height ?? header.height - 1, context)
  return required.known ? difficultyOutcome(header, required.difficulty) : undefined
}

function requiredAfter(parent: ParentHeader | undefined, height: number, context: HeaderContext): RequiredDifficulty {
  const ancestorAt: AncestorAt = (h) => (h === parent?.height ? parent : context.ancestorAt(h))
  return requiredDifficulty(height, ancestorAt, context.network.difficulty)
}

/** Asked again only when something is missing: rare, and simpler than to carry it along. */
function missingAncestor(context: HeaderContext): number | undefined {
  const { parent } = context
  if (parent === undefined || parent === null) return undefined
  const required = requiredAfter(parent, parent.height, context)
  return required.known ? undefined : required.missingHeight
}

function storedOutcome(header: Header, context: HeaderContext): Outcome {
  return context.stored !== true || header.idHex
}

function futureOutcome(header: Header, context: HeaderContext): Outcome {
  // The reference subtracts Longs, so a timestamp far in the past wraps into the future.
  const ahead = BigInt.asIntN(64, header.timestampExact - BigInt(Math.trunc(context.now)))
  const limit = MAX_DRIFT_INTERVALS * context.network.difficulty.blockIntervalMs
  return ahead <= BigInt(limit) || `it is ${ahead} ms ahead, more than ${limit}`
}
