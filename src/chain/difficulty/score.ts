import { decodeCompact } from './compact.ts'

/**
 * Score of a chain with one more header: sums of decoded difficulties (`HeadersProcessor.toInsert`). The chain with the
 * strictly greater score is the better one; on a tie the one that was there first stays.
 *
 * @param parentScore 0 when the parent's is unknown
 */
export function chainScore(parentScore: bigint, nBits: number): bigint {
  return parentScore + decodeCompact(nBits)
}
