import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { DecodeError, EncodeError, toHex } from '../../src/bytes/index.ts'
import {
  codecOf,
  codecs,
  decodeMessage,
  encodeMessage,
  isBlockSectionType,
  isKnownMessage,
  type Message,
  type MessageType,
  maxPayloadBytes,
  messageCode,
  messageName,
  PENALTY_SCORES,
  packModifiers
} from '../../src/wire/index.ts'
import { messages } from './arbitraries.ts'

const types = Object.keys(codecs) as MessageType[]
const decodeAny = (code: number, payload: Uint8Array): Message | undefined => {
  try {
    return codecOf(code)!.decode(payload)
  } catch (error) {
    assert.ok(error instanceof DecodeError, String(error))
    return undefined
  }
}

for (const type of types) {
  const arbitrary = messages[type] as fc.Arbitrary<Message>
  const code = messageCode(type)
  describe(type, () => {
    it('gives back every message that it wrote', () => {
      fc.assert(fc.property(arbitrary, (message) => assert.deepEqual(decodeMessage(code, encodeMessage(message)), message)))
    })

    it('ignores trailing bytes, GetPeers excepted, and refuses or shortens a payload cut at any byte', () => {
      fc.assert(
        fc.property(arbitrary, (message) => {
          const payload = encodeMessage(message)
          const longer = new Uint8Array(payload.length + 1)
          longer.set(payload)
          if (type === 'GetPeers') assert.equal(decodeAny(code, longer), undefined)
          else if (payload.length > 1) assert.deepEqual(decodeAny(code, longer), message)
          for (let n = 0; n < payload.length; n++) {
            const cut = decodeAny(code, payload.subarray(0, n))
            // The head of an empty SyncInfo version 2 is an empty version 1, and there is no other prefix that means anything.
            if (cut !== undefined) assert.ok(cut.type === 'SyncInfo' && cut.version === 1 && n <= 2)
          }
        }),
        { numRuns: 30 }
      )
    })

    it('answers mutated payloads with a message that re-encodes, or a DecodeError', () => {
      const mutation = fc.record({ at: fc.nat(), value: fc.nat(255) })
      fc.assert(
        fc.property(arbitrary, fc.array(mutation, { minLength: 1, maxLength: 4 }), (message, mutations) => {
          const payload = encodeMessage(message)
          if (payload.length === 0) return
          for (const { at, value } of mutations) payload[at % payload.length] = value
          const decoded = decodeAny(code, payload)
          if (decoded === undefined) return
          try {
            assert.deepEqual(codecOf(code)!.decode(encodeMessage(decoded)), decoded)
          } catch (error) {
            // Names that were not UTF-8 may grow beyond their length byte.
            assert.ok(type === 'Peers' && error instanceof EncodeError, String(error))
          }
        }),
        { numRuns: 300 }
      )
    })

    it('answers random bytes with a message or a DecodeError', () => {
      fc.assert(fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => void decodeAny(code, bytes)))
    })
  })
}

describe('table of messages', () => {
  it('has the fourteen codes of the reference', () => {
    const codes = types.map((t) => messageCode(t)).sort((a, b) => a - b)
    assert.deepEqual(codes, [1, 2, 22, 33, 55, 65, 76, 77, 78, 79, 80, 81, 90, 91])
    assert.equal(messageName(55), 'Inv')
    // 75 is the reference's internal code of handshakes, 100 and above those of later release candidates.
    for (const code of [0, 75, 100, 102, 104, 105, 106, 255]) assert.equal(isKnownMessage(code), false)
    assert.throws(() => decodeMessage(75, new Uint8Array(0)), RangeError)
  })

  it('has the size limits of the reference', () => {
    const limits = [1, 76, 77, 78, 79, 80, 81, 90, 91].map(maxPayloadBytes)
    assert.deepEqual(limits, [0, 99, 20_000, 99, 4_000_000, 99, 4_000_000, 1000, 2_000_000])
    for (const code of [2, 22, 33, 55, 65, 200]) assert.equal(maxPayloadBytes(code), 16_388_608)
  })

  it('has the penalties of the reference', () => {
    assert.deepEqual(PENALTY_SCORES, { nonDelivery: 2, misbehavior: 10, spam: 25, permanent: 1_000_000_000 })
    for (const type of types) assert.equal(codecs[type].penalty, 'permanent')
  })

  it('knows block sections by their signed type', () => {
    assert.deepEqual([2, 49, 50, 101, 102, 104, 108, 127, 128, 129, 132].map(isBlockSectionType), [
      false,
      false,
      true,
      true,
      true,
      true,
      true,
      true,
      false,
      false,
      false
    ])
  })
})

