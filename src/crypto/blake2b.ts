import type { Blake2bBackend } from './blake2b-backend.ts'
import { createNobleBlake2b } from './blake2b-noble.ts'
import { createWasmBlake2b } from './blake2b-wasm.ts'

export { HASH_BYTES } from './blake2b-backend.ts'

/** A backend by name. Asked for `wasm` where that cannot run, it is `undefined`. */
export function createBlake2b(name: Blake2bBackend['name']): Blake2bBackend | undefined {
  return name === 'wasm' ? createWasmBlake2b() : createNobleBlake2b()
}

let chosen: Blake2bBackend | undefined

/** The fastest backend here, made at first use: a cache of code, holding nothing of what it hashed. */
export function blake2bBackend(): Blake2bBackend {
  return (chosen ??= createWasmBlake2b() ?? createNobleBlake2b())
}

/** BLAKE2b-256 of `data` as 32 new bytes. */
export function blake2b256(data: Uint8Array): Uint8Array {
  return (chosen ?? blake2bBackend()).hash(data)
}

/** BLAKE2b-256 of `data`, written to `out` from `offset`. */
export function blake2b256Into(data: Uint8Array, out: Uint8Array, offset = 0): void {
  blake2bBackend().hashInto(data, out, offset)
}

/** BLAKE2b-256 of all parts, one after the other, without joining them first. */
export function blake2b256Concat(...parts: readonly Uint8Array[]): Uint8Array {
  return blake2bBackend().concat(parts)
}

/** BLAKE2b-256 of one byte and then `data`: how leaves and sections get their labels. */
export function blake2b256Prefixed(prefix: number, data: Uint8Array): Uint8Array {
  return blake2bBackend().prefixed(prefix, data)
}

/** BLAKE2b-256 of one byte, then `left`, then `right`: how inner nodes of Merkle trees get their labels. */
export function blake2b256Pair(prefix: number, left: Uint8Array, right: Uint8Array): Uint8Array {
  return blake2bBackend().pair(prefix, left, right)
}
