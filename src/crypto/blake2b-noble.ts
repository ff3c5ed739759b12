import { blake2b } from '@noble/hashes/blake2.js'
import { concatBytes } from '../bytes/index.ts'
import { autolykosConstant, type Blake2bBackend, HASH_BYTES, INTERNAL_PREFIX, LEAF_PREFIX } from './blake2b-backend.ts'

const OPTIONS = { dkLen: HASH_BYTES }
const EMPTY = new Uint8Array(0)

/** On `@noble/hashes`: runs everywhere, and is the measure of the WebAssembly kernel. */
export function createNobleBlake2b(): Blake2bBackend {
  const hash = (data: Uint8Array): Uint8Array => blake2b(data, OPTIONS)
  const concat = (parts: readonly Uint8Array[]): Uint8Array => {
    const state = blake2b.create(OPTIONS)
    for (const part of parts) state.update(part)
    return state.digest()
  }
  const pair = (prefix: number, left: Uint8Array, right: Uint8Array): Uint8Array => concat([Uint8Array.of(prefix), left, right])
  let constant: Uint8Array | undefined
  return {
    name: 'noble',
    hash,
    hashInto: (data, out, offset) => out.set(hash(data), offset),
    concat,
    prefixed: (prefix, data) => concat([Uint8Array.of(prefix), data]),
    pair,
    merkleRoot(leaves) {
      let level = leaves.map((leaf) => concat([Uint8Array.of(LEAF_PREFIX), leaf]))
      do {
        const parents: Uint8Array[] = []
        for (let i = 0; i < level.length; i += 2) parents.push(pair(INTERNAL_PREFIX, level[i]!, level[i + 1] ?? EMPTY))
        level = parents
      } while (level.length > 1)
      return level[0]!
    },
    elements(tail, indexes) {
      constant ??= autolykosConstant()
      const rest = tail.version === 1 ? [constant, tail.bytes] : [tail.bytes, constant]
      return concatBytes(...indexes.map((i) => concat([Uint8Array.of(i >>> 24, i >>> 16, i >>> 8, i), ...rest])))
    }
  }
}
