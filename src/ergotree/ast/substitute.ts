import { Reader } from '../../bytes/index.ts'
import { readValue } from '../codec/expression-parser.ts'
import { CastError, ScriptReader } from '../codec/script-reader.ts'
import type { ContextVariables } from '../eval/context.ts'
import { DESERIALIZE_BLOCK_COST_PER_BYTE } from '../eval/cost.ts'
import { fail, ScriptError } from '../eval/errors.ts'
import { evaluatedValue } from '../eval/evaluated.ts'
import { rewrite } from '../eval/rebuild.ts'
import { asBytes } from '../eval/type-check.ts'
import { BadType, SByteArray, typeEquals, typeToString } from '../types/types.ts'
import { RULE, ValidationRuleError } from '../validation-rules.ts'
import type { ErgoBox } from '../values/ergo-box.ts'
import type { Value } from '../values/values.ts'
import type { Versions } from '../versions.ts'
import type { ConstantNode, DeserializeContextNode, DeserializeRegisterNode, Node } from './nodes.ts'
import { OP } from './op-codes.ts'

/** Expression of a segregated tree with the constants put in place of their placeholders. */
export function placeConstants(root: Node, constants: readonly ConstantNode[]): Node {
  return rewrite(root, (node) => (node.op === OP.ConstantPlaceholder ? constants[node.index] : undefined))
}

const FIRST_ADDITIONAL_REGISTER = 4

/** Running cost of a substitution, in block units. */
export class BlockCost {
  total: number
  readonly #limit: number

  constructor(start: number, limit: number) {
    this.total = start
    this.#limit = limit
  }

  add(units: number): void {
    this.total += units
    if (this.total > this.#limit) {
      throw new ScriptError(`Estimated execution cost ${this.total} exceeds the limit ${this.#limit}`, 'cost')
    }
  }
}

export interface SubstitutionContext {
  readonly self: ErgoBox
  readonly variables: ContextVariables
  readonly versions: Versions
  readonly cost: BlockCost
}

/**
 * Replaces every DeserializeContext and DeserializeRegister node with the expression that its bytes hold, wherever it stands,
 * in branches that never run as well (reference: `applyDeserializeContextJITC`, `ErgoLikeInterpreter.substDeserialize`).
 *
 * A node stays, and fails only if it is evaluated, when there is no variable of type Coll[Byte], or no register and no
 * default, or where the reference runs into a ClassCastException. Everything else that is wrong fails the script.
 *
 * @throws ValidationRuleError for a broken numbered rule in the decoded script, or rule 1000
 * @throws ScriptError, DecodeError
 */
export function substituteScripts(root: Node, context: SubstitutionContext): Node {
  return rewrite(root, (node) => {
    if (node.op === OP.DeserializeContext) return keepOnCast(() => fromVariable(node, context))
    if (node.op === OP.DeserializeRegister) return keepOnCast(() => fromRegister(node, context))
    return undefined
  })
}

function keepOnCast(replace: () => Node | undefined): Node | undefined {
  try {
    return replace()
  } catch (error) {
    if (error instanceof CastError) return undefined
    throw error
  }
}

/** The expression at the start of the bytes, paid for by all of them. */
function decodeScript(bytes: Uint8Array, context: SubstitutionContext): Node {
  const script = readValue(new ScriptReader(new Reader(bytes), context.versions))
  context.cost.add(bytes.length * DESERIALIZE_BLOCK_COST_PER_BYTE)
  return script
}

function fromVariable(node: DeserializeContextNode, context: SubstitutionContext): Node | undefined {
  const variable = context.variables.get(node.id)
  if (variable === undefined || !typeEquals(variable.tpe, SByteArray)) return undefined
  const script = decodeScript(asBytes(evaluatedValue(variable)), context)
  if (script.tpe === BadType) return undefined
  if (!typeEquals(script.tpe, node.tpe)) {
    throw new ValidationRuleError(
      RULE.DeserializedScriptType,
      `script of type ${typeToString(script.tpe)} where ${typeToString(node.tpe)} is expected`
    )
  }
  return script
}

function fromRegister(node: DeserializeRegisterNode, context: SubstitutionContext): Node | undefined {
  const value = registerValue(context.self, node.register)
  if (value === undefined) return node.default
  // Whatever is not made of bytes is a failed cast.
  if (!(value instanceof Uint8Array)) return undefined
  const script = decodeScript(value, context)
  if (script.tpe === BadType) return undefined
  if (!typeEquals(script.tpe, node.tpe)) {
    fail(`script of type ${typeToString(script.tpe)} where ${typeToString(node.tpe)} is expected`)
  }
  return script
}

/** Value of a register as stored. For R2 and R3, which hold no bytes either, that of R0 stands in. */
function registerValue(box: ErgoBox, register: number): Value | undefined {
  if (register === 1) return box.tree.bytes
  if (register < FIRST_ADDITIONAL_REGISTER) return box.value
  const node = box.registers[register - FIRST_ADDITIONAL_REGISTER]
  return node === undefined ? undefined : evaluatedValue(node)
}
