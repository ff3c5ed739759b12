import { type Reader, toHex, Writer } from '../../src/bytes/index.ts'
import {
  type BoxCandidate,
  type EvaluatedNode,
  readCandidate,
  readEvaluated,
  ScriptReader,
  type TokenIdCodec,
  type Versions,
  writeCandidate,
  writeValue
} from '../../src/ergotree/index.ts'

/** As much of a transaction as this room's codecs need around them. */
export interface PlainTransaction {
  readonly inputs: readonly {
    readonly id: Uint8Array
    readonly proof: Uint8Array
    readonly variables: [number, EvaluatedNode][]
  }[]
  readonly dataInputs: readonly Uint8Array[]
  readonly tokenIds: readonly Uint8Array[]
  readonly outputs: readonly BoxCandidate[]
}

/** Token ids by their place in the transaction's table. */
export function indexedTokenIds(table: readonly Uint8Array[]): TokenIdCodec {
  const places = new Map(table.map((id, i) => [toHex(id), i]))
  return {
    read: (s) => table[s.uint('token index')] ?? s.fail('token index outside its table'),
    write: (w, id) => w.uint(places.get(toHex(id))!)
  }
}

function times<T>(count: number, read: () => T): T[] {
  const items: T[] = []
  for (let i = 0; i < count; i++) items.push(read())
  return items
}

export function readTransaction(raw: Reader, versions: Versions): PlainTransaction {
  const s = new ScriptReader(raw, versions)
  const inputs = times(raw.ushort(), () => ({
    id: raw.bytes(32),
    proof: raw.bytes(raw.ushort()),
    variables: times(raw.i8(), (): [number, EvaluatedNode] => [raw.i8(), readEvaluated(s)])
  }))
  const dataInputs = times(raw.ushort(), () => raw.bytes(32))
  const tokenIds = times(raw.uint(), () => raw.bytes(32))
  const codec = indexedTokenIds(tokenIds)
  const outputs = times(raw.ushort(), () => readCandidate(s, codec))
  return { inputs, dataInputs, tokenIds, outputs }
}

export function writeTransaction(tx: PlainTransaction, versions: Versions): Uint8Array {
  const w = new Writer(1024)
  w.ushort(tx.inputs.length)
  for (const input of tx.inputs) {
    w.bytes(input.id).ushort(input.proof.length).bytes(input.proof).u8(input.variables.length)
    for (const [id, value] of input.variables) {
      w.u8(id)
      writeValue(w, value, versions)
    }
  }
  w.ushort(tx.dataInputs.length)
  for (const id of tx.dataInputs) w.bytes(id)
  w.uint(tx.tokenIds.length)
  for (const id of tx.tokenIds) w.bytes(id)
  w.ushort(tx.outputs.length)
  const codec = indexedTokenIds(tx.tokenIds)
  for (const output of tx.outputs) writeCandidate(w, output, versions, codec)
  return w.toBytes()
}