describe('writers refuse what the reference would ban us for', () => {
  const id = new Uint8Array(32)
  const cases: [string, Message][] = [
    ['Inv without ids', { type: 'Inv', typeId: 101, ids: [] }],
    ['Inv of 401 ids', { type: 'Inv', typeId: 101, ids: new Array<Uint8Array>(401).fill(id) }],
    ['Inv with an id of 31 bytes', { type: 'Inv', typeId: 101, ids: [new Uint8Array(31)] }],
    ['RequestModifier without ids', { type: 'RequestModifier', typeId: 101, ids: [] }],
    ['Modifiers without objects', { type: 'Modifiers', typeId: 101, modifiers: [] }],
    [
      'Modifiers one byte above 8,194,304',
      { type: 'Modifiers', typeId: 104, modifiers: [{ id, bytes: new Uint8Array(8_194_304 - 37 + 1) }] }
    ],
    ['SyncInfo of 1002 ids', { type: 'SyncInfo', version: 1, headerIds: new Array<Uint8Array>(1002).fill(id) }],
    ['SyncInfo of 51 headers', { type: 'SyncInfo', version: 2, headers: new Array<Uint8Array>(51).fill(id) }],
    ['SyncInfo with a header of 1000 bytes', { type: 'SyncInfo', version: 2, headers: [new Uint8Array(1000)] }],
    ['an empty NipopowProof', { type: 'NipopowProof', proof: new Uint8Array(0) }],
    ['a NipopowProof of 2,000,000 bytes', { type: 'NipopowProof', proof: new Uint8Array(2_000_000) }],
    ['a Manifest above 4,000,000 bytes', { type: 'Manifest', manifest: new Uint8Array(4_000_000) }],
    ['GetManifest with an id of 33 bytes', { type: 'GetManifest', manifestId: new Uint8Array(33) }]
  ]
  for (const [name, message] of cases) it(name, () => assert.throws(() => encodeMessage(message), EncodeError))

  it("Modifiers of exactly 8,194,304 by the reference's count pass both ways, one byte more does not", () => {
    const message: Message = { type: 'Modifiers', typeId: 104, modifiers: [{ id, bytes: new Uint8Array(8_194_304 - 37) }] }
    const payload = encodeMessage(message)
    assert.deepEqual(decodeMessage(33, payload), message)
    // Type, count, id, then the length as VLQ: 8194267 = db 91 f4 03; one more is dc.
    assert.equal(toHex(payload.subarray(34, 38)), 'db91f403')
    const longer = new Uint8Array(payload.length + 1)
    longer.set(payload)
    longer[34] = 0xdc
    assert.throws(() => decodeMessage(33, longer), { code: 'PAYLOAD_INVALID', message: /8194305 bytes or more/ })
  })
})

describe('packing of Modifiers', () => {
  const object = (size: number): { id: Uint8Array; bytes: Uint8Array } => ({
    id: new Uint8Array(32),
    bytes: new Uint8Array(size)
  })
  /** The reference's `sendByParts`, as written there: take while below the limit, or the first alone. */
  const reference = (sizes: number[]): number[][] => {
    if (sizes.length === 0) return []
    let size = 5
    let taken = sizes.findIndex((s) => (size += 32 + 4 + s) >= 2_048_576)
    if (taken < 0) taken = sizes.length
    if (taken === 0) taken = 1
    return [sizes.slice(0, taken), ...reference(sizes.slice(taken))]
  }

  it('splits where the reference splits', () => {
    const sizes = fc.oneof(fc.nat(3_000_000), fc.nat(700_000), fc.constantFrom(2_048_534, 2_048_535, 2_048_536))
    fc.assert(
      fc.property(fc.array(sizes, { maxLength: 12 }), (list) => {
        const packed = packModifiers(104, list.map(object))
        assert.deepEqual(
          packed.map((m) => m.modifiers.map((o) => o.bytes.length)),
          reference(list)
        )
      }),
      { numRuns: 60 }
    )
  })

  it('keeps order, gives nothing for nothing and leaves out what no message can carry', () => {
    assert.deepEqual(packModifiers(101, []), [])
    const packed = packModifiers(104, [object(10), object(8_194_304), object(20)])
    assert.deepEqual(
      packed.map((m) => m.modifiers.map((o) => o.bytes.length)),
      [[10, 20]]
    )
  })
})
