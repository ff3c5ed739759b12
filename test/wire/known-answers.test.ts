import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { DecodeError, fromHex, Reader, toHex } from '../../src/bytes/index.ts'
import {
  decodeMessage,
  decodePeerSpec,
  encodeFrame,
  encodeHandshake,
  encodeMessage,
  encodePeerSpec,
  FrameDecoder,
  type Handshake,
  HandshakeParser,
  type Message,
  messageCode,
  type PeerSpec,
  readHandshake,
  WireError
} from '../../src/wire/index.ts'
import { missing, readJson, shared } from '../support/vectors.ts'

const MAINNET = fromHex('01000204')
const A = fromHex('01'.repeat(16) + '02'.repeat(16))
const B = fromHex('aa'.repeat(32))
const ARCHIVE = { kind: 'mode', stateType: 'utxo', verifyingTransactions: true, blocksToKeep: -1 } as const
const REF_604 = { agentName: 'ergoref', version: { major: 6, minor: 0, patch: 4 } }

// Whole mainnet frames. Those marked with a star equal the literals in the reference's own test suite
// (InvSpecification, RequestModifiersSpecification, ErgoSyncInfoSpecification); the others were computed independently.
const FRAMES: [name: string, message: Message, hex: string][] = [
  ['GetPeers', { type: 'GetPeers' }, '010002040100000000'],
  ['Peers, none', { type: 'Peers', peers: [] }, '01000204020000000103170a2e00'],
  [
    'Peers, one',
    {
      type: 'Peers',
      peers: [{ ...REF_604, nodeName: 'n', declaredAddress: { ip: '213.239.193.208', port: 9030 }, features: [ARCHIVE] }]
    },
    '01000204020000001d26fcf54e01076572676f726566060004016e0108d5efc1d0c64601100400010001'
  ],
  [
    'Inv of a header *',
    { type: 'Inv', typeId: 101, ids: [A] },
    '0100020437000000226abfdbf565010101010101010101010101010101010102020202020202020202020202020202'
  ],
  [
    'Inv of two transactions',
    { type: 'Inv', typeId: 2, ids: [A, B] },
    '01000204370000004282ad3cce02020101010101010101010101010101010102020202020202020202020202020202aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa'
  ],
  [
    'RequestModifier of a header *',
    { type: 'RequestModifier', typeId: 101, ids: [A] },
    '0100020416000000226abfdbf565010101010101010101010101010101010102020202020202020202020202020202'
  ],
  [
    'Modifiers',
    { type: 'Modifiers', typeId: 2, modifiers: [{ id: A, bytes: fromHex('deadbe') }] },
    '010002042100000026fe9f4a060201010101010101010101010101010101010202020202020202020202020202020203deadbe'
  ],
  [
    'SyncInfo version 1 *',
    { type: 'SyncInfo', version: 1, headerIds: [A] },
    '0100020441000000214f904163010101010101010101010101010101010102020202020202020202020202020202'
  ],
  ['SyncInfo version 1, empty', { type: 'SyncInfo', version: 1, headerIds: [] }, '01000204410000000103170a2e00'],
  ['SyncInfo version 2, empty', { type: 'SyncInfo', version: 2, headers: [] }, '01000204410000000345a14b8600ff00'],
  ['GetSnapshotsInfo', { type: 'GetSnapshotsInfo' }, '010002044c00000000'],
  ['SnapshotsInfo, none', { type: 'SnapshotsInfo', snapshots: [] }, '010002044d0000000103170a2e00'],
  [
    'SnapshotsInfo, one',
    { type: 'SnapshotsInfo', snapshots: [{ height: 52223, manifestId: A }] },
    '010002044d000000244fd0835301feaf060101010101010101010101010101010102020202020202020202020202020202'
  ],
  [
    'GetManifest',
    { type: 'GetManifest', manifestId: A },
    '010002044e00000020ba53bf4f0101010101010101010101010101010102020202020202020202020202020202'
  ],
  ['Manifest', { type: 'Manifest', manifest: Uint8Array.of(1, 2, 3) }, '010002044f0000000449229e4103010203'],
  [
    'GetUtxoSnapshotChunk',
    { type: 'GetUtxoSnapshotChunk', subtreeId: A },
    '010002045000000020ba53bf4f0101010101010101010101010101010102020202020202020202020202020202'
  ],
  ['UtxoSnapshotChunk', { type: 'UtxoSnapshotChunk', subtree: Uint8Array.of(1, 2, 3) }, '01000204510000000449229e4103010203'],
  ['GetNipopowProof', { type: 'GetNipopowProof', m: 6, k: 10 }, '010002045a0000000471d6a1a00c140000'],
  [
    'GetNipopowProof with a header',
    { type: 'GetNipopowProof', m: 6, k: 10, headerId: A },
    '010002045a00000024418a5b150c1401010101010101010101010101010101010202020202020202020202020202020200'
  ],
  ['NipopowProof', { type: 'NipopowProof', proof: Uint8Array.of(1, 2, 3) }, '010002045b0000000586b3fa870301020300']
]

