import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { concatBytes, DecodeError, fromHex, Reader, toHex } from '../../src/bytes/index.ts'
import {
  type Header,
  type HeaderFields,
  hasValidPoints,
  headerFromFields,
  parseHeader,
  readHeader,
  scanHeader,
  sectionId,
  serializeHeader,
  serializeHeaderWithoutPow
} from '../../src/chain/index.ts'
import { blake2b256 } from '../../src/crypto/index.ts'
import { committed, missing, readJsonLines, shared } from '../support/vectors.ts'
import { KNOWN_HEADERS, knownBytes } from './known-headers.ts'

interface Line {
  readonly height: number
  readonly id?: string
  readonly bytes: string
}

/** Everything a header has, as one comparable value. */
function facts(h: Header): unknown {
  return { id: h.idHex, bytes: toHex(h.bytes), ...h.toFields() }
}

function fieldsOf(h: Header): HeaderFields {
  return h.toFields()
}

describe('header codec, known headers', () => {
  it('has the ids of the chain at versions 1 to 4', () => {
    for (const known of KNOWN_HEADERS) {
      const header = parseHeader(fromHex(known.bytes))
      assert.equal(header.idHex, known.id)
      assert.equal(header.height, known.height)
      assert.equal(toHex(header.bytes), known.bytes)
      assert.equal(header.size, known.bytes.length / 2)
    }
  })

  it('reads header 414474 as the reference does (version 1)', () => {
    const bytes = fromHex(
      '018bdd043dab20aa690afc9a18fc4797de4f02f049f5c16f9657646c753d69582e4527a2a7bcee7f77b5697f505e5effc5342750f58a52dddfe407a3ce3bd3' +
        'abd0722f9306300d0d96fe8c10de830216d700131614f9e6ce2496e8dba1cbb459516c06d6277d40aeb958c5631515dc3ec3d11d8504e62de77df024d0ca67' +
        '242fb512d4d0c1d9f42ea1a3933312467ce53d41fdc20e38c603e8fd89999371c60d7537c5d5760ef7c4070923938aa61904030002bb8eb301ab3d5d14515e' +
        '33760d0dfb4f7191312a640db64a3a1aeeac9703f2d3026d7b267c33120d15c267664081a6b77a6dcae6b35147db2c3e1195573119cb140008a1d103880117' +
        '1a16514e604d76c516eec4124f4066e6e326b9e8d2fc5165b631aa'
    )
    const h = parseHeader(bytes)
    assert.equal(h.idHex, '8cf6dca6b9505243e36192fa107735024c0000cf4594b1daa2dc4e13ee86f26f')
    assert.equal(h.version, 1)
    assert.equal(h.height, 414474)
    assert.equal(toHex(h.parentId), '8bdd043dab20aa690afc9a18fc4797de4f02f049f5c16f9657646c753d69582e')
    assert.equal(toHex(h.adProofsRoot), '4527a2a7bcee7f77b5697f505e5effc5342750f58a52dddfe407a3ce3bd3abd0')
    assert.equal(toHex(h.stateRoot), '6c06d6277d40aeb958c5631515dc3ec3d11d8504e62de77df024d0ca67242fb512')
    assert.equal(toHex(h.transactionsRoot), '722f9306300d0d96fe8c10de830216d700131614f9e6ce2496e8dba1cbb45951')
    assert.equal(h.timestamp, 1611874199636)
    assert.equal(h.timestampExact, 1611874199636n)
    assert.equal(h.nBits, 118039443)
    assert.equal(toHex(h.extensionRoot), 'a1a3933312467ce53d41fdc20e38c603e8fd89999371c60d7537c5d5760ef7c4')
    assert.equal(toHex(h.minerPk), '02bb8eb301ab3d5d14515e33760d0dfb4f7191312a640db64a3a1aeeac9703f2d3')
    assert.equal(toHex(h.powOneTimePk), '026d7b267c33120d15c267664081a6b77a6dcae6b35147db2c3e1195573119cb14')
    assert.equal(toHex(h.nonce), '0008a1d103880117')
    assert.equal(h.powDistance, 35863003992655055679291741607273543535646500642591973829915050n)
    assert.equal(toHex(h.votes), '040300')
  })

  it('writes header 418138 as the reference does (version 2)', () => {
    const h = headerFromFields({
      version: 2,
      parentId: fromHex('7fbc70ec5913706ddef67bbcdb7700ea5f15dc709012491269c9c7eb545d720c'),
      adProofsRoot: fromHex('a80bbd4d69b4f017da6dd9250448ef1cde492121fc350727e755c7b7ae2988ad'),
      stateRoot: fromHex('995c0efe63744c5227e6ae213a2061c60f8db845d47707a6bff53f9ff1936a9e13'),
      transactionsRoot: fromHex('141bf3de015c44995858a435e4d6c50c51622d077760de32977ba5412aaaae03'),
      timestamp: 1612465607426n,
      nBits: 107976917,
      height: 418138,
      extensionRoot: fromHex('b1457df896bba9dc962f8e42187e1ac580842f1282c8c7fb9cf9f4cd520d1c07'),
      votes: new Uint8Array(3),
      unparsedBytes: new Uint8Array(0),
      powSolution: {
        pk: fromHex('0315345f1fca9445eee5df74759d4c495094bcfc82a2831b26fca6efa599b509de'),
        w: new Uint8Array(33),
        nonce: fromHex('1b95db2168f95fda'),
        d: 7n
      }
    })
    assert.equal(h.idHex, 'f46c89e44f13a92d8409341490f97f05c85785fa8d2d2164332cc066eda95c39')
    // From version 2 on the solution carries neither w nor d.
    assert.equal(toHex(h.powOneTimePk), '0279be667ef9dcbbac55a06295ce870b07029bfcdb2dce28d959f2815b16f81798')
    assert.equal(h.powDistance, 0n)
  })

  it('computes the section ids of block 1', () => {
    const h = parseHeader(knownBytes(1))
    assert.equal(toHex(h.transactionsId), 'fc13e7fd2d1ddbd10e373e232814b3c9ee1b6fbdc4e6257c288ecd9e6da92633')
    assert.equal(toHex(h.adProofsId), 'cfc4af9743534b30ef38deec118a85ce6f0a3741b79b7d294f3e089c118188dc')
    assert.equal(toHex(h.extensionId), 'af4c9de8106960b47964d21e6eb2acdad7e3e168791e595f0806ebfb036ee7de')
    assert.deepEqual(sectionId(108, h.id, h.extensionRoot), h.extensionId)
    assert.equal(h.timestamp, 1561978977137)
    assert.equal(toHex(h.extensionRoot), '0e5751c026e543b2e8ab2eb06099daa1d1e5df47778f7787faab45cdf12fe3a8')
    assert.ok(h.isGenesis)
  })
})

