/**
 * The one LevelDB database of a node: tables, and the atomic batch in which each step of the chain moves.
 *
 * @packageDocumentation
 */
export { BlockStore, type FullTip, type StoredSection } from './block-store.ts'
export { type CheckInit, type CheckReport, checkStore, type InspectedHeader, type StoreInspector } from './check/index.ts'
export { type Change, Database, type DatabaseOptions } from './database.ts'
export { damage, readStored, StoreError, type StoreErrorCode } from './errors.ts'
export { HeaderIndex } from './header-index.ts'
export { type HeaderChange, type HeaderRecord, HeaderStore, type Staged } from './header-store.ts'
export { type InvalidMark, InvalidStore } from './invalid-store.ts'
export { PeerStore } from './peer-store.ts'
export { checkIdentity, readIdentity, SCHEMA_VERSION, type StoreIdentity } from './schema.ts'
