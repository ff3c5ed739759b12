import { toHex } from '../../../src/bytes/index.ts'
import {
  parseErgoTree,
  propositionHex,
  reduceTree,
  type ScriptFailure,
  scriptFailure,
  TransactionValues
} from '../../../src/ergotree/index.ts'
import { Random } from '../generate/random.ts'
import { ScriptMaker } from '../generate/scripts.ts'
import { type CaughtContext, catchContext, type ReferenceResult, reduceByReference } from './reference.ts'
import { makeScene, type Scene } from './scene.ts'

export const COST_LIMIT = 1_000_000

export type OurResult = { readonly reduced: string; readonly cost: number } | { readonly failure: ScriptFailure }

export interface Comparison {
  readonly tree: Uint8Array
  readonly ours: OurResult
  readonly theirs: ReferenceResult
  readonly isWellTyped: boolean
  readonly ourMs: number
  readonly theirMs: number
}

export interface Summary {
  same: number
  /** Trees that reduced to a proposition, in our view. */
  reduced: number
  noAnswer: number
  readonly different: string[]
  ourMs: number
  theirMs: number
}

interface Stage {
  readonly scene: Scene
  readonly caught: CaughtContext
  readonly values: TransactionValues
}

/** Random trees in random contexts, judged twice. */
export function* comparisons(seed: number, count: number): Generator<Comparison> {
  const random = new Random(seed)
  let stage: Stage | undefined
  for (let i = 0; i < count; i++) {
    if (stage === undefined || i % 200 === 0) {
      const scene = makeScene(random)
      stage = {
        scene,
        caught: catchContext(scene.context, scene.selfIndex, COST_LIMIT),
        values: new TransactionValues(scene.context)
      }
    }
    const maker = new ScriptMaker(random, stage.scene.around)
    const tree = maker.tree(2 + random.below(5))
    const start = performance.now()
    const ours = reduceByUs(tree, stage)
    const between = performance.now()
    const theirs = reduceByReference(tree, stage.caught)
    yield { tree, ours, theirs, isWellTyped: maker.isWellTyped, ourMs: between - start, theirMs: performance.now() - between }
  }
}

function reduceByUs(bytes: Uint8Array, { scene, values }: Stage): OurResult {
  const variables = scene.context.inputVariables[scene.selfIndex]!
  try {
    const tree = parseErgoTree(bytes, { activated: 2, tree: 0 })
    const input = { transaction: values, selfIndex: scene.selfIndex, variables, initialCost: 0, costLimit: COST_LIMIT }
    const { proposition, cost } = reduceTree(tree, input)
    return { reduced: propositionHex(proposition), cost }
  } catch (error) {
    return { failure: scriptFailure(error, 'script') }
  }
}

/**
 * What comes of two judgements: verdict and cost must be the same. No answer counts where compiled Scala.js is known to differ from
 * the JVM: it cannot call all methods, and takes Byte, Short and Int for one another, which matters in badly typed trees only.
 */
export function judge({ ours, theirs, isWellTyped }: Comparison): 'same' | 'different' | 'no answer' {
  if ('failure' in ours) {
    if (ours.failure.kind === 'internal') return 'different'
    if ('error' in theirs) return 'same'
    return isWellTyped ? 'different' : 'no answer'
  }
  if ('error' in theirs) return theirs.error.startsWith('java.lang.NoSuchMethodException') ? 'no answer' : 'different'
  return ours.reduced === theirs.reduced && ours.cost === theirs.cost ? 'same' : 'different'
}

/** Makes and judges `count` trees. */
export function compareMany(seed: number, count: number): Summary {
  const summary: Summary = { same: 0, reduced: 0, noAnswer: 0, different: [], ourMs: 0, theirMs: 0 }
  for (const c of comparisons(seed, count)) {
    const verdict = judge(c)
    if (verdict === 'same') summary.same++
    else if (verdict === 'no answer') summary.noAnswer++
    else summary.different.push(`${toHex(c.tree)}: ${JSON.stringify(c.ours)} and ${JSON.stringify(c.theirs)}`)
    if ('reduced' in c.ours) summary.reduced++
    summary.ourMs += c.ourMs
    summary.theirMs += c.theirMs
  }
  return summary
}
