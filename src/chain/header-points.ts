import { bytesEqual, DecodeError } from '../bytes/index.ts'
import { secp256k1 } from '../crypto/index.ts'
import { INITIAL_VERSION, POINT_BYTES } from './constants.ts'
import type { Header } from './header.ts'
import { scanHeader } from './header-scan.ts'

/**
 * Slots of the table of known good keys. A few dozen miners and pools find nearly all blocks, and checking a point costs a
 * square root, so remembering them saves most of the work; more slots than miners of a year gain nothing.
 */
const KNOWN_KEY_SLOTS = 1024

/** Direct-mapped by the low bits of x. Holds only points that were found valid, so it changes no answer. */
const known: Array<Uint8Array | undefined> = new Array(KNOWN_KEY_SLOTS)

/** True when a miner's key is an element of the group; the last ones seen are remembered. */
function isValidMinerKey(point: Uint8Array): boolean {
  const slot = ((point[POINT_BYTES - 2]! << 8) | point[POINT_BYTES - 1]!) % KNOWN_KEY_SLOTS
  const seen = known[slot]
  if (seen !== undefined && bytesEqual(seen, point)) return true
  if (!secp256k1.isValid(point)) return false
  known[slot] = point.slice()
  return true
}

/**
 * True when the points of a header's solution lie on the curve. The reference cannot even parse a header for which this is
 * false, in every version (`AutolykosSolutionSerializer`).
 */
export function hasValidPoints(header: Header): boolean {
  return isValidMinerKey(header.minerPk) && (header.version !== INITIAL_VERSION || secp256k1.isValid(header.powOneTimePk))
}

/**
 * Reads a header and checks everything that the reference's parser checks.
 *
 * @throws DecodeError when no header can be read, or when a point of its solution does not lie on the curve
 */
export function parseHeader(buffer: Uint8Array, start = 0, end: number = buffer.length): Header {
  const header = scanHeader(buffer, start, end)
  if (!hasValidPoints(header)) throw new DecodeError('MALFORMED', 'header carries a point that is not on the curve', start)
  return header
}
