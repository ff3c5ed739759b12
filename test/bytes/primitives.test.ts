import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { DecodeError, fromHex, plainBytes, Reader, toHex, Writer } from '../../src/bytes/index.ts'

// Known answers of the reference's serializer (scorex-util 0.2.1).
const ULONG: Array<[bigint, string]> = [
  [0n, '00'],
  [1n, '01'],
  [127n, '7f'],
  [128n, '8001'],
  [255n, 'ff01'],
  [300n, 'ac02'],
  [9030n, 'c646'],
  [16384n, '808001'],
  [65535n, 'ffff03'],
  [2n ** 31n - 1n, 'ffffffff07'],
  [2n ** 31n, '8080808008'],
  [2n ** 32n - 1n, 'ffffffff0f'],
  [1775075368939n, 'ebbff2d5d433'],
  [2n ** 53n - 1n, 'ffffffffffffff0f'],
  [2n ** 63n - 1n, 'ffffffffffffffff7f'],
  [-1n, 'ffffffffffffffffff01']
]
const INT: Array<[number, string]> = [
  [0, '00'],
  [-1, '01'],
  [1, '02'],
  [-2, '03'],
  [63, '7e'],
  [-64, '7f'],
  [64, '8001'],
  [-65, '8101'],
  [8191, 'fe7f'],
  [8192, '808001'],
  [2 ** 30 - 1, 'feffffff07'],
  [-(2 ** 30), 'ffffffff07'],
  [2 ** 30, '80808080f8ffffffff01'],
  [2147483647, 'feffffffffffffffff01'],
  [-2147483648, 'ffffffffffffffffff01']
]
const LONG: Array<[bigint, string]> = [
  [2147483648n, '8080808010'],
  [-4281552730180250745n, 'f1b1fb97c0e190eb76'],
  [2n ** 63n - 1n, 'feffffffffffffffff01'],
  [-(2n ** 63n), 'ffffffffffffffffff01']
]

const write = (f: (w: Writer) => unknown): string => {
  const w = new Writer(1)
  f(w)
  return toHex(w.toBytes())
}

describe('VLQ and ZigZag primitives', () => {
  it('write and read the known answers of the reference', () => {
    for (const [v, hex] of ULONG) {
      assert.equal(
        write((w) => w.ulong(v)),
        hex
      )
      assert.equal(new Reader(fromHex(hex)).ulong(), v)
    }
    for (const [v, hex] of INT) {
      assert.equal(
        write((w) => w.int(v)),
        hex
      )
      assert.equal(new Reader(fromHex(hex)).int(), v)
    }
    for (const [v, hex] of LONG) {
      assert.equal(
        write((w) => w.long(v)),
        hex
      )
      assert.equal(new Reader(fromHex(hex)).long(), v)
    }
  })

  it('round-trips every value of each type', () => {
    const trip = <T>(arb: fc.Arbitrary<T>, put: (w: Writer, v: T) => unknown, get: (r: Reader) => T): void => {
      fc.assert(
        fc.property(arb, (v) => {
          const w = new Writer()
          put(w, v)
          const r = new Reader(w.toBytes())
          assert.equal(get(r), v)
          r.expectEnd('value')
        })
      )
    }
    trip(
      fc.bigInt(-(2n ** 63n), 2n ** 63n - 1n),
      (w, v) => w.ulong(v),
      (r) => r.ulong()
    )
    trip(
      fc.bigInt(-(2n ** 63n), 2n ** 63n - 1n),
      (w, v) => w.long(v),
      (r) => r.long()
    )
    trip(
      fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 }),
      (w, v) => w.int(v),
      (r) => r.int()
    )
    trip(
      fc.integer({ min: -32768, max: 32767 }),
      (w, v) => w.short(v),
      (r) => r.short()
    )
    trip(
      fc.integer({ min: 0, max: 0xffffffff }),
      (w, v) => w.uint(v),
      (r) => r.uint()
    )
    trip(
      fc.integer({ min: 0, max: 65535 }),
      (w, v) => w.ushort(v),
      (r) => r.ushort()
    )
    trip(
      fc.maxSafeNat(),
      (w, v) => w.ulong(v),
      (r) => r.ulongSafe()
    )
  })

  it('accepts over-long forms, refuses an eleventh byte and loses bits above the 64th', () => {
    assert.equal(new Reader(fromHex('8000')).ulong(), 0n)
    assert.throws(() => new Reader(fromHex('8080808080808080808001')).ulong(), DecodeError)
    assert.equal(new Reader(fromHex('ffffffffffffffffff7f')).ulong(), -1n)
  })

  it('truncates getUShort to 32 bits before its range check', () => {
    const at = (v: bigint): Reader => new Reader(fromHex(write((w) => w.ulong(v))))
    assert.equal(at(2n ** 32n + 5n).ushort(), 5)
    assert.throws(() => at(2n ** 32n + 65536n).ushort(), { code: 'OUT_OF_RANGE' })
    assert.throws(() => at(65536n).ushort(), { code: 'OUT_OF_RANGE' })
    assert.throws(() => at(2n ** 32n).uint(), { code: 'OUT_OF_RANGE' })
    assert.throws(() => at(2n ** 31n).uintExact(), { code: 'OUT_OF_RANGE' })
  })

  it('names the offset when the input ends, at every truncation', () => {
    const bytes = fromHex('feffffffffffffffff01')
    for (let n = 0; n < bytes.length; n++) {
      assert.throws(() => new Reader(bytes.subarray(0, n)).long(), { code: 'UNDERFLOW', offset: n })
    }
    assert.throws(() => new Reader(new Uint8Array(3)).bytes(4), { code: 'UNDERFLOW', offset: 0 })
    assert.throws(() => new Reader(new Uint8Array(3)).bytes(-1), DecodeError)
  })

  it('reads short strings as the JVM does: byte order mark kept, malformed sequences replaced', () => {
    assert.equal(new Reader(fromHex('04efbbbf61')).shortString(), '\ufeffa')
    assert.equal(new Reader(fromHex('0261ff')).shortString(), 'a\ufffd')
  })

  it('refuses hex with an odd length or a strange character and names the place', () => {
    assert.throws(() => fromHex('abc'), /odd length of 3/)
    assert.throws(() => fromHex('00g0'), /position 2/)
    assert.deepEqual(fromHex('00fFAb'), new Uint8Array([0, 255, 171]))
  })
})

describe('plain bytes', () => {
  it('of a Buffer share its memory and copy when sliced; readers always hand out such', () => {
    const buffer = Buffer.from([0, 1, 2, 3, 4]).subarray(1)
    const plain = plainBytes(buffer)
    assert.equal(Object.getPrototypeOf(plain), Uint8Array.prototype)
    assert.deepEqual(plain, new Uint8Array([1, 2, 3, 4]))
    plain.slice()[0] = 9
    assert.equal(buffer[0], 1)
    plain[0] = 7
    assert.equal(buffer[0], 7)
    assert.equal(plainBytes(plain), plain)
    const copy = new Reader(buffer).bytes(2).slice()
    copy[0] = 9
    assert.equal(buffer[0], 7)
  })
})
