/**
 * The two script versions that reading, writing and evaluating depend on (reference: `VersionContext.scala`).
 * Passed explicitly everywhere; there is no current version.
 */
export interface Versions {
  /** Activated script version: block version minus 1. */
  readonly activated: number
  /** Version of the tree at hand: low three bits of its header byte. */
  readonly tree: number
}

/** Highest tree version that this code can evaluate (reference: `MaxSupportedScriptVersion`). */
export const MAX_SUPPORTED_SCRIPT_VERSION = 3

/** First version of the evaluator with costs counted at run time, block version 3. */
export const JIT_SCRIPT_VERSION = 2

/** First version with the types and methods of the 6.0 soft-fork, block version 4. */
export const V6_SCRIPT_VERSION = 3

/**
 * What the reference assumes outside any explicit version context. Blocks below version 4 are read by it, and boxes are
 * written by it whatever the block's version.
 */
export const DEFAULT_VERSIONS: Versions = { activated: 1, tree: 1 }

/** True when the types and methods of version 3 trees are visible (depends on the tree, not on activation). */
export function isV3Tree(versions: Versions): boolean {
  return versions.tree >= V6_SCRIPT_VERSION
}

/** True when block version 4 or later is activated. */
export function isV6Activated(versions: Versions): boolean {
  return versions.activated >= V6_SCRIPT_VERSION
}

/** True when block version 3 or later is activated. */
export function isJitActivated(versions: Versions): boolean {
  return versions.activated >= JIT_SCRIPT_VERSION
}
