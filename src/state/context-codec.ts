import { DecodeError, Reader, Writer } from '../bytes/index.ts'
import {
  type EpochVotes,
  Parameters,
  readExtensionFields,
  readHeader,
  readSettingsUpdate,
  STATE_ROOT_BYTES,
  ValidationSettings,
  writeExtensionFields,
  writeSettingsUpdate
} from '../chain/index.ts'
import { LAST_HEADERS, type StateContext } from './context.ts'

/** First byte: form of what follows. */
const FORMAT = 1

/** Votes of an epoch: as many as one header has. */
const MAX_EPOCH_VOTES = 3

/** Parameters by signed byte. */
const MAX_PARAMETERS = 256

/** Bytes of contexts that are still in use: each is stored, and sent with every part of its block. */
const encoded = new WeakMap<StateContext, Uint8Array>()

/** A context as bytes, to be stored. Do not write to them. */
export function encodeContext(context: StateContext): Uint8Array {
  let bytes = encoded.get(context)
  if (bytes === undefined) encoded.set(context, (bytes = serialize(context)))
  return bytes
}

function serialize(context: StateContext): Uint8Array {
  const { lastHeaders, lastExtension, genesisStateDigest, parameters, settings, epochVotes } = context
  const w = new Writer(4096).u8(FORMAT).bytes(genesisStateDigest).u8(lastHeaders.length)
  for (const header of lastHeaders) w.bytes(header.bytes)
  w.u8(epochVotes.length)
  for (const { id, count } of epochVotes) w.u8(id).uint(count)
  w.uint(parameters.height).ushort(parameters.table.size)
  for (const [id, value] of parameters.table) w.u8(id).i32be(value)
  writeSettingsUpdate(w, parameters.proposedUpdate)
  writeSettingsUpdate(w, settings.updateFromInitial)
  w.option(lastExtension, (fields) => writeExtensionFields(w, fields))
  return w.toBytes()
}

/**
 * A context from its bytes.
 *
 * @throws DecodeError
 */
export function decodeContext(bytes: Uint8Array): StateContext {
  // A copy: what is read keeps looking into it.
  const r = new Reader(bytes.slice())
  const format = r.u8()
  if (format !== FORMAT) throw new DecodeError('MALFORMED', `unknown form ${format} of a state context`, 0)
  const genesisStateDigest = r.bytes(STATE_ROOT_BYTES)
  const headers = r.u8()
  if (headers > LAST_HEADERS) throw new DecodeError('LIMIT_EXCEEDED', `${headers} headers in a state context`, r.position)
  const lastHeaders = Array.from({ length: headers }, () => readHeader(r))
  const epochVotes = readVotes(r)
  const parameters = readParameters(r)
  const settings = ValidationSettings.initial.updated(readSettingsUpdate(r))
  const lastExtension = r.option(() => readExtensionFields(r))
  r.expectEnd('a state context')
  return { lastHeaders, lastExtension, genesisStateDigest, parameters, settings, epochVotes }
}

function readVotes(r: Reader): EpochVotes {
  const votes = r.checkCount(r.u8(), MAX_EPOCH_VOTES, 2, 'votes of an epoch')
  return Array.from({ length: votes }, () => ({ id: r.i8(), count: r.uintExact('votes') }))
}

function readParameters(r: Reader): Parameters {
  const height = r.uintExact('height of parameters')
  const table = new Map<number, number>()
  for (let n = r.checkCount(r.ushort('parameters'), MAX_PARAMETERS, 5, 'parameters'); n > 0; n--) table.set(r.i8(), r.i32be())
  return new Parameters(height, table, readSettingsUpdate(r))
}
