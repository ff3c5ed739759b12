import { fromHex } from '../../bytes/index.ts'
import type { Header } from '../../chain/index.ts'
import type { HeaderChain } from '../header-chain.ts'
import type { FullChain } from './full-chain.ts'
import { isComplete, type SectionCache } from './section-cache.ts'

/** Where the state is to go next. */
export interface BranchPlan {
  /** Block to go back to first; undefined means before block 1. */
  readonly fork: Header | undefined
  /** True when blocks have to be undone. */
  readonly rollback: boolean
  /** Complete blocks to apply, ascending. */
  readonly path: readonly Header[]
}

export interface BranchChoiceInit {
  readonly chain: HeaderChain
  readonly full: FullChain
  readonly cache: SectionCache
  /** Blocks that were applied once and left the chain; their sections are stored. */
  readonly undone: ReadonlySet<string>
  /** Blocks of a plan at most: the rest comes with the next one. */
  readonly maxPath: number
}

/**
 * Chooses among complete blocks: the branch with the greatest score that beats the present one. Usually that is the best header chain
 * as far as its blocks are here; a branch beside it is taken when its blocks are here and the others' are not.
 */
export function chooseBranch(init: BranchChoiceInit): BranchPlan | undefined {
  const { chain, full, cache, undone } = init
  let best: BranchPlan | undefined
  let bestScore = full.score
  const consider = (plan: BranchPlan | undefined): void => {
    const tip = plan?.path.at(-1)
    const score = tip === undefined ? undefined : chain.scoreOf(tip.id)
    if (plan === undefined || score === undefined || score <= bestScore) return
    best = plan
    bestScore = score
  }
  consider(alongBestChain(init))
  for (const entry of cache.complete()) if (!chain.isCanonical(entry.header.id)) consider(pathTo(entry.header, init))
  for (const id of undone) {
    const header = chain.header(fromHex(id))
    if (header !== undefined) consider(pathTo(header, init))
  }
  return best
}

/** Complete blocks of the best header chain above its last block that the state stands on. */
function alongBestChain(init: BranchChoiceInit): BranchPlan | undefined {
  const { chain, full, maxPath } = init
  const fork = forkWithBestChain(chain, full)
  if (fork === 'unknown') return undefined
  const path: Header[] = []
  // A reorganisation must be planned whole: a part of the better branch may be worth less than what it replaces.
  const undoing = full.height - (fork?.height ?? 0)
  const from = (fork?.height ?? 0) + 1
  for (let height = from; height <= chain.height && path.length < maxPath + undoing; height++) {
    const header = chain.headerAt(height)
    if (header === undefined || !isAvailable(header, init)) break
    path.push(header)
  }
  return path.length === 0 ? undefined : { fork, rollback: undoing > 0, path }
}

/** The last block of the state that is on the best header chain; undefined before block 1, `unknown` before an anchor is set. */
export function forkWithBestChain(chain: HeaderChain, full: FullChain): Header | undefined | 'unknown' {
  const { tip } = full
  if (tip === undefined) return chain.store.base === 1 ? undefined : 'unknown'
  let header = chain.header(tip.id)
  while (header !== undefined && !chain.isCanonical(header.id))
    header = header.isGenesis ? undefined : chain.header(header.parentId)
  return header
}

/** Path from the state's chain to a block beside the best header chain; undefined when a block on it is missing or bad. */
function pathTo(tip: Header, init: BranchChoiceInit): BranchPlan | undefined {
  const { chain, full } = init
  const path: Header[] = []
  let header: Header | undefined = tip
  while (header !== undefined && !full.includes(header)) {
    if (!isAvailable(header, init) || chain.knownInvalid(header.id) !== undefined) return undefined
    path.push(header)
    if (header.isGenesis) return { fork: undefined, rollback: full.tip !== undefined, path: path.reverse() }
    header = chain.header(header.parentId)
  }
  if (header === undefined || path.length === 0) return undefined
  return { fork: header, rollback: header.height < full.height, path: path.reverse() }
}

function isAvailable(header: Header, { cache, undone }: BranchChoiceInit): boolean {
  const cached = cache.get(header.idHex)
  return (cached !== undefined && isComplete(cached)) || undone.has(header.idHex)
}
