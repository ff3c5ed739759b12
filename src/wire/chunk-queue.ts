import { plainBytes } from '../bytes/index.ts'

/**
 * Chunks shorter than this are copied together, so that a peer which sends single bytes cannot make us hold
 * a whole array object for each of them.
 */
const SMALL_CHUNK_BYTES = 512
/** Size of the blocks that small chunks are gathered in. */
const GATHER_BLOCK_BYTES = 8192

/**
 * First-in first-out bytes as a list of the chunks that came. Reading gives views; it copies only what spans chunks.
 */
export class ChunkQueue {
  #chunks: Uint8Array[] = []
  /** Index of the first chunk not yet used up, and the offset of its next byte. */
  #head = 0
  #offset = 0
  #size = 0
  /** Block behind the last chunk while that one is gathered from small ones, and how full it is. */
  #block: Uint8Array | undefined
  #filled = 0

  /** Bytes that can be read. */
  get size(): number {
    return this.#size
  }

  /** Takes ownership: the caller must not change the chunk afterwards. */
  push(bytes: Uint8Array): void {
    if (bytes.length === 0) return
    const chunk = plainBytes(bytes)
    const empty = this.#size === 0
    this.#size += chunk.length
    if (chunk.length >= SMALL_CHUNK_BYTES || empty) {
      this.#block = undefined
      this.#chunks.push(chunk)
    } else {
      this.#gather(chunk)
    }
  }

  #gather(chunk: Uint8Array): void {
    const block = this.#block
    if (block !== undefined && this.#filled + chunk.length <= block.length) {
      block.set(chunk, this.#filled)
      this.#filled += chunk.length
      this.#chunks[this.#chunks.length - 1] = block.subarray(0, this.#filled)
      return
    }
    this.#block = new Uint8Array(GATHER_BLOCK_BYTES)
    this.#block.set(chunk)
    this.#filled = chunk.length
    this.#chunks.push(this.#block.subarray(0, chunk.length))
  }

  /**
   * The next `size` bytes: a view when they lie in one chunk, else put together in `room`, or in a new array. Never more than
   * {@link size}.
   */
  take(size: number, room?: Uint8Array): Uint8Array {
    const chunk = this.#chunks[this.#head]
    if (size > this.#size) throw new RangeError(`${size} bytes wanted, ${this.#size} there`)
    if (size === 0 || chunk === undefined) return new Uint8Array(0)
    if (size <= chunk.length - this.#offset) {
      const view = chunk.subarray(this.#offset, this.#offset + size)
      this.#advance(size, chunk)
      return view
    }
    const out = room === undefined ? new Uint8Array(size) : room.subarray(0, size)
    for (let at = 0; at < size; ) {
      const source = this.#chunks[this.#head]!
      const part = source.subarray(this.#offset, Math.min(source.length, this.#offset + size - at))
      out.set(part, at)
      at += part.length
      this.#advance(part.length, source)
    }
    return out
  }

  #advance(size: number, chunk: Uint8Array): void {
    this.#size -= size
    this.#offset += size
    if (this.#size === 0) {
      this.#chunks = []
      this.#head = 0
      this.#offset = 0
      this.#block = undefined
    } else if (this.#offset === chunk.length) {
      this.#head++
      this.#offset = 0
      // Used chunks are let go in bulk: shifting the list for each would cost its length every time.
      if (this.#head * 2 > this.#chunks.length) {
        this.#chunks = this.#chunks.slice(this.#head)
        this.#head = 0
      }
    }
  }
}
