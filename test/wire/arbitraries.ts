import fc from 'fast-check'
import { ipToText, type Message, type PeerFeature, type PeerSpec } from '../../src/wire/index.ts'

/** Records with the ordinary prototype, so that they compare equal to decoded ones. */
const record = <T>(model: { [K in keyof T]: fc.Arbitrary<T[K]> }): fc.Arbitrary<T> =>
  fc.record(model, { noNullPrototype: true }) as fc.Arbitrary<T>

const bytes = (max: number): fc.Arbitrary<Uint8Array> => fc.uint8Array({ maxLength: max })
export const id: fc.Arbitrary<Uint8Array> = fc.uint8Array({ minLength: 32, maxLength: 32 })
const int32 = fc.integer({ min: -0x80000000, max: 0x7fffffff })
const int64 = fc.bigInt(-(2n ** 63n), 2n ** 63n - 1n)
const port = fc.integer({ min: 0, max: 65535 })
const ipv4 = fc.uint8Array({ minLength: 4, maxLength: 4 }).map(ipToText)
const ip = fc.oneof(ipv4, fc.uint8Array({ minLength: 16, maxLength: 16 }).map(ipToText))
/** Text of well-formed Unicode whose UTF-8 fits one length byte. */
const shortString = (minLength: number): fc.Arbitrary<string> => fc.string({ unit: 'binary', minLength, maxLength: 60 })

export const feature: fc.Arbitrary<PeerFeature> = fc.oneof(
  record({
    stateType: fc.constantFrom('utxo', 'digest'),
    verifyingTransactions: fc.boolean(),
    blocksToKeep: int32,
    flag: fc.option(int32)
  }).map(({ flag, ...mode }): PeerFeature => ({ kind: 'mode', ...mode, ...(flag === null ? {} : { nipopowFlag: flag }) })),
  record({ kind: fc.constant('session'), magic: fc.uint8Array({ minLength: 4, maxLength: 4 }), sessionId: int64 }),
  record({ kind: fc.constant('localAddress'), address: record({ ip: ipv4, port }) }),
  fc.webUrl({ size: 'small' }).map((url): PeerFeature => ({ kind: 'restApiUrl', url })),
  record({ kind: fc.constant('unknown'), id: fc.constantFrom(0, 1, 5, 64, 255), body: bytes(40) })
)

export const peerSpec: fc.Arbitrary<PeerSpec> = record({
  agentName: shortString(1),
  version: record({
    major: fc.integer({ min: -128, max: 127 }),
    minor: fc.integer({ min: -128, max: 127 }),
    patch: fc.integer({ min: -128, max: 127 })
  }),
  nodeName: shortString(0),
  address: fc.option(record({ ip, port })),
  features: fc.array(feature, { maxLength: 5 })
}).map(({ address, ...spec }) => ({ ...spec, ...(address === null ? {} : { declaredAddress: address }) }))

const typeId = fc.integer({ min: 0, max: 255 })
const inventory = { typeId, ids: fc.array(id, { minLength: 1, maxLength: 8 }) }

/** One arbitrary for each message type. */
export const messages: { readonly [T in Message['type']]: fc.Arbitrary<Extract<Message, { type: T }>> } = {
  GetPeers: record({ type: fc.constant('GetPeers') }),
  Peers: record({ type: fc.constant('Peers'), peers: fc.array(peerSpec, { maxLength: 4 }) }),
  RequestModifier: record({ type: fc.constant('RequestModifier'), ...inventory }),
  Modifiers: record({
    type: fc.constant('Modifiers'),
    typeId,
    modifiers: fc.array(record({ id, bytes: bytes(300) }), { minLength: 1, maxLength: 6 })
  }),
  Inv: record({ type: fc.constant('Inv'), ...inventory }),
  SyncInfo: fc.oneof(
    record({ type: fc.constant('SyncInfo'), version: fc.constant(1), headerIds: fc.array(id, { maxLength: 8 }) }),
    record({ type: fc.constant('SyncInfo'), version: fc.constant(2), headers: fc.array(bytes(300), { maxLength: 6 }) })
  ),
  GetSnapshotsInfo: record({ type: fc.constant('GetSnapshotsInfo') }),
  SnapshotsInfo: record({
    type: fc.constant('SnapshotsInfo'),
    snapshots: fc.array(record({ height: int32, manifestId: id }), { maxLength: 6 })
  }),
  GetManifest: record({ type: fc.constant('GetManifest'), manifestId: id }),
  Manifest: record({ type: fc.constant('Manifest'), manifest: bytes(500) }),
  GetUtxoSnapshotChunk: record({ type: fc.constant('GetUtxoSnapshotChunk'), subtreeId: id }),
  UtxoSnapshotChunk: record({ type: fc.constant('UtxoSnapshotChunk'), subtree: bytes(500) }),
  GetNipopowProof: record({ m: int32, k: int32, headerId: fc.option(id) }).map(({ m, k, headerId }) => ({
    type: 'GetNipopowProof',
    m,
    k,
    ...(headerId === null ? {} : { headerId })
  })),
  NipopowProof: record({
    type: fc.constant('NipopowProof'),
    proof: fc.uint8Array({ minLength: 1, maxLength: 500 })
  })
}