describe('header codec, recorded chains', () => {
  const check = (lines: readonly Line[]): void => {
    for (const line of lines) {
      const header = parseHeader(fromHex(line.bytes))
      assert.equal(header.height, line.height)
      if (line.id !== undefined) assert.equal(header.idHex, line.id)
      assert.equal(toHex(serializeHeader(header.toFields())), line.bytes)
      assert.deepEqual(serializeHeaderWithoutPow(header.toFields()), header.bytesWithoutPow)
    }
  }

  for (const chain of ['v4', 'vote']) {
    it(`round trips the headers of devnet ${chain}`, () =>
      check(readJsonLines(committed(`chain/devnet-${chain}-headers.jsonl.gz`))))
  }

  for (const file of ['headers-1-2000', 'headers-curated', 'headers-before-1795968']) {
    const path = `mainnet/${file}.jsonl.gz`
    it(`round trips ${file}`, { skip: missing(path) }, () => check(readJsonLines(shared(path))))
  }
})

describe('header encodings that are not canonical', () => {
  const v4 = knownBytes(1761000)
  const v1 = knownBytes(1)
  const TIMESTAMP_AT = 130

  it('ignores a new-fields length in versions 2 to 4 without taking bytes', () => {
    const header = parseHeader(v4)
    const at = header.bytesWithoutPow.length - 1
    assert.equal(v4[at], 0)
    const odd = v4.slice()
    odd[at] = 7
    assert.deepEqual(facts(parseHeader(odd)), facts(header))
  })

  it('takes new-fields bytes from version 5 on', () => {
    const fields = { ...fieldsOf(parseHeader(v4)), version: 5, unparsedBytes: Uint8Array.of(9, 8, 7) }
    const header = parseHeader(serializeHeader(fields))
    assert.deepEqual(header.toFields(), fields)
    assert.deepEqual(header.unparsedBytes, Uint8Array.of(9, 8, 7))
    assert.equal(header.size, v4.length + 3)
    assert.equal(header.bytesWithoutPow.length, v4.length - 41 + 3)
  })

  it('takes version as a signed byte: 0 and 0x80.. have no new-fields byte and a version 2 solution', () => {
    for (const version of [0, -1, -128]) {
      const fields = { ...fieldsOf(parseHeader(v4)), version }
      const bytes = serializeHeader(fields)
      assert.equal(bytes.length, v4.length - 1)
      assert.equal(bytes[0], version & 0xff)
      assert.deepEqual(parseHeader(bytes).toFields(), fields)
    }
  })

  it('shortens over-long numbers, so the id is not the hash of the wire bytes', () => {
    for (const base of [v1, v4]) {
      const header = parseHeader(base)
      const timestampEnd = TIMESTAMP_AT + 6
      const long = base.slice(0, timestampEnd)
      long[timestampEnd - 1]! |= 0x80
      const odd = concatBytes(long, Uint8Array.of(0x80, 0), base.subarray(timestampEnd))
      assert.deepEqual(facts(parseHeader(odd)), facts(header))
      assert.notDeepEqual(blake2b256(odd), header.id)
    }
  })

  it('shortens an over-long height', () => {
    const header = parseHeader(v1)
    const heightAt = TIMESTAMP_AT + 6 + 36
    const odd = concatBytes(v1.subarray(0, heightAt), Uint8Array.of(0x81, 0x80, 0), v1.subarray(heightAt + 1))
    assert.deepEqual(facts(parseHeader(odd)), facts(header))
  })

  it('refuses heights of 2^31 and more', () => {
    const heightAt = TIMESTAMP_AT + 6 + 36
    const withHeight = (...vlq: number[]) =>
      concatBytes(v1.subarray(0, heightAt), Uint8Array.from(vlq), v1.subarray(heightAt + 1))
    assert.equal(parseHeader(withHeight(0xff, 0xff, 0xff, 0xff, 0x07)).height, 2 ** 31 - 1)
    assert.throws(() => parseHeader(withHeight(0x80, 0x80, 0x80, 0x80, 0x08)), DecodeError)
    assert.throws(() => parseHeader(withHeight(0x81, 0x80, 0x80, 0x80, 0x10)), DecodeError)
    // Bits above the 64th are lost before the range is looked at.
    assert.equal(parseHeader(withHeight(0x85, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x02)).height, 5)
  })

  it('reads timestamps of all 64 bits', () => {
    for (const timestamp of [
      0n,
      127n,
      128n,
      2n ** 49n - 1n,
      2n ** 49n,
      2n ** 53n - 1n,
      4928911477310178288n,
      2n ** 63n - 1n,
      -1n
    ]) {
      const fields = { ...fieldsOf(parseHeader(v4)), timestamp }
      const header = parseHeader(serializeHeader(fields))
      assert.equal(header.timestampExact, timestamp)
      assert.equal(header.timestamp, Number(timestamp))
      assert.deepEqual(header.toFields(), fields)
    }
    // The tenth byte has room for one bit: others vanish, and the header is written without them.
    const vlq = Uint8Array.of(0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x7f)
    const odd = parseHeader(concatBytes(v4.subarray(0, TIMESTAMP_AT), vlq, v4.subarray(TIMESTAMP_AT + 6)))
    assert.equal(odd.timestampExact, -(2n ** 63n))
    assert.equal(odd.bytes[TIMESTAMP_AT + 9], 1)
  })

  it('reads a point with a first byte of 0 as infinity whatever follows', () => {
    const header = parseHeader(v4)
    const pkAt = header.bytesWithoutPow.length
    const odd = v4.slice()
    odd[pkAt] = 0
    const parsed = parseHeader(odd)
    assert.deepEqual(parsed.minerPk, new Uint8Array(33))
    const plain = v4.slice()
    plain.fill(0, pkAt, pkAt + 33)
    assert.deepEqual(facts(parsed), facts(parseHeader(plain)))
    assert.equal(toHex(parsed.id), toHex(blake2b256(plain)))
  })

  it('refuses points that do not decode, in every version', () => {
    for (const bytes of [v1, v4]) {
      const pkAt = parseHeader(bytes).bytesWithoutPow.length
      for (const tag of [1, 4, 5, 6, 7, 0x82, 0xff]) {
        const odd = bytes.slice()
        odd[pkAt] = tag
        assert.throws(() => parseHeader(odd), DecodeError)
      }
      // x of 5 is on no point of the curve; x at or above the field prime is none either.
      for (const x of ['05'.padStart(64, '0'), 'f'.repeat(64)]) {
        const odd = bytes.slice()
        odd.set(fromHex(x), pkAt + 1)
        assert.equal(hasValidPoints(scanHeader(odd)), false)
        assert.throws(() => parseHeader(odd), DecodeError)
      }
    }
    const oddW = v1.slice()
    oddW.set(fromHex('05'.padStart(64, '0')), parseHeader(v1).bytesWithoutPow.length + 34)
    assert.throws(() => parseHeader(oddW), DecodeError)
  })

  it('writes d of version 1 without leading zeros, and 0 as one byte', () => {
    const fields = fieldsOf(parseHeader(v1))
    const dAt = v1.length - 28
    assert.equal(v1[dAt], 27)
    const odd = concatBytes(v1.subarray(0, dAt), Uint8Array.of(29, 0, 0), v1.subarray(dAt + 1))
    assert.deepEqual(facts(parseHeader(odd)), facts(parseHeader(v1)))
    const zero = { ...fields, powSolution: { ...fields.powSolution, d: 0n } }
    const written = serializeHeader(zero)
    assert.deepEqual(written.subarray(dAt), Uint8Array.of(1, 0))
    const none = concatBytes(v1.subarray(0, dAt), Uint8Array.of(0))
    assert.deepEqual(parseHeader(none).bytes, written)
  })

  it('ignores bytes behind the header', () => {
    const odd = concatBytes(v4, Uint8Array.of(1, 2, 3))
    assert.deepEqual(facts(parseHeader(odd)), facts(parseHeader(v4)))
  })
})

describe('header views', () => {
  it('looks into a larger buffer and can be detached from it', () => {
    const parts = KNOWN_HEADERS.map((known) => fromHex(known.bytes))
    const all = concatBytes(...parts)
    const reader = new Reader(all)
    for (const part of parts) {
      const header = readHeader(reader)
      assert.deepEqual(header.bytes, part)
      assert.equal(header.bytes.buffer, all.buffer)
      const own = header.detach()
      assert.equal(own.bytes.buffer.byteLength, part.length)
      assert.deepEqual(facts(own), facts(header))
      assert.equal(own.detach(), own)
    }
    assert.equal(reader.remaining, 0)
  })

  it('moves a reader behind what it consumed, canonical or not', () => {
    const v4 = knownBytes(1761000)
    const long = v4.slice(0, 136)
    long[135]! |= 0x80
    const odd = concatBytes(long, Uint8Array.of(0), v4.subarray(136))
    const reader = new Reader(concatBytes(odd, v4))
    assert.deepEqual(readHeader(reader).bytes, v4)
    assert.equal(reader.position, odd.length)
    assert.deepEqual(readHeader(reader).bytes, v4)
  })
})