describe('known frames', () => {
  for (const [name, message, hex] of FRAMES) {
    it(name, () => {
      assert.equal(toHex(encodeFrame(MAINNET, messageCode(message.type), encodeMessage(message))), hex)
      const decoder = new FrameDecoder({ magic: MAINNET })
      decoder.push(fromHex(hex))
      const frame = decoder.read()
      assert.ok(frame?.known)
      assert.deepEqual(decodeMessage(frame.code, frame.payload), message)
      assert.equal(decoder.read(), undefined)
    })
  }
})

// The first two are from a capture of testnet traffic, the third stands in the reference's HandshakeSpecification.
const HANDSHAKES: [name: string, handshake: Handshake, hex: string][] = [
  [
    'reference 6.0.3 on testnet',
    {
      time: 1775075368939n,
      peer: {
        agentName: 'ergoref',
        version: { major: 6, minor: 0, patch: 3 },
        nodeName: 'ergo-testnet-6.0.3',
        declaredAddress: { ip: '213.239.193.208', port: 9023 },
        features: [ARCHIVE, { kind: 'session', magic: fromHex('02030203'), sessionId: -4281552730180250745n }]
      }
    },
    'ebbff2d5d433076572676f726566060003126572676f2d746573746e65742d362e302e330108d5efc1d0bf4602100400010001030d02030203f1b1fb97c0e190eb76'
  ],
  [
    'another implementation, with a feature nobody knows',
    {
      time: 1775075368906n,
      peer: {
        agentName: 'ergo-node-rust',
        version: { major: 6, minor: 0, patch: 3 },
        nodeName: 'ergo-node-rust',
        features: [
          ARCHIVE,
          { kind: 'session', magic: fromHex('02030203'), sessionId: 7714789454705090515n },
          { kind: 'unknown', id: 64, body: fromHex('01') }
        ]
      }
    },
    'cabff2d5d4330e6572676f2d6e6f64652d727573740600030e6572676f2d6e6f64652d727573740003100400010001030e02030203a6ff82cacc88b890d601400101'
  ],
  [
    'reference 3.3.6 on mainnet, no session, local address',
    {
      time: 1610134874428n,
      peer: {
        agentName: 'ergoref',
        version: { major: 3, minor: 3, patch: 6 },
        nodeName: 'ergo-mainnet-3.3.6',
        features: [ARCHIVE, { kind: 'localAddress', address: { ip: '127.0.0.1', port: 9006 } }]
      }
    },
    'bcd2919cee2e076572676f726566030306126572676f2d6d61696e6e65742d332e332e36000210040001000102067f000001ae46'
  ],
  [
    'every known feature but the local address',
    {
      time: 1700000000000n,
      peer: {
        ...REF_604,
        nodeName: 'my-node',
        declaredAddress: { ip: '1.2.3.4', port: 9030 },
        features: [
          ARCHIVE,
          { kind: 'session', magic: MAINNET, sessionId: -1234567890123456789n },
          { kind: 'restApiUrl', url: 'http://1.2.3.4:9053' }
        ]
      }
    },
    '80d095ffbc31076572676f726566060004076d792d6e6f6465010801020304c64603100400010001030d01000204a984ccde8fbd88a222041413687474703a2f2f312e322e332e343a39303533'
  ]
]

