import { concatBytes, Reader, toHex, Writer } from '../bytes/index.ts'
import { blake2b256, blake2b256Concat } from '../crypto/index.ts'
import { DEFAULT_VERSIONS, ErgoBox, ScriptReader, type Versions } from '../ergotree/index.ts'
import { type Box, type BoxPlace, ParsedBox, ScannedBox } from './box.ts'
import {
  ID_BYTES,
  type InputParts,
  readVariables,
  type TransactionParts,
  type Variables,
  writeTransactionParts,
  writeVariables
} from './codec.ts'
import type { InputSpan, TransactionSpan } from './scan/scan-transaction.ts'

/** An input as the reference's `Input.scala`: which box, by what right. */
export interface TransactionInput {
  /** 32 bytes. */
  readonly boxId: Uint8Array
  readonly proof: Uint8Array
  /** Context variables by signed byte, in the order in which they are written. */
  readonly variables: Variables
}

/**
 * A signed transaction. Its bytes and ids are those that the reference would write after reading it, whatever form it came
 * in. Byte fields are views: do not write to them. Fields are computed when asked for, once.
 */
export interface Transaction {
  readonly inputs: readonly TransactionInput[]
  /** Box ids, 32 bytes each; repetitions are legal. */
  readonly dataInputs: readonly Uint8Array[]
  readonly outputs: readonly Box[]
  readonly bytes: Uint8Array
  /**
   * The bytes that it was read from: nearly always those of {@link bytes}. Scripts see trees of outputs as received, so whoever
   * reads the transaction elsewhere must read these.
   */
  readonly received: Uint8Array
  /** What every proof signs: {@link bytes} with empty proofs. */
  readonly bytesToSign: Uint8Array
  /** blake2b-256 of {@link bytesToSign}, 32 bytes. */
  readonly id: Uint8Array
  /** {@link id} as lower-case hex. */
  readonly idHex: string
  /** 31 bytes: hash of all proofs without its first byte. Stands beside the id under a block's transactions root. */
  readonly witnessId: Uint8Array
  /** Length of {@link bytes}. */
  readonly size: number
}

/** `Algos.hash(all proofs).tail` */
function witnessIdOf(inputs: readonly TransactionInput[]): Uint8Array {
  return blake2b256Concat(...inputs.map((input) => input.proof)).subarray(1)
}

const NO_IDS: readonly Uint8Array[] = []

class ScannedInput implements TransactionInput {
  readonly #buffer: Uint8Array
  readonly #span: InputSpan
  #boxId: Uint8Array | undefined = undefined
  #variables: Variables | undefined = undefined

  constructor(buffer: Uint8Array, span: InputSpan) {
    this.#buffer = buffer
    this.#span = span
  }

