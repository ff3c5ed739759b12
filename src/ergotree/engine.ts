import type { ErgoTree } from './ast/ergo-tree.ts'
import { type ScriptFailure, scriptFailure } from './failure.ts'
import { type ScriptInput, verifyTree } from './interpreter.ts'

/** One input to judge. */
export interface InputJob {
  /** Script of the box that is spent. */
  readonly tree: ErgoTree
  readonly input: ScriptInput
  /** Bytes that proofs sign: the transaction without its proofs. */
  readonly message: Uint8Array
  /** Empty for none. */
  readonly proof: Uint8Array
}

/** What became of an input. */
export interface ScriptVerdict {
  /** The script came to true, or the proof satisfies what it came to. */
  readonly ok: boolean
  /** Block units, those spent before included; 0 when there is an error. */
  readonly cost: number
  /** Why the script could not be run to its end. All kinds but `internal` make the input invalid. */
  readonly error?: ScriptFailure
}

/**
 * What judges scripts. Synchronous and pure, so that it can run in a worker; never throws.
 *
 * Storage rent, the cost of the transaction around its scripts and the order of inputs are none of its business.
 */
export interface ScriptEngine {
  verifyInput(job: InputJob): ScriptVerdict
}

/** Judges one input. Never throws: a fault of this code is an error of kind `internal`, which is no verdict. */
export function verifyInput(job: InputJob): ScriptVerdict {
  try {
    const { ok, cost } = verifyTree(job.tree, job.input, job.message, job.proof)
    return { ok, cost }
  } catch (error) {
    return { ok: false, cost: 0, error: scriptFailure(error) }
  }
}

/** The engine of this room. */
export const scriptEngine: ScriptEngine = { verifyInput }
