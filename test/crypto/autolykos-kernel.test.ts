import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { fromHex, toHex } from '../../src/bytes/index.ts'
import { createBlake2b } from '../../src/crypto/blake2b.ts'
import { autolykosV1Sum, autolykosV2Hit, autolykosV2HitForMessage } from '../../src/crypto/index.ts'

const wasm = createBlake2b('wasm')!
const noble = createBlake2b('noble')!

/** Mainnet headers of versions 2, 3 and 4, and the miner's vector of the reference's own test at height 614400. */
const V2: ReadonlyArray<readonly [number, number, string, string, string]> = [
  [
    417792,
    67108864,
    '17857a8712e61445e51698898ed631ae085f610bb81dc60fb0db8c002a2f2896',
    '16db4fbab447e127',
    'cc4254996effe19a23a72c669a680b73f3ae95c9e64ee49d4df8'
  ],
  [
    600000,
    67108864,
    '293db6833b5e9b6fd29ea526861ec08a619f972cf33a25d063280d4383bf208a',
    '6d33ee4161329eec',
    '55ef79e8e7f9865c42b6d3b867d2ff07cf1bc9592df6ab6d853'
  ],
  [
    614400,
    70464240,
    '548c3e602a8f36f8f2738f5f643b02425038044d98543a51cabaa9785e7e864f',
    '0000000000003105',
    '0002fcb113fe65e5754959872dfdbffea0489bf830beb4961ddc0e9e66a1412a'
  ],
  [
    1200000,
    120517005,
    '09f49824a8a0de81bedaeff0decf64f3c6040102ea6a21e86dd26eb631cc5ba8',
    'e8c5b800246dafdf',
    '29ed8b6839310583aa97083a929645db0ca24b2ba77f707da622'
  ],
  [
    1761000,
    206124135,
    '6ae3f86d910d836a5cd3cf5c0ea3e5de97a29dd9b1ec60b11d0e77eebc9fb5f9',
    'fed77aa9382649d8',
    '176e314b16f59f425b7b01c81953a69026bedde118b78d7f289'
  ]
]

describe('Autolykos kernel', () => {
  it('gives the hits of mainnet headers and of the reference test, on both backends', () => {
    for (const [height, tableSize, msg, nonce, hit] of V2) {
      for (const backend of [wasm, noble]) {
        const got = autolykosV2Hit(fromHex(msg), fromHex(nonce), height, tableSize, backend)
        assert.equal(toHex(got), hit.padStart(64, '0'), `height ${height} on ${backend.name}`)
      }
    }
  })

  it('both backends agree on any query, and on heights that are not four bytes', () => {
    const bytes = (max: number): fc.Arbitrary<Uint8Array> => fc.uint8Array({ maxLength: max })
    fc.assert(
      fc.property(
        fc.integer({ min: 2, max: 32 }),
        bytes(80),
        bytes(40),
        bytes(9),
        fc.integer({ min: 16, max: 2 ** 31 - 1 }),
        (k, msg, nonce, height, tableSize) => {
          const query = { k, msg, nonce, height, tableSize }
          assert.equal(toHex(autolykosV2HitForMessage(query, wasm)), toHex(autolykosV2HitForMessage(query, noble)))
        }
      ),
      { numRuns: 15 }
    )
    const query = { k: 32, msg: new Uint8Array(32), nonce: new Uint8Array(8), height: fromHex('00096000'), tableSize: 16 }
    assert.equal(toHex(autolykosV2HitForMessage(query, wasm)), toHex(autolykosV2Hit(query.msg, query.nonce, 614400, 16, noble)))
  })

  it('refuses what the reference refuses', () => {
    const query = { k: 32, msg: new Uint8Array(32), nonce: new Uint8Array(8), height: new Uint8Array(4), tableSize: 1024 }
    assert.throws(() => autolykosV2HitForMessage({ ...query, k: 1 }), RangeError)
    assert.throws(() => autolykosV2HitForMessage({ ...query, k: 33 }), RangeError)
    assert.throws(() => autolykosV2HitForMessage({ ...query, tableSize: 15 }), RangeError)
    assert.throws(() => autolykosV1Sum(query.msg, query.nonce, new Uint8Array(32), new Uint8Array(33), 1024), RangeError)
  })

  it('gives the sum of the first mainnet header (version 1)', () => {
    const pk = fromHex('03be7ad70c74f691345cbedba19f4844e7fc514e1188a7929f5ae261d5bb00bb66')
    const w = fromHex('02da9385ac99014ddcffe88d2ac5f28ce817cd615f270a0a5eae58acfb9fd9f6a0')
    const msg = fromHex('215a5392ebb8b6ed22940587eaabc4eacd82d3d923f32455b2e104524e9b5fc9')
    for (const backend of [wasm, noble]) {
      const f = autolykosV1Sum(msg, fromHex('000000030151dc63'), pk, w, 2 ** 26, backend)
      assert.equal(toHex(f), '2d43b706f4b830bb10824a6ef3b2cf1399c027bff0cfccb69a6e65a4df589d24')
    }
  })

  it('version 1 sums agree between the backends', () => {
    const point = fc.uint8Array({ minLength: 33, maxLength: 33 })
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 32, maxLength: 32 }), point, point, (msg, pk, w) => {
        const nonce = msg.subarray(0, 8)
        assert.equal(
          toHex(autolykosV1Sum(msg, nonce, pk, w, 2 ** 26, wasm)),
          toHex(autolykosV1Sum(msg, nonce, pk, w, 2 ** 26, noble))
        )
      }),
      { numRuns: 8 }
    )
  })
})
