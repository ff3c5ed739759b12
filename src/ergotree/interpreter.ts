import type { ErgoTree, ParsedErgoTree } from './ast/ergo-tree.ts'
import type { ConstantNode, Node } from './ast/nodes.ts'
import { OP } from './ast/op-codes.ts'
import { BlockCost, placeConstants, substituteScripts } from './ast/substitute.ts'
import { compile } from './eval/compile.ts'
import { type ContextVariables, EvalContext, type TransactionValues } from './eval/context.ts'
import { DESERIALIZE_BLOCK_COST_PER_BYTE, JIT_PER_BLOCK_UNIT, MAX_JIT_COST, SIGMA_CONSTANT_BLOCK_COST } from './eval/cost.ts'
import { fail } from './eval/errors.ts'
import { type Code, Machine } from './eval/machine.ts'
import { asSigma } from './eval/sigma.ts'
import { sigmaProofCost, verifySigmaProof } from './sigma/index.ts'
import { SSigmaProp, TYPE } from './types/types.ts'
import { isSoftFork, ValidationRuleError } from './validation-rules.ts'
import { type SigmaBoolean, TRUE_PROP, TrivialProp } from './values/sigma-boolean.ts'
import { isJitActivated, isV6Activated, MAX_SUPPORTED_SCRIPT_VERSION, type Versions } from './versions.ts'

/** What one script runs with. */
export interface ScriptInput {
  readonly transaction: TransactionValues
  /** Place of the box that is spent among the inputs. */
  readonly selfIndex: number
  /** Variables of this input. */
  readonly variables: ContextVariables
  /** Block units spent before. */
  readonly initialCost: number
  /** Block units that may be spent in all, {@link initialCost} included. */
  readonly costLimit: number
}

/** What a script came to. */
export interface Reduction {
  readonly proposition: SigmaBoolean
  /** Block units, {@link ScriptInput.initialCost} included. */
  readonly cost: number
  /** The counter behind `cost`, ten to a block unit, where evaluation of the tree as it is was all there was to do. */
  readonly jit: number | undefined
}

export interface Verification {
  /** The proposition is true, or the proof satisfies it. */
  readonly ok: boolean
  /** Block units, as in {@link Reduction}; for the proof as well unless the proposition is trivial. */
  readonly cost: number
  /** Undefined for a tree that is accepted without being run. */
  readonly reduction: Reduction | undefined
}

const TRUE_NODE: ConstantNode = { op: OP.Constant, tpe: SSigmaProp, value: TRUE_PROP }

/** Trees are cached by those who parse them; what they compile to lives as long as they do. */
const compiled = new WeakMap<ParsedErgoTree, Code>()

function codeOf(tree: ParsedErgoTree): Code {
  let code = compiled.get(tree)
  if (code === undefined) {
    code = compile(tree.root, tree.constants)
    compiled.set(tree, code)
  }
  return code
}

/** Block units as JIT units, which must fit the reference's counter. */
function jitUnits(block: number): number {
  const jit = block * JIT_PER_BLOCK_UNIT
  return jit <= MAX_JIT_COST ? jit : fail(`cost of ${block} is beyond the counter`)
}

function evaluate(code: Code, constants: readonly ConstantNode[], input: ScriptInput, versions: Versions): Reduction {
  const start = jitUnits(input.initialCost)
  const limit = jitUnits(input.costLimit)
  const context = new EvalContext(input.transaction, input.selfIndex, input.variables)
  const machine = new Machine(context, constants, versions, start, limit)
  const proposition = asSigma(code([undefined], machine))
  return { proposition, cost: Math.trunc(machine.cost / JIT_PER_BLOCK_UNIT), jit: machine.cost }
}

/** A proposition that needs no evaluation. */
function constantReduction(proposition: SigmaBoolean, input: ScriptInput): Reduction {
  const cost = new BlockCost(input.initialCost, input.costLimit)
  cost.add(SIGMA_CONSTANT_BLOCK_COST)
  return { proposition, cost: cost.total, jit: undefined }
}

/** The root, when constants in their places make it a proposition. */
function constantRoot(tree: ParsedErgoTree): SigmaBoolean | undefined {
  const { root } = tree
  const node = root.op === OP.ConstantPlaceholder ? tree.constants[root.index] : root
  return node?.op === OP.Constant && node.tpe.code === TYPE.SigmaProp ? asSigma(node.value) : undefined
}

