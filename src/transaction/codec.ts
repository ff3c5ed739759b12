import { EncodeError, toHex, type Writer } from '../bytes/index.ts'
import {
  type BoxCandidate,
  type EvaluatedNode,
  FULL_TOKEN_IDS,
  readCandidate,
  readEvaluated,
  type ScriptReader,
  type TokenIdCodec,
  type Versions,
  writeCandidate,
  writeValue
} from '../ergotree/index.ts'
import { extensionOrder } from './extension-order.ts'

/** Length of box, token and transaction ids. */
export const ID_BYTES = 32

/** Outputs that a transaction can be made of at all (`Short.MaxValue`, `ErgoLikeTransaction.scala`). */
export const MAX_OUTPUTS = 0x7fff

/** Variables of one input: their count is a signed byte. */
export const MAX_EXTENSION_VARIABLES = 0x7f

/** Variables by signed byte, in the order in which the reference writes them. */
export type Variables = ReadonlyMap<number, EvaluatedNode>

/** An input as its parts. */
export interface InputParts {
  /** 32 bytes. */
  readonly boxId: Uint8Array
  readonly proof: Uint8Array
  readonly variables: Variables
}

/** A transaction as its parts, all of them read. */
export interface TransactionParts {
  readonly inputs: readonly InputParts[]
  /** 32 bytes each. */
  readonly dataInputs: readonly Uint8Array[]
  readonly outputs: readonly BoxCandidate[]
}

/**
 * Reads a transaction as the reference does (`ErgoLikeTransactionSerializer.parse`), whatever form its parts have.
 *
 * @throws ValidationRuleError 1014, 1019
 * @throws DecodeError
 */
export function readTransactionParts(s: ScriptReader): TransactionParts {
  const inputs: InputParts[] = []
  for (let n = s.ushort('input count'); n > 0; n--) inputs.push(readInput(s))
  const dataInputs: Uint8Array[] = []
  for (let n = s.ushort('data input count'); n > 0; n--) dataInputs.push(s.bytes(ID_BYTES))
  const tokenIds: Uint8Array[] = []
  for (let n = s.count('token id count'); n > 0; n--) tokenIds.push(s.bytes(ID_BYTES))
  const outputCount = s.ushort('output count')
  const codec = indexedIds(tokenIds)
  const outputs: BoxCandidate[] = []
  for (let n = outputCount; n > 0; n--) outputs.push(readCandidate(s, codec))
  if (outputCount > MAX_OUTPUTS) s.fail(`${outputCount} outputs are more than ${MAX_OUTPUTS}`)
  return { inputs, dataInputs, outputs }
}

function readInput(s: ScriptReader): InputParts {
  const boxId = s.bytes(ID_BYTES)
  const proof = s.bytes(s.ushort('proof length'))
  return { boxId, proof, variables: readVariables(s) }
}

/** Reads a context extension. Of a repeated variable the last value counts, at the place of the first. */
export function readVariables(s: ScriptReader): Variables {
  const count = s.i8()
  if (count < 0) s.fail(`negative number ${count} of context variables`)
  const read = new Map<number, EvaluatedNode>()
  for (let i = 0; i < count; i++) read.set(s.i8(), readEvaluated(s))
  return orderedVariables(read)
}

/** The same variables in the order in which they are written. */
export function orderedVariables(variables: Variables): Variables {
  return new Map(extensionOrder([...variables.keys()]).map((id) => [id, variables.get(id)!]))
}

/**
 * Writes a context extension.
 *
 * @throws EncodeError
 */
export function writeVariables(w: Writer, variables: Variables, versions: Versions): void {
  if (variables.size > MAX_EXTENSION_VARIABLES) throw new EncodeError(`${variables.size} context variables`)
  w.u8(variables.size)
  for (const [id, value] of variables) {
    w.u8(id)
    writeValue(w, value, versions)
  }
}

/** Token ids as places in a table. */
function indexedIds(table: readonly Uint8Array[]): TokenIdCodec {
  return {
    read(s) {
      const index = s.uint('token id index')
      return table[index] ?? s.fail(`no token id ${index} in a table of ${table.length}`)
    },
    write: FULL_TOKEN_IDS.write
  }
}

/** Distinct token ids of all outputs by first use, and the codec that writes their places. */
function tokenTable(outputs: readonly BoxCandidate[]): { readonly ids: readonly Uint8Array[]; readonly codec: TokenIdCodec } {
  const places = new Map<string, number>()
  const ids: Uint8Array[] = []
  for (const { tokens } of outputs) {
    for (const { id } of tokens) {
      const key = toHex(id)
      if (places.has(key)) continue
      places.set(key, ids.length)
      ids.push(id)
    }
  }
  return { ids, codec: { read: FULL_TOKEN_IDS.read, write: (w, id) => w.uint(places.get(toHex(id))!) } }
}

/**
 * Writes a transaction as the reference does: what was read does not always come back as it was.
 *
 * @param withProofs false writes what is signed and hashed to the id: every proof empty, extensions kept
 * @throws EncodeError when something in it has no encoding
 */
export function writeTransactionParts(w: Writer, parts: TransactionParts, versions: Versions, withProofs: boolean): void {
  w.ushort(parts.inputs.length)
  for (const { boxId, proof, variables } of parts.inputs) {
    w.bytes(boxId)
    if (withProofs) w.ushort(proof.length).bytes(proof)
    else w.u8(0)
    writeVariables(w, variables, versions)
  }
  w.ushort(parts.dataInputs.length)
  for (const id of parts.dataInputs) w.bytes(id)
  const { ids, codec } = tokenTable(parts.outputs)
  w.uint(ids.length)
  for (const id of ids) w.bytes(id)
  if (parts.outputs.length > MAX_OUTPUTS) throw new EncodeError(`${parts.outputs.length} outputs`)
  w.ushort(parts.outputs.length)
  for (const output of parts.outputs) writeCandidate(w, output, versions, codec)
}
