import { bigIntFromBytes, bigIntToBytes, bytesEqual, compareBytes } from '../../bytes/index.ts'
import { autolykosV1Sum, PointError, secp256k1 } from '../../crypto/index.ts'
import { INITIAL_VERSION } from '../constants.ts'
import type { Header } from '../header.ts'
import { hasValidPoints } from '../header-points.ts'
import { powHitBytes, powMessage } from './hit.ts'
import { noteLevel } from './level.ts'
import { autolykosTableSize } from './table-size.ts'
import { powTargetBytes } from './target.ts'

/** Why a header's proof of work does not hold. */
export type PowFailure =
  /** A point of the solution is not on the curve: the reference cannot even parse such a header. */
  | 'POINT_INVALID'
  /** The difficulty is 0 or negative, so no hit is below the target. */
  | 'TARGET_UNREACHABLE'
  /** Version 1: `d` is not below the target. */
  | 'DISTANCE_ABOVE_TARGET'
  /** Version 1: a key is the point at infinity. */
  | 'POINT_INFINITE'
  /** Version 1: w^f is not g^d * pk. */
  | 'EQUATION_FALSE'
  /** Version 2: the hit is not below the target. */
  | 'HIT_ABOVE_TARGET'

/**
 * Checks a header's proof of work, and that its points are on the curve (`AutolykosPowScheme.validate`).
 * Depends on nothing but the header, so headers can be checked in any order and on any thread.
 *
 * @returns null when the proof holds
 */
export function checkPow(header: Header): PowFailure | null {
  const target = powTargetBytes(header.nBits)
  if (target === null) return 'TARGET_UNREACHABLE'
  if (header.version === INITIAL_VERSION) return checkV1(header, target)
  if (!hasValidPoints(header)) return 'POINT_INVALID'
  const hit = powHitBytes(header)
  if (compareBytes(hit, target) >= 0) return 'HIT_ABOVE_TARGET'
  noteLevel(header, bigIntFromBytes(hit))
  return null
}

/** True when {@link checkPow} finds nothing. */
export function verifyPow(header: Header): boolean {
  return checkPow(header) === null
}

function checkV1(header: Header, target: Uint8Array): PowFailure | null {
  const distance = header.powDistance
  // The cheapest test first: the reference makes it before it looks at the points, too.
  if (distance >= bigIntFromBytes(target)) return 'DISTANCE_ABOVE_TARGET'
  const pk = header.minerPk
  const w = header.powOneTimePk
  if (pk[0] === 0 || w[0] === 0) return 'POINT_INFINITE'
  const f = autolykosV1Sum(powMessage(header), header.nonce, pk, w, autolykosTableSize(INITIAL_VERSION, header.height))
  // f * W = d * G + PK, asked as d * G - f * W = -PK: one double multiplication, and pk need not be decoded to be compared.
  const negated = pk.slice()
  negated[0] = pk[0] === 2 ? 3 : 2
  try {
    const commitment = secp256k1.schnorrCommitment(bigIntToBytes(distance, 32), f, w)
    return bytesEqual(commitment, negated) ? null : 'EQUATION_FALSE'
  } catch (error) {
    if (error instanceof PointError) return 'POINT_INVALID'
    throw error
  }
}