/**
 * Evaluates a tree to a sigma proposition (reference: `Interpreter.fullReduction`), in one of three ways: a constant root, plain
 * evaluation, or substitution of scripts from variables and registers before it.
 *
 * @throws ScriptError for whatever the script does wrong, cost included
 * @throws ValidationRuleError, DecodeError, EncodeError for scripts and values that cannot be read or written; all of them
 *   mean that the input is invalid
 */
export function reduceTree(tree: ErgoTree, input: ScriptInput): Reduction {
  const { activatedVersion, ruleStatuses } = input.transaction.context
  const versions: Versions = { activated: activatedVersion, tree: tree.version }
  if (isJitActivated(versions) && tree.version > activatedVersion) {
    fail(`tree version ${tree.version} is above the activated script version ${activatedVersion}`)
  }
  if (tree.kind === 'unparsed') {
    if (!isSoftFork(tree.error, ruleStatuses, isV6Activated(versions))) throw tree.error
    return constantReduction(TRUE_PROP, input)
  }
  const constant = constantRoot(tree)
  if (constant !== undefined) return constantReduction(constant, input)
  if (!tree.hasDeserialize) return evaluate(codeOf(tree), tree.constants, input, versions)
  return reduceWithScripts(tree, input, versions)
}

/** Runs what may break a numbered rule; a rule that a soft-fork has relaxed gives the other result. */
function trySoftForkable<T>(input: ScriptInput, versions: Versions, relaxed: () => T, run: () => T): T {
  try {
    return run()
  } catch (error) {
    const { ruleStatuses } = input.transaction.context
    if (error instanceof ValidationRuleError && isSoftFork(error, ruleStatuses, isV6Activated(versions))) return relaxed()
    throw error
  }
}

/** The way of trees with deserialize nodes (reference: `reductionWithDeserialize`). */
function reduceWithScripts(tree: ParsedErgoTree, input: ScriptInput, versions: Versions): Reduction {
  const { initialCost, costLimit } = input
  const withTree = new BlockCost(initialCost, costLimit)
  withTree.add(tree.bytes.length * DESERIALIZE_BLOCK_COST_PER_BYTE)
  // The tree's own bytes were checked but not kept in the total before block version 4.
  const cost = new BlockCost(isV6Activated(versions) ? withTree.total : initialCost, costLimit)
  const expression = tree.isSegregated ? placeConstants(tree.root, tree.constants) : tree.root
  const self = input.transaction.context.inputs[input.selfIndex]!
  const [root, spent] = trySoftForkable<[Node, number]>(
    input,
    versions,
    () => [TRUE_NODE, withTree.total],
    () => [scriptRoot(substituteScripts(expression, { self, variables: input.variables, versions, cost })), cost.total]
  )
  const rest = { ...input, initialCost: spent }
  return trySoftForkable<Reduction>(
    input,
    versions,
    () => ({ proposition: TRUE_PROP, cost: spent, jit: undefined }),
    () => ({ ...evaluate(compile(root, []), [], rest, versions), jit: undefined })
  )
}

/** After substitution the root may also be a boolean. */
function scriptRoot(root: Node): Node {
  if (root.tpe.code === TYPE.SigmaProp) return root
  if (root.tpe.code === TYPE.Boolean) return { op: OP.BoolToSigmaProp, tpe: SSigmaProp, input: root }
  return fail('script is neither a proposition nor a boolean')
}

/**
 * Runs a tree and checks the proof of what it comes to (reference: `Interpreter.verify`). A bad proof is no error, and costs the
 * same as a good one.
 *
 * @param message bytes that the proof signs
 * @param proof empty for none
 * @throws as {@link reduceTree}
 */
export function verifyTree(tree: ErgoTree, input: ScriptInput, message: Uint8Array, proof: Uint8Array): Verification {
  const { activatedVersion } = input.transaction.context
  if (activatedVersion > MAX_SUPPORTED_SCRIPT_VERSION) {
    // Most of the network knows this version and we do not: follow it, but run what we can.
    if (tree.version > MAX_SUPPORTED_SCRIPT_VERSION) return { ok: true, cost: input.initialCost, reduction: undefined }
  } else if (tree.version > activatedVersion) {
    fail(`ErgoTree version ${tree.version} is higher than activated ${activatedVersion}`)
  }
  const reduction = reduceTree(tree, input)
  const { proposition } = reduction
  if (proposition instanceof TrivialProp) return { ok: proposition.condition, cost: reduction.cost, reduction }
  const cost = new BlockCost(reduction.cost, input.costLimit)
  cost.add(Math.trunc(sigmaProofCost(proposition) / JIT_PER_BLOCK_UNIT))
  return { ok: verifySigmaProof(proposition, message, proof), cost: cost.total, reduction }
}
