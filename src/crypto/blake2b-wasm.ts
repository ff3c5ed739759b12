import {
  autolykosConstant,
  type Blake2bBackend,
  type ElementTail,
  HASH_BYTES,
  INTERNAL_PREFIX,
  LEAF_PREFIX
} from './blake2b-backend.ts'
import { BLAKE2B_LAYOUT, BLAKE2B_LIMITS, type Blake2bKernel, emitBlake2bKernel } from './wasm/blake2b-kernel.ts'
import { instantiate } from './wasm/runtime.ts'

const {
  input: INPUT,
  output: OUTPUT,
  level: LEVEL,
  indexes: INDEXES,
  elements: ELEMENTS,
  elementV1: V1,
  elementV2: V2
} = BLAKE2B_LAYOUT
const INPUT_BYTES = BLAKE2B_LIMITS.inputBytes
const CONSTANT_BYTES = 8192
const EMPTY = new Uint8Array(0)

/** On our own WebAssembly kernel; `undefined` where the platform does not let it run. Each call makes an instance of its own. */
export function createWasmBlake2b(): Blake2bBackend | undefined {
  const kernel = instantiate<Blake2bKernel>(emitBlake2bKernel())
  return kernel === undefined ? undefined : new WasmBlake2b(kernel)
}

class WasmBlake2b implements Blake2bBackend {
  readonly name = 'wasm'
  readonly #kernel: Blake2bKernel
  /** The memory never grows, so views of it stay valid. */
  readonly #memory: Uint8Array
  readonly #output: Uint8Array
  /** Bytes that wait in the input area for a message given in parts. */
  #pending = 0

  constructor(kernel: Blake2bKernel) {
    this.#kernel = kernel
    this.#memory = new Uint8Array(kernel.memory.buffer)
    this.#output = this.#memory.subarray(OUTPUT, OUTPUT + HASH_BYTES)
    const constant = autolykosConstant()
    this.#memory.set(constant, V1 + 4)
    this.#memory.set(constant, V2 + 8)
  }

  hash(data: Uint8Array): Uint8Array {
    this.#compute(data)
    return new Uint8Array(this.#output)
  }

  hashInto(data: Uint8Array, out: Uint8Array, offset: number): void {
    this.#compute(data)
    out.set(this.#output, offset)
  }

  concat(parts: readonly Uint8Array[]): Uint8Array {
    this.#begin()
    for (const part of parts) this.#update(part)
    this.#finish()
    return new Uint8Array(this.#output)
  }

  prefixed(prefix: number, data: Uint8Array): Uint8Array {
    if (data.length < INPUT_BYTES) {
      this.#memory[INPUT] = prefix
      this.#memory.set(data, INPUT + 1)
      this.#kernel.hash(INPUT, 1 + data.length, OUTPUT)
      return new Uint8Array(this.#output)
    }
    return this.concat([Uint8Array.of(prefix), data])
  }

  pair(prefix: number, left: Uint8Array, right: Uint8Array): Uint8Array {
    if (left.length + right.length < INPUT_BYTES) {
      this.#memory[INPUT] = prefix
      this.#memory.set(left, INPUT + 1)
      this.#memory.set(right, INPUT + 1 + left.length)
      this.#kernel.hash(INPUT, 1 + left.length + right.length, OUTPUT)
      return new Uint8Array(this.#output)
    }
    return this.concat([Uint8Array.of(prefix), left, right])
  }

  merkleRoot(leaves: readonly Uint8Array[]): Uint8Array {
    if (leaves.length > BLAKE2B_LIMITS.levelNodes) return this.#wideMerkleRoot(leaves)
    for (let i = 0; i < leaves.length; i++) this.#leaf(leaves[i]!, LEVEL + HASH_BYTES * i)
    this.#kernel.merkle(leaves.length)
    return this.#memory.slice(LEVEL, LEVEL + HASH_BYTES)
  }

  elements(tail: ElementTail, indexes: readonly number[]): Uint8Array {
    const at = tail.version === 1 ? V1 : V2
    const memory = this.#memory
    memory.set(tail.bytes, tail.version === 1 ? V1 + 4 + CONSTANT_BYTES : V2 + 4)
    indexes.forEach((value, i) => {
      const p = INDEXES + 4 * i
      memory[p] = value >>> 24
      memory[p + 1] = value >>> 16
      memory[p + 2] = value >>> 8
      memory[p + 3] = value
    })
    this.#kernel.elements(at, 4 + CONSTANT_BYTES + tail.bytes.length, indexes.length)
    return memory.slice(ELEMENTS, ELEMENTS + HASH_BYTES * indexes.length)
  }

  #compute(data: Uint8Array): void {
    if (data.length <= INPUT_BYTES) {
      this.#memory.set(data, INPUT)
      this.#kernel.hash(INPUT, data.length, OUTPUT)
      return
    }
    this.#begin()
    this.#update(data)
    this.#finish()
  }

  #leaf(data: Uint8Array, to: number): void {
    if (data.length < INPUT_BYTES) {
      this.#memory[INPUT] = LEAF_PREFIX
      this.#memory.set(data, INPUT + 1)
      this.#kernel.hash(INPUT, 1 + data.length, to)
      return
    }
    this.#memory.set(this.concat([Uint8Array.of(LEAF_PREFIX), data]), to)
  }

  #wideMerkleRoot(leaves: readonly Uint8Array[]): Uint8Array {
    let level = leaves.map((leaf) => this.prefixed(LEAF_PREFIX, leaf))
    do {
      const parents: Uint8Array[] = []
      for (let i = 0; i < level.length; i += 2) parents.push(this.pair(INTERNAL_PREFIX, level[i]!, level[i + 1] ?? EMPTY))
      level = parents
    } while (level.length > 1)
    return level[0]!
  }

  #begin(): void {
    this.#pending = 0
    this.#kernel.begin()
  }

  /** Whole input areas go to the kernel only when more follows, so that something is left for the last block. */
  #update(data: Uint8Array): void {
    for (let from = 0; from < data.length; ) {
      if (this.#pending === INPUT_BYTES) {
        this.#kernel.update(INPUT, INPUT_BYTES / 128)
        this.#pending = 0
      }
      const size = Math.min(INPUT_BYTES - this.#pending, data.length - from)
      this.#memory.set(size === data.length ? data : data.subarray(from, from + size), INPUT + this.#pending)
      this.#pending += size
      from += size
    }
  }

  #finish(): void {
    this.#kernel.finish(INPUT, this.#pending, OUTPUT)
  }
}
