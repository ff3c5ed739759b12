import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { blake2b } from '@noble/hashes/blake2.js'
import fc from 'fast-check'
import { concatBytes, fromHex, toHex } from '../../src/bytes/index.ts'
import { createBlake2b } from '../../src/crypto/blake2b.ts'
import type { Blake2bBackend } from '../../src/crypto/blake2b-backend.ts'
import {
  blake2b256,
  blake2b256Concat,
  blake2b256Into,
  blake2b256Pair,
  blake2b256Prefixed,
  sha256
} from '../../src/crypto/index.ts'

const oracle = (data: Uint8Array): string => toHex(blake2b(data, { dkLen: 32 }))
const text = (s: string): Uint8Array => new TextEncoder().encode(s)
const pattern = (size: number): Uint8Array => Uint8Array.from({ length: size }, (_, i) => (i * 131 + size * 7 + (i >> 3)) & 255)

/** Edges: nothing, one block and its neighbours, a header, an Autolykos element, the input area of the kernel and beyond. */
const LENGTHS = [0, 1, 3, 7, 8, 32, 66, 127, 128, 129, 221, 255, 256, 257, 8200, 8294, 16383, 16384, 16385, 32768, 32769, 100_000]

const backends: Array<[string, Blake2bBackend]> = []
for (const name of ['wasm', 'noble'] as const) {
  const backend = createBlake2b(name)
  assert.ok(backend, `backend ${name} does not run here`)
  backends.push([name, backend])
}

for (const [name, backend] of backends) {
  describe(`BLAKE2b-256 on ${name}`, () => {
    it('gives the known answers', () => {
      assert.equal(backend.name, name)
      assert.equal(toHex(backend.hash(text(''))), '0e5751c026e543b2e8ab2eb06099daa1d1e5df47778f7787faab45cdf12fe3a8')
      assert.equal(toHex(backend.hash(text('abc'))), 'bddd813c634239723171ef3fee98579b94964e3bb1cb3e427262c8c068d52319')
    })

    it('agrees with noble at every edge length, whole, in parts, with prefixes and in place', () => {
      for (const size of LENGTHS) {
        const data = pattern(size)
        assert.equal(toHex(backend.hash(data)), oracle(data), `length ${size}`)
        const out = new Uint8Array(40)
        backend.hashInto(data, out, 5)
        assert.equal(toHex(out), `0000000000${oracle(data)}000000`)
        const cut = Math.floor(size / 3)
        assert.equal(toHex(backend.concat([data.subarray(0, cut), new Uint8Array(0), data.subarray(cut)])), oracle(data))
        assert.equal(toHex(backend.prefixed(7, data)), oracle(concatBytes(Uint8Array.of(7), data)))
        assert.equal(toHex(backend.pair(1, data, data)), oracle(concatBytes(Uint8Array.of(1), data, data)))
      }
    })

    it('agrees with noble on random parts, whatever was hashed before', () => {
      fc.assert(
        fc.property(fc.array(fc.uint8Array({ maxLength: 300 }), { maxLength: 6 }), (parts) => {
          const joined = concatBytes(...parts)
          assert.equal(toHex(backend.concat(parts)), oracle(joined))
          assert.equal(toHex(backend.hash(joined)), oracle(joined))
        })
      )
    })

    it('leaves results alone when it is used again', () => {
      const first = backend.hash(text('abc'))
      const before = toHex(first)
      backend.hash(text('something else'))
      assert.equal(toHex(first), before)
    })
  })
}

describe('hash functions of the room', () => {
  it('are the backend functions under stable names', () => {
    const data = pattern(200)
    const out = new Uint8Array(32)
    blake2b256Into(data, out)
    assert.equal(toHex(out), oracle(data))
    assert.equal(toHex(blake2b256(data)), oracle(data))
    assert.equal(toHex(blake2b256Concat(data, data)), oracle(concatBytes(data, data)))
    assert.equal(toHex(blake2b256Prefixed(108, data)), oracle(concatBytes(Uint8Array.of(108), data)))
    assert.equal(toHex(blake2b256Pair(1, data, data)), oracle(concatBytes(Uint8Array.of(1), data, data)))
    assert.equal(toHex(sha256(text('abc'))), 'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad')
  })

  it('two instances of the kernel do not share state', () => {
    const a = createBlake2b('wasm')!
    const b = createBlake2b('wasm')!
    const data = pattern(40_000)
    assert.equal(toHex(a.concat([data])), toHex(b.hash(data)))
    assert.equal(toHex(a.hash(fromHex('00'))), oracle(fromHex('00')))
  })

  it('fall back to noble where WebAssembly is missing or refused', () => {
    const holder = globalThis as { WebAssembly?: unknown }
    const saved = holder.WebAssembly
    try {
      holder.WebAssembly = undefined
      assert.equal(createBlake2b('wasm'), undefined)
      holder.WebAssembly = {
        Module: class {
          constructor() {
            throw new EvalError('refused by content security policy')
          }
        }
      }
      assert.equal(createBlake2b('wasm'), undefined)
      assert.equal(createBlake2b('noble')?.name, 'noble')
    } finally {
      holder.WebAssembly = saved
    }
  })
})
