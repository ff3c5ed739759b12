/**
 * A double of the reference node for tests and benches: strict about what it gets, exact in what it answers.
 *
 * @packageDocumentation
 */
export { PeerChain, type PeerHeader, type RecordedBlock } from './chain.ts'
export { ReferenceConnection } from './connection.ts'
export { ReferencePeer, type ReferencePeerInit } from './peer.ts'
export { compareSyncInfo, continuationIds, ownSyncInfo, type PeerStatus } from './sync.ts'
