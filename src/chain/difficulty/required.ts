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

/**
 * Heights of the headers that the difficulty of the header at `height` depends on, ascending; the last is its parent's
 * (`previousHeightsRequiredForRecalculation`). Height 0 has no header and is left out, so that one entry less remains
 * while the chain is shorter than the window.
 */
export function difficultyHeights(height: number, settings: DifficultySettings): number[] {
  const parent = height - 1
  const rule = adjustment(parent, settings)
  if (rule === null) return [parent]
  const out: number[] = []
  for (let i = settings.useLastEpochs; i >= 0; i--) {
    const h = parent - i * rule.epochLength
    if (h > 0) out.push(h)
  }
  return out
}

/** The adjustment that follows a parent at this height; null when the next header keeps or is given its difficulty. */
function adjustment(parentHeight: number, settings: DifficultySettings): { epochLength: number; eip37: boolean } | null {
  const { eip37 } = settings
  if (eip37 !== null && parentHeight + 1 >= eip37.activationHeight) {
    return parentHeight % eip37.epochLength === 0 ? { epochLength: eip37.epochLength, eip37: true } : null
  }
  if (isVersion2Reset(parentHeight, settings)) return null
  // With an epoch of one block the reference takes the parent alone until the whole window exists.
  const { epochLength, useLastEpochs } = settings
  if (parentHeight % epochLength !== 0) return null
  if (epochLength === 1 && parentHeight + 1 <= useLastEpochs) return null
  return { epochLength, eip37: false }
}

function isVersion2Reset(parentHeight: number, settings: DifficultySettings): boolean {
  const at = settings.version2.activationHeight
  return parentHeight === at || parentHeight + 1 === at
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
  const { eip37, initialDifficulty, blockIntervalMs } = settings
  const beforeEip37 = eip37 === null || parentHeight + 1 < eip37.activationHeight
  if (beforeEip37 && isVersion2Reset(parentHeight, settings)) return { known: true, difficulty: settings.version2.difficulty }
  const headers: DifficultyHeader[] = []
  for (const height of difficultyHeights(parentHeight + 1, settings)) {
    const header = ancestorAt(height)
    if (header === undefined) return { known: false, missingHeight: height }
    headers.push(header)
  }
  const rule = adjustment(parentHeight, settings)
  if (rule === null) return { known: true, difficulty: decodeCompact(headers.at(-1)!.nBits) }
  const calculate = rule.eip37 ? eip37Difficulty : classicDifficulty
  return { known: true, difficulty: calculate(headers, rule.epochLength, blockIntervalMs, initialDifficulty) }
}