describe('known handshakes', () => {
  for (const [name, handshake, hex] of HANDSHAKES) {
    it(name, () => {
      assert.equal(toHex(encodeHandshake(handshake)), hex)
      assert.deepEqual(readHandshake(new Reader(fromHex(hex))), handshake)
      assert.deepEqual(new HandshakeParser().push(fromHex(hex))?.handshake, handshake)
    })
  }

  it('peer spec with an IPv6 address', () => {
    const spec: PeerSpec = {
      ...REF_604,
      nodeName: 'n',
      declaredAddress: { ip: '2001:41d0:700:6662::', port: 29031 },
      features: []
    }
    const hex = '076572676f726566060004016e0114200141d0070066620000000000000000e7e20100'
    assert.equal(toHex(encodePeerSpec(spec)), hex)
    assert.deepEqual(decodePeerSpec(fromHex(hex)), spec)
  })

  it('mode bodies of nodes that bootstrapped', () => {
    // Bodies of the Mode feature as the reference writes them, wrapped in the shortest peer spec.
    const mode = (body: string): unknown =>
      decodePeerSpec(fromHex(`0161060004000001${'10'}${(body.length / 2).toString(16).padStart(2, '0')}${body}`)).features[0]
    assert.deepEqual(mode('00010003'), { ...ARCHIVE, blocksToKeep: -2 })
    assert.deepEqual(mode('0001010203'), { ...ARCHIVE, nipopowFlag: 1, blocksToKeep: -2 })
    assert.deepEqual(mode('01010001'), { ...ARCHIVE, stateType: 'digest' })
    const pruned = { kind: 'mode', stateType: 'digest', verifyingTransactions: false, nipopowFlag: 1, blocksToKeep: 1000 }
    assert.deepEqual(mode('01000102d00f'), pruned)
  })
})

