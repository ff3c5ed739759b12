import { randomFillSync } from 'node:crypto'
import { blake2b256 } from '../../src/crypto/index.ts'
import type { HeaderRecord } from '../../src/store/index.ts'

/** Size of a mainnet header of today. */
export const HEADER_BYTES = 220

/** Difficulty of mainnet in 2026, about: scores are as long as real ones. */
const DIFFICULTY = 300_000_000_000_000n

/**
 * Headers of random bytes with their hashes for ids: the store does not look into headers. In two arrays, so that a bench does not
 * fill the heap with objects that a node would not have.
 */
export class RandomHeaders {
  readonly count: number
  readonly #firstHeight: number
  readonly #bytes: Uint8Array
  readonly #ids: Uint8Array

  constructor(firstHeight: number, count: number) {
    this.count = count
    this.#firstHeight = firstHeight
    this.#bytes = randomFillSync(new Uint8Array(count * HEADER_BYTES))
    this.#ids = new Uint8Array(count * 32)
    for (let i = 0; i < count; i++) this.#ids.set(blake2b256(this.bytes(i)), i * 32)
  }

  bytes(i: number): Uint8Array {
    return this.#bytes.subarray(i * HEADER_BYTES, (i + 1) * HEADER_BYTES)
  }

  id(i: number): Uint8Array {
    return this.#ids.subarray(i * 32, (i + 1) * 32)
  }

  /** As the store takes them. */
  records(from: number, to: number): HeaderRecord[] {
    const out: HeaderRecord[] = []
    for (let i = from; i < Math.min(to, this.count); i++) {
      const height = this.#firstHeight + i
      out.push({ id: this.id(i), height, bytes: this.bytes(i), score: BigInt(height) * DIFFICULTY })
    }
    return out
  }
}
