import { decodeCompact, normaliseDifficulty } from './compact.ts'

/** What difficulty rules look at in a header. */
export interface DifficultyHeader {
  readonly height: number
  readonly nBits: number
  /** Milliseconds since 1970, signed 64 bits. */
  readonly timestampExact: bigint
}

/** Precision of the regression's slope (`DifficultyAdjustment.PrecisionConstant`). */
const PRECISION = 1_000_000_000n

/** A point of the regression: height of an epoch's last block, difficulty that would have kept its pace. */
export type DifficultyPoint = readonly [height: number, difficulty: bigint]

/** Difficulty that the pace between the ends of two epochs asks for, without any limit (`bitcoinCalculate`). */
function paceDifficulty(start: DifficultyHeader, end: DifficultyHeader, intervalMs: number, epochLength: number): bigint {
  // The reference subtracts Longs, so the difference wraps.
  const elapsed = BigInt.asIntN(64, end.timestampExact - start.timestampExact)
  return (decodeCompact(end.nBits) * BigInt(intervalMs) * BigInt(epochLength)) / elapsed
}

/**
 * Value of the regression line through `points` one epoch after the last of them. All divisions truncate toward zero, as
 * both Scala's and JavaScript's do.
 *
 * Known answer (L = 123, D any): (123, D) (246, 2D) (369, 2D) (492, D) -> D * 3 / 2.
 */
export function interpolateDifficulty(points: readonly DifficultyPoint[], epochLength: number): bigint {
  if (points.length === 1) return points[0]![1]
  const n = BigInt(points.length)
  let xs = 0n
  let ys = 0n
  let xys = 0n
  let xxs = 0n
  let last = 0
  for (const [height, y] of points) {
    const x = BigInt(height)
    xs += x
    ys += y
    xys += x * y
    xxs += x * x
    if (height > last) last = height
  }
  const slope = ((xys * n - xs * ys) * PRECISION) / (xxs * n - xs * xs)
  const base = (ys * PRECISION - slope * xs) / n / PRECISION
  return base + (slope * BigInt(last + epochLength)) / PRECISION
}

/**
 * Classic adjustment: linear regression over the last epochs (`DifficultyAdjustment.calculate`). It has no damping.
 *
 * @param headers last headers of the previous epochs on the new header's own ancestry, ascending; the last is its parent
 * @param intervalMs desired time between blocks
 * @param initialDifficulty what the line is replaced by when it falls below 1
 * @throws RangeError when the headers are not `epochLength` apart
 */
export function classicDifficulty(
  headers: readonly DifficultyHeader[],
  epochLength: number,
  intervalMs: number,
  initialDifficulty: bigint
): bigint {
  const first = headers[0]
  const last = headers.at(-1)
  if (first === undefined || last === undefined) throw new RangeError('difficulty needs at least one header')
  if (headers.length === 1 || first.timestampExact >= last.timestampExact) return normaliseDifficulty(decodeCompact(first.nBits))
  const points: DifficultyPoint[] = []
  for (let i = 1; i < headers.length; i++) {
    const start = headers[i - 1]!
    const end = headers[i]!
    if (end.height - start.height !== epochLength) {
      throw new RangeError(`headers ${start.height} and ${end.height} are not ${epochLength} apart`)
    }
    points.push([end.height, paceDifficulty(start, end, intervalMs, epochLength)])
  }
  const line = interpolateDifficulty(points, epochLength)
  return normaliseDifficulty(line >= 1n ? line : initialDifficulty)
}

/** Within -50 % .. +50 % of `last`. */
function damp(value: bigint, last: bigint): bigint {
  const limit = value > last ? (last * 3n) / 2n : last / 2n
  if (value > last) return value < limit ? value : limit
  return value > limit ? value : limit
}

/**
 * EIP-37: mean of the damped regression and of the last epoch's pace, damped again (`eip37Calculate`).
 *
 * @param headers as in {@link classicDifficulty}, at least two
 */
export function eip37Difficulty(
  headers: readonly DifficultyHeader[],
  epochLength: number,
  intervalMs: number,
  initialDifficulty: bigint
): bigint {
  const end = headers.at(-1)
  const start = headers.at(-2)
  if (end === undefined || start === undefined) throw new RangeError('EIP-37 needs at least two headers')
  const last = decodeCompact(end.nBits)
  const predicted = damp(classicDifficulty(headers, epochLength, intervalMs, initialDifficulty), last)
  const pace = paceDifficulty(start, end, intervalMs, epochLength)
  return normaliseDifficulty(damp((pace + predicted) / 2n, last))
}
