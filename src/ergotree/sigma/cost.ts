import { SIGMA, type SigmaBoolean } from '../values/sigma-boolean.ts'

/** Verifying a discrete logarithm leaf: parse 10, commitment 3400, hash input 570 (`Interpreter.scala`, `UnprovenTree.scala`). */
const DLOG_JIT = 10 + 3400 + 570

/** Verifying a Diffie-Hellman tuple leaf: parse 10, commitments 6450, hash input 680. */
const DH_TUPLE_JIT = 10 + 6450 + 680

/** Hash input of a node with children. */
const CONJECTURE_JIT = 15

/** The cost counter of the reference is a 32-bit integer that refuses to overflow. */
const MAX_JIT = 0x7fffffff

type Conjecture = Extract<SigmaBoolean, { readonly children: readonly SigmaBoolean[] }>

function isConjecture(node: SigmaBoolean): node is Conjecture {
  return 'children' in node
}

function leafCost(node: SigmaBoolean): number {
  return node.code === SIGMA.ProveDlog ? DLOG_JIT : node.code === SIGMA.ProveDHTuple ? DH_TUPLE_JIT : 0
}

/** Cost of a node alone; a threshold also reads its polynomial and evaluates it for every child. */
function ownCost(node: Conjecture): number {
  if (node.code !== SIGMA.Threshold) return CONJECTURE_JIT
  const n = node.children.length
  const coefficients = n - node.k
  return 10 + 10 * coefficients + n * (3 + 3 * coefficients) + CONJECTURE_JIT
}

/**
 * What checking a proof of `proposition` costs, in JIT units (10 to a block unit), whether the proof is right or wrong.
 * Known before the proof is looked at. Trivial propositions cost nothing.
 *
 * `Infinity` where the reference's 32-bit counter overflows, which fails the input there.
 *
 * Source: `Interpreter.estimateCryptoVerifyCost`.
 */
export function sigmaProofCost(proposition: SigmaBoolean): number {
  if (!isConjecture(proposition)) return leafCost(proposition)
  // Scripts can build propositions deeper than a stack, and share nodes so that the unfolded tree is
  // exponentially larger: hence a loop, and one sum for each node.
  const known = new Map<Conjecture, number>()
  const pending: Conjecture[] = [proposition]
  while (pending.length > 0) {
    const node = pending[pending.length - 1]!
    let sum = ownCost(node)
    let ready = true
    for (const child of node.children) {
      if (!isConjecture(child)) {
        sum += leafCost(child)
        continue
      }
      const cost = known.get(child)
      if (cost === undefined) {
        pending.push(child)
        ready = false
      } else {
        sum += cost
      }
    }
    if (!ready) continue
    if (sum > MAX_JIT) return Number.POSITIVE_INFINITY
    known.set(node, sum)
    pending.pop()
  }
  return known.get(proposition)!
}
