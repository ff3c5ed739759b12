import type { Phase } from '../telemetry/index.ts'

/** What the phase follows from, at one moment. */
export interface PhaseInput {
  readonly sessions: number
  readonly headerHeight: number
  readonly fullHeight: number
  /** Whether full blocks are followed, or headers only. */
  readonly followsBlocks: boolean
  /** Highest chain a peer claims; 0 while none said anything. */
  readonly claimedHeight: number
  /** A peer told us about its chain. */
  readonly heard: boolean
}

/** What the node is about, as it follows from the state of things. */
export function phaseOf(input: PhaseInput): Phase {
  if (input.sessions === 0) return 'connecting'
  if (!input.heard || input.claimedHeight > input.headerHeight) return 'headers'
  if (input.followsBlocks && input.fullHeight < input.headerHeight) return 'blocks'
  return 'synced'
}
