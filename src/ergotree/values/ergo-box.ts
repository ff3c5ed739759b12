import { Writer } from '../../bytes/index.ts'
import { blake2b256 } from '../../crypto/index.ts'
import type { ErgoTree } from '../ast/ergo-tree.ts'
import type { EvaluatedNode } from '../ast/nodes.ts'
import { writeBox, writeCandidate } from '../codec/box-codec.ts'
import { DEFAULT_VERSIONS, type Versions } from '../versions.ts'
import type { BoxCandidate, BoxToken } from './box.ts'

/** Box with its place in the chain (reference: `ErgoBox.scala`). Bytes and id are computed on first use. */
export class ErgoBox implements BoxCandidate {
  readonly value: bigint
  readonly tree: ErgoTree
  readonly creationHeight: number
  readonly tokens: readonly BoxToken[]
  readonly registers: readonly EvaluatedNode[]
  /** 32 bytes. */
  readonly transactionId: Uint8Array
  /** Signed 16 bits, as the reference keeps it. */
  readonly index: number
  #bytes: Uint8Array | undefined
  #id: Uint8Array | undefined = undefined

  /** @param bytes as received, for a box that was read on its own; without them they are written when asked for */
  constructor(candidate: BoxCandidate, transactionId: Uint8Array, index: number, bytes?: Uint8Array) {
    this.value = candidate.value
    this.tree = candidate.tree
    this.creationHeight = candidate.creationHeight
    this.tokens = candidate.tokens
    this.registers = candidate.registers
    this.transactionId = transactionId
    this.index = (index << 16) >> 16
    this.#bytes = bytes
  }

  /**
   * As received when the box was read on its own; else written anew under the default versions, as the reference does outside
   * any version context.
   *
   * @throws EncodeError when something in it has no encoding
   */
  get bytes(): Uint8Array {
    if (this.#bytes === undefined) {
      const w = new Writer(256)
      writeBox(w, this, DEFAULT_VERSIONS)
      this.#bytes = w.toBytes()
    }
    return this.#bytes
  }

  /** blake2b-256 of {@link bytes}. */
  get id(): Uint8Array {
    return (this.#id ??= blake2b256(this.bytes))
  }

  /**
   * Bytes without transaction id and index, written anew. The reference does so under the versions of the script that asks.
   *
   * @throws EncodeError when something in it has no encoding
   */
  bytesWithoutRef(versions: Versions): Uint8Array {
    const w = new Writer(256)
    writeCandidate(w, this, versions)
    return w.toBytes()
  }
}
