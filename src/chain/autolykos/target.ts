import { bigIntToBytes } from '../../bytes/index.ts'
import { secp256k1 } from '../../crypto/index.ts'
import { decodeCompact } from '../difficulty/compact.ts'

/** Targets remembered. Difficulty changes once an epoch, so one or two are in use at a time. */
const CACHED_TARGETS = 16

/**
 * Target of a difficulty: a proof of work is valid when its hit is strictly below (`AutolykosPowScheme.getB`). Negative for
 * a negative difficulty, so that nothing passes.
 *
 * @returns null for difficulty 0, which makes the reference's check fail with a division by zero
 */
export function powTarget(nBits: number): bigint | null {
  const difficulty = decodeCompact(nBits)
  return difficulty === 0n ? null : secp256k1.order / difficulty
}

interface CachedTarget {
  readonly nBits: number
  /** 32 bytes big-endian; null when nothing can pass. */
  readonly bytes: Uint8Array | null
}

/** The last targets used, newest first. Holds nothing but what {@link powTarget} gives for the same argument. */
const cache: CachedTarget[] = []

/** {@link powTarget} as 32 big-endian bytes, to be compared with a hit; null when nothing can pass. */
export function powTargetBytes(nBits: number): Uint8Array | null {
  const first = cache[0]
  if (first !== undefined && first.nBits === nBits) return first.bytes
  const at = cache.findIndex((entry) => entry.nBits === nBits)
  let entry: CachedTarget
  if (at >= 0) {
    entry = cache.splice(at, 1)[0]!
  } else {
    const target = powTarget(nBits)
    entry = { nBits, bytes: target === null || target <= 0n ? null : bigIntToBytes(target, 32) }
    if (cache.length === CACHED_TARGETS) cache.pop()
  }
  cache.unshift(entry)
  return entry.bytes
}