describe('known bad bytes', () => {
  const first = (hex: string): unknown => {
    const decoder = new FrameDecoder({ magic: MAINNET })
    decoder.push(fromHex(hex))
    return decoder.read()
  }
  const refusedFrames: [string, string, string][] = [
    ['checksum of another payload', '0100020441000000030000000000ff00', 'FRAME_CHECKSUM'],
    ["another network's magic", '020302030100000000', 'FRAME_MAGIC'],
    ['negative length', '0100020421ffffffff', 'FRAME_LENGTH'],
    ['length one above the limit of 16,388,608', '010002042100fa1201', 'FRAME_LENGTH']
  ]
  for (const [name, hex, code] of refusedFrames) {
    it(name, () => assert.throws(() => first(hex), { code, penalty: 'permanent' }))
  }

  it('a length at the limit waits for its payload', () => assert.equal(first('010002042100fa1200'), undefined))

  it('a checksum behind an empty payload is read as the next magic', () => {
    const decoder = new FrameDecoder({ magic: fromHex('02030203') })
    decoder.push(fromHex('0203020301000000000e5751c002030203410000000345a14b8600ff00'))
    assert.equal(decoder.read()?.code, 1)
    assert.throws(() => decoder.read(), { code: 'FRAME_MAGIC', offset: 9 })
    assert.throws(() => decoder.read(), { code: 'FRAME_MAGIC', offset: 9 })
  })

  const refusedPayloads: [string, number, string, string][] = [
    ['Inv without ids', 55, '6500', 'OUT_OF_RANGE'],
    ['Inv of 401 ids', 55, `659103${'00'.repeat(401 * 32)}`, 'LIMIT_EXCEEDED'],
    ['RequestModifier without ids', 22, '6500', 'OUT_OF_RANGE'],
    ['RequestModifier of 401 ids', 22, `659103${'00'.repeat(401 * 32)}`, 'LIMIT_EXCEEDED'],
    ['GetPeers with a byte', 1, '00', 'LIMIT_EXCEEDED'],
    ['Modifiers without objects', 33, '6500', 'OUT_OF_RANGE'],
    ['GetNipopowProof without pad length', 90, '0c1400', 'UNDERFLOW'],
    ['NipopowProof without pad length', 91, '03010203', 'UNDERFLOW'],
    ['NipopowProof of no bytes', 91, '0000', 'OUT_OF_RANGE'],
    ['SyncInfo with an unknown version byte', 65, '00fe00', 'MALFORMED'],
    ['SyncInfo of 51 headers', 65, `00ff33${'0100'.repeat(51)}`, 'LIMIT_EXCEEDED'],
    ['SyncInfo with a header of 1000 bytes', 65, `00ff01e807${'00'.repeat(1000)}`, 'LIMIT_EXCEEDED'],
    ['SyncInfo of 1002 ids', 65, `ea07${'00'.repeat(1002 * 32)}`, 'LIMIT_EXCEEDED'],
    ['Peers of 65 entries', 2, `41${'0161060004000000'.repeat(65)}`, 'LIMIT_EXCEEDED'],
    ['Peers with an empty agent name', 2, '010006000400000000', 'MALFORMED'],
    ['Peers with an address of 5 bytes', 2, '01016106000400010901020304050100', 'MALFORMED'],
    ['Peers with port 65536', 2, '0101610600040001080102030480800400', 'OUT_OF_RANGE'],
    ['Peers with a negative feature count', 2, '0101610600040000ff', 'OUT_OF_RANGE'],
    ['Peers with a feature of 32768 bytes', 2, `01016106000400000140808002${'00'.repeat(32768)}`, 'LIMIT_EXCEEDED'],
    ['GetSnapshotsInfo of 100 bytes', 76, '00'.repeat(100), 'LIMIT_EXCEEDED'],
    ['GetManifest of 100 bytes', 78, '00'.repeat(100), 'LIMIT_EXCEEDED'],
    ['GetUtxoSnapshotChunk of 100 bytes', 80, '00'.repeat(100), 'LIMIT_EXCEEDED'],
    ['GetNipopowProof of 1001 bytes', 90, '0c140000'.padEnd(2002, '0'), 'LIMIT_EXCEEDED'],
    ['SnapshotsInfo of 20,001 bytes', 77, '00'.repeat(20_001), 'LIMIT_EXCEEDED']
  ]
  for (const [name, code, hex, cause] of refusedPayloads) {
    it(`${name} is refused`, () => {
      assert.throws(
        () => decodeMessage(code, fromHex(hex)),
        (e) => {
          assert.ok(e instanceof WireError && e.cause instanceof DecodeError)
          assert.deepEqual([e.code, e.penalty, e.messageCode, e.cause.code], ['PAYLOAD_INVALID', 'permanent', code, cause])
          return true
        }
      )
    })
  }

  const accepted: [string, number, string, Message][] = [
    ['SyncInfo 00ff is an empty version 1', 65, '00ff', { type: 'SyncInfo', version: 1, headerIds: [] }],
    ['trailing bytes are ignored', 78, `${toHex(A)}00`, { type: 'GetManifest', manifestId: A }],
    ['GetSnapshotsInfo of 99 bytes', 76, '00'.repeat(99), { type: 'GetSnapshotsInfo' }],
    ['padding is skipped', 90, '0c140002ffff', { type: 'GetNipopowProof', m: 6, k: 10 }],
    ['padding at its limit is not consumed', 90, '0c1400e807', { type: 'GetNipopowProof', m: 6, k: 10 }],
    ['a flag other than 1 means no header id', 90, '0c140200', { type: 'GetNipopowProof', m: 6, k: 10 }]
  ]
  for (const [name, code, hex, message] of accepted) {
    it(name, () => assert.deepEqual(decodeMessage(code, fromHex(hex)), message))
  }
})

describe('recorded answer file', { skip: missing('p2p/kat.json') }, () => {
  it('every real frame of it decodes and re-encodes', () => {
    const { realFrames } = readJson<{ realFrames: { hex: string; magic: string; code: number }[] }>(shared('p2p/kat.json'))
    assert.equal(realFrames.length, 4)
    for (const { hex, magic, code } of realFrames) {
      const decoder = new FrameDecoder({ magic: fromHex(magic) })
      decoder.push(fromHex(hex))
      const frame = decoder.read()
      assert.equal(frame?.code, code)
      assert.equal(toHex(encodeFrame(fromHex(magic), code, encodeMessage(decodeMessage(code, frame.payload)))), hex)
    }
  })
})
