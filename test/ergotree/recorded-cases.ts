import { fromHex } from '../../src/bytes/index.ts'
import {
  OP,
  parseErgoTree,
  propositionHex,
  type RecordedCase,
  type RecordedOutcome,
  runRecordedCase
} from '../../src/ergotree/index.ts'

/** What the reference gave. */
export interface RecordedReferenceResult {
  readonly ok?: boolean
  readonly cost?: string
  readonly reduced?: string
  readonly jit?: string
  readonly error?: { readonly class: string; readonly message?: string }
}

/** Is the root a placeholder of a proposition? Such a tree is not evaluated; the recorder's counter was one for the placeholder. */
function isSegregatedConstant(c: RecordedCase): boolean {
  const tree = parseErgoTree(fromHex(c.tree), { activated: Math.max(c.activatedVersion, c.treeVersion), tree: 0 })
  return tree.kind === 'parsed' && tree.root.op === OP.ConstantPlaceholder
}

/** How our outcome differs from the recorded one, in words; undefined when it does not. */
export function differenceOf(c: RecordedCase & { readonly result: RecordedReferenceResult }): string | undefined {
  const outcome: RecordedOutcome = runRecordedCase(c)
  const { result } = c
  if (outcome.kind === 'error') {
    if (outcome.error.kind === 'internal') return `internal error: ${outcome.error.message}`
    return result.error === undefined ? `unexpected error: ${outcome.error.message}` : undefined
  }
  if (result.error !== undefined) return `no error, but ${result.error.class}: ${result.error.message}`
  const differences: string[] = []
  const compare = (what: string, ours: unknown, theirs: unknown): void => {
    if (String(ours) !== String(theirs)) differences.push(`${what} ${ours}, not ${theirs}`)
  }
  const isVerify = outcome.kind === 'verify'
  if (isVerify) compare('ok', outcome.verification.ok, result.ok)
  compare('cost', isVerify ? outcome.verification.cost : outcome.reduction.cost, result.cost)
  const reduction = isVerify ? outcome.verification.reduction : outcome.reduction
  if (reduction !== undefined) {
    if (result.reduced !== undefined) compare('reduced', propositionHex(reduction.proposition), result.reduced)
    const jit = reduction.jit ?? (isSegregatedConstant(c) ? Number(c.initCost) * 10 + 1 : undefined)
    if (result.jit !== undefined) compare('jit', jit, result.jit)
  }
  return differences.length === 0 ? undefined : differences.join('; ')
}