  get boxId(): Uint8Array {
    return (this.#boxId ??= this.#buffer.subarray(this.#span.start, this.#span.start + ID_BYTES))
  }

  get proof(): Uint8Array {
    return this.#buffer.subarray(this.#span.proofStart, this.#span.extensionStart)
  }

  get variables(): Variables {
    return (this.#variables ??= readVariables(
      new ScriptReader(new Reader(this.#buffer, this.#span.extensionStart, this.#span.end), DEFAULT_VERSIONS)
    ))
  }
}

/** A transaction that the quick pass went over: offsets into the bytes it came in. */
export class ScannedTransaction implements Transaction {
  readonly #buffer: Uint8Array
  readonly #span: TransactionSpan
  #inputs: readonly TransactionInput[] | undefined = undefined
  #dataInputs: readonly Uint8Array[] | undefined = undefined
  #outputs: readonly Box[] | undefined = undefined
  #bytesToSign: Uint8Array | undefined = undefined
  #id: Uint8Array | undefined = undefined

  constructor(buffer: Uint8Array, span: TransactionSpan) {
    this.#buffer = buffer
    this.#span = span
  }

  get inputs(): readonly TransactionInput[] {
    return (this.#inputs ??= this.#span.inputs.map((span) => new ScannedInput(this.#buffer, span)))
  }

  get dataInputs(): readonly Uint8Array[] {
    return (this.#dataInputs ??= this.#readDataInputs())
  }

  #readDataInputs(): readonly Uint8Array[] {
    const { dataInputsStart, dataInputs } = this.#span
    if (dataInputs === 0) return NO_IDS
    return Array.from({ length: dataInputs }, (_, i) => {
      const at = dataInputsStart + i * ID_BYTES
      return this.#buffer.subarray(at, at + ID_BYTES)
    })
  }

  get outputs(): readonly Box[] {
    return (this.#outputs ??= this.#span.outputs.map(
      (span, index) => new ScannedBox(this.#buffer, span, new OutputPlace(this, index, this.#span.tokenIdsStart))
    ))
  }

  get bytes(): Uint8Array {
    return this.#buffer.subarray(this.#span.start, this.#span.end)
  }

  get received(): Uint8Array {
    return this.bytes
  }

  get size(): number {
    return this.#span.end - this.#span.start
  }

  get bytesToSign(): Uint8Array {
    return (this.#bytesToSign ??= this.#withoutProofs())
  }

  /** A copy in which what stands behind each proof is moved up to where the proof began; the bytes themselves without any. */
  #withoutProofs(): Uint8Array {
    const { start, inputs, end } = this.#span
    if (inputs.every((input) => input.proofStart === input.extensionStart)) return this.bytes
    const out = this.#buffer.slice(start, end)
    let at = 0
    for (let i = 0; i < inputs.length; i++) {
      if (i === 0) at = inputs[0]!.start + ID_BYTES - start
      out[at++] = 0
      const next = i + 1 < inputs.length ? inputs[i + 1]!.start + ID_BYTES : end
      const from = inputs[i]!.extensionStart - start
      out.copyWithin(at, from, next - start)
      at += next - start - from
    }
    return out.subarray(0, at)
  }

  get id(): Uint8Array {
    return (this.#id ??= blake2b256(this.bytesToSign))
  }

  get idHex(): string {
    return toHex(this.id)
  }

  get witnessId(): Uint8Array {
    return witnessIdOf(this.inputs)
  }
}

/** Place of an output: asks for the transaction's id only when somebody wants it. */
class OutputPlace implements BoxPlace {
  readonly #transaction: Transaction
  readonly index: number
  readonly tokenIdsStart: number
  readonly bytes = undefined

  constructor(transaction: Transaction, index: number, tokenIdsStart: number) {
    this.#transaction = transaction
    this.index = index
    this.tokenIdsStart = tokenIdsStart
  }

  get transactionId(): Uint8Array {
    return this.#transaction.id
  }
}

/** A transaction made of parts. */
export class ParsedTransaction implements Transaction {
  readonly inputs: readonly InputParts[]
  readonly dataInputs: readonly Uint8Array[]
  readonly outputs: readonly Box[]
  readonly bytes: Uint8Array
  readonly received: Uint8Array
  readonly bytesToSign: Uint8Array
  readonly id: Uint8Array

  /**
   * @param versions in force while it was read; they decide how it is written
   * @param received the bytes that the parts were read from, if they were
   * @throws EncodeError when something in it has no encoding: the reference refuses such a transaction while reading it
   */
  constructor(parts: TransactionParts, versions: Versions, received?: Uint8Array) {
    this.inputs = parts.inputs
    this.dataInputs = parts.dataInputs
    this.bytesToSign = serialize(parts, versions, false)
    this.bytes = serialize(parts, versions, true)
    this.received = received ?? this.bytes
    this.id = blake2b256(this.bytesToSign)
    this.outputs = parts.outputs.map((candidate, index) => new ParsedBox(new ErgoBox(candidate, this.id, index)))
  }

  get size(): number {
    return this.bytes.length
  }

  get idHex(): string {
    return toHex(this.id)
  }

  get witnessId(): Uint8Array {
    return witnessIdOf(this.inputs)
  }
}

function serialize(parts: TransactionParts, versions: Versions, withProofs: boolean): Uint8Array {
  const w = new Writer(1024)
  writeTransactionParts(w, parts, versions, withProofs)
  return w.toBytes()
}

/** A context extension as it is written. */
export function variablesToBytes(variables: Variables, versions: Versions = DEFAULT_VERSIONS): Uint8Array {
  const w = new Writer(64)
  writeVariables(w, variables, versions)
  return w.toBytes()
}

/** The parts of a transaction, to make another of them. */
export function partsOf(transaction: Transaction): TransactionParts {
  return {
    inputs: transaction.inputs.map(({ boxId, proof, variables }) => ({ boxId, proof, variables })),
    dataInputs: transaction.dataInputs,
    outputs: transaction.outputs.map((box) => box.ergoBox)
  }
}

/** Two byte strings as one key, e.g. of a set. */
export const keyOf = (...parts: readonly Uint8Array[]): string => toHex(concatBytes(...parts))
