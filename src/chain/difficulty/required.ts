import { classicDifficulty, type DifficultyHeader, eip37Difficulty } from './adjustment.ts'
import { decodeCompact } from './compact.ts'

/** The parameters of a network that difficulty depends on. */
export interface DifficultySettings {
  /** Desired time between blocks, milliseconds. */
  readonly blockIntervalMs: number
  /** Blocks between two adjustments. */
  readonly epochLength: number
  /** Epochs that an adjustment looks back; it takes up to one header more. */
  readonly useLastEpochs: number
  readonly initialDifficulty: bigint
  /** From this height EIP-37 rules instead, with its own epoch length; null on networks without it. */
  readonly eip37: { readonly activationHeight: number; readonly epochLength: number } | null
  /** The first header of version 2 and its successor have a fixed difficulty, for the proof of work changed. */
  readonly version2: { readonly activationHeight: number; readonly difficulty: bigint }
}

/**
 * Header at a height on the ancestry of the header in question, or undefined when it is not known.
 * On a fork it must be the fork's own ancestor, not the best chain's header.
 */
export type AncestorAt = (height: number) => DifficultyHeader | undefined

/** The difficulty of the next header, or the height of an ancestor that would be needed to know it. */
export type RequiredDifficulty =
  | { readonly known: true; readonly difficulty: bigint }
  | { readonly known: false; readonly missingHeight: number }

/** Height whose difficulty is computed anew, the first above `height` (`nextRecalculationHeight`). */
export function nextRecalculationHeight(height: number, epochLength: number): number {
  return Math.ceil(height / epochLength) * epochLength + 1
}

/**
 * Heights of the headers that the difficulty at `height` follows from, ascending; the last is the parent's
 * (`previousHeightsRequiredForRecalculation`). Height 0 has no header and is left out, so that one entry less remains while
 * the chain is shorter than the window.
 */
export function recalculationHeights(height: number, epochLength: number, useLastEpochs: number): number[] {
  const parent = height - 1
  // With epochs of one block the window is used once all of it exists, before that the parent alone.
  if (parent % epochLength !== 0 || (epochLength === 1 && height <= useLastEpochs)) return [parent]
  const out: number[] = []
  for (let i = useLastEpochs; i >= 0; i--) {
    const h = parent - i * epochLength
    if (h > 0) out.push(h)
  }
  return out
}

type Calculate = typeof classicDifficulty

/** How the difficulty after a parent at this height is found: a number, or a calculation over epochs of this length. */
function ruleAfter(parentHeight: number, settings: DifficultySettings): bigint | { epochLength: number; calculate: Calculate } {
  const { eip37, version2, epochLength } = settings
  if (eip37 !== null && parentHeight + 1 >= eip37.activationHeight) {
    return { epochLength: eip37.epochLength, calculate: eip37Difficulty }
  }
  const reset = parentHeight === version2.activationHeight || parentHeight + 1 === version2.activationHeight
  return reset ? version2.difficulty : { epochLength, calculate: classicDifficulty }
}

/**
 * Heights of the headers that {@link requiredDifficulty} will look up for the header at `height`, ascending. Empty when that
 * difficulty is fixed.
 */
export function difficultyHeights(height: number, settings: DifficultySettings): number[] {
  const rule = ruleAfter(height - 1, settings)
  return typeof rule === 'bigint' ? [] : recalculationHeights(height, rule.epochLength, settings.useLastEpochs)
}

/**
 * Difficulty of the header after a parent at `parentHeight` (`HeadersProcessor.requiredDifficultyAfter`, rule 208).
 * Genesis is not asked for here: its difficulty is the network's initial one.
 *
 * @param ancestorAt looked up at {@link difficultyHeights} only
 */
export function requiredDifficulty(
  parentHeight: number,
  ancestorAt: AncestorAt,
  settings: DifficultySettings
): RequiredDifficulty {
  const rule = ruleAfter(parentHeight, settings)
  if (typeof rule === 'bigint') return { known: true, difficulty: rule }
  const headers: DifficultyHeader[] = []
  for (const height of recalculationHeights(parentHeight + 1, rule.epochLength, settings.useLastEpochs)) {
    const header = ancestorAt(height)
    if (header === undefined) return { known: false, missingHeight: height }
    headers.push(header)
  }
  if (parentHeight % rule.epochLength !== 0) return { known: true, difficulty: decodeCompact(headers[0]!.nBits) }
  const { blockIntervalMs, initialDifficulty } = settings
  return { known: true, difficulty: rule.calculate(headers, rule.epochLength, blockIntervalMs, initialDifficulty) }
}
