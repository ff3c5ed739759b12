import type { Header } from '../header.ts'
import { powHit } from './hit.ts'
import { powTarget } from './target.ts'

/** Level of genesis: above every other (`Int.MaxValue`). */
export const GENESIS_LEVEL = 0x7fffffff

/** Not `Math.log2`: the reference divides logarithms, and the two differ in the last bit for some powers of two. */
function log2(value: number): number {
  return Math.log(value) / Math.log(2)
}

/** `Double.toInt` of the JVM: toward zero, saturating, NaN to 0. */
function toInt(value: number): number {
  return Math.min(0x7fffffff, Math.max(-0x80000000, value)) | 0
}

/**
 * Superblock level of a header: how many times the hit could be doubled and still pass (`NipopowAlgos.maxLevelOf`).
 * Rule 402 compares what follows from it, so the floating-point formula is consensus. Computed once.
 *
 * @param hit {@link powHit} of the header when it is known already
 */
export function headerLevel(header: Header, hit?: bigint): number {
  if (header.isGenesis) return GENESIS_LEVEL
  return header.knownLevel ?? noteLevel(header, hit ?? powHit(header))
}

/** Computes a header's level from its hit and leaves it with the header. */
export function noteLevel(header: Header, hit: bigint): number {
  const level = levelOf(powTarget(header.nBits) ?? 0n, hit)
  header.noteLevel(level)
  return level
}

/** The formula behind {@link headerLevel}. */
export function levelOf(target: bigint, hit: bigint): number {
  return toInt(log2(Number(target)) - log2(Number(hit)))
}
