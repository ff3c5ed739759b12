import { EncodeError, type Reader, type Writer } from '../bytes/index.ts'

/** Version of a peer's application, which the reference also uses as protocol version: three signed bytes. */
export interface Version {
  readonly major: number
  readonly minor: number
  readonly patch: number
}

const version = (major: number, minor: number, patch: number): Version => ({ major, minor, patch })

/** What the reference assumes of a peer that told nothing (`Version.initial`). */
export const INITIAL_VERSION: Version = version(0, 0, 1)
/** Peers below are on another chain since EIP-37; the reference does not talk to them. */
export const EIP37_VERSION: Version = version(4, 0, 100)
/** From here on a peer understands `SyncInfo` version 2 (`SyncV2Filter`). */
export const SYNC_V2_VERSION: Version = version(4, 0, 16)
/** From here on a peer may be asked `GetSnapshotsInfo`. */
export const UTXO_SNAPSHOT_VERSION: Version = version(5, 0, 12)
/** From here on a peer may be asked `GetNipopowProof`. */
export const NIPOPOW_VERSION: Version = version(5, 0, 13)
/**
 * Peers that announce this or more are sent input-block messages (codes 100 .. 106) by 6.5 release candidates,
 * which we do not speak: announce a lower version.
 */
export const INPUT_BLOCKS_VERSION: Version = version(6, 5, 0)

/** Lexicographic order on three signed bytes. */
export function compareVersions(a: Version, b: Version): number {
  return a.major - b.major || a.minor - b.minor || a.patch - b.patch
}

/** `6.0.4`. */
export function formatVersion(v: Version): string {
  return `${v.major}.${v.minor}.${v.patch}`
}

/**
 * Inverse of {@link formatVersion}.
 *
 * @throws RangeError when the text is not three numbers within -128 .. 127
 */
export function parseVersion(text: string): Version {
  const match = /^(-?\d{1,3})\.(-?\d{1,3})\.(-?\d{1,3})$/.exec(text)
  const numbers = match === null ? [] : match.slice(1).map(Number)
  if (numbers.length !== 3 || numbers.some((n) => n < -128 || n > 127)) {
    throw new RangeError(`not a version of three signed bytes: ${text}`)
  }
  return version(numbers[0]!, numbers[1]!, numbers[2]!)
}

export function readVersion(r: Reader): Version {
  return version(r.i8(), r.i8(), r.i8())
}

export function writeVersion(w: Writer, v: Version): void {
  for (const part of [v.major, v.minor, v.patch]) {
    if (part > 127) throw new EncodeError(`version part ${part} does not fit a signed byte`)
    w.u8(part)
  }
}
