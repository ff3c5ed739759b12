import assert from 'node:assert/strict'
import { TransactionValues, verifyInput } from '../../../src/ergotree/index.ts'
import { scriptContextOf } from '../../../src/transaction/index.ts'
import { ScriptTransactionContext } from '../../../src/transaction/script-context.ts'
import type { Candidate, TimedCase } from '../../harness.ts'
import { byErgoLib, bySigmastateJs, type VerifyInput } from './peers.ts'
import { type Spend, spends } from './support.ts'

/** Every input of a transaction by this project, its objects made beforehand. */
function byUs(subject: Spend): VerifyInput[] {
  const { tx, inputs, context } = subject
  const transaction = new TransactionValues(new ScriptTransactionContext(subject, scriptContextOf(context)))
  const costLimit = context.parameters.maxBlockCost
  return tx.inputs.map(({ proof, variables }, selfIndex) => {
    const input = { transaction, selfIndex, variables, initialCost: 0, costLimit }
    return () => verifyInput({ tree: inputs[selfIndex]!.tree, input, message: tx.bytesToSign, proof }).ok
  })
}

/** Passes over all inputs, every one of which must pass. */
function pass(verifiers: readonly VerifyInput[]): Candidate {
  return (n) => {
    let valid = 0
    for (let k = 0; k < n; k++) for (const verify of verifiers) if (verify()) valid++
    return valid
  }
}

/** Inputs of all transactions; every candidate finds every one of them valid. */
const INPUTS = 158

export const bench: TimedCase = {
  name: 'script/block',
  workload:
    'scripts and proofs of all 158 inputs of mainnet blocks 700000-700010 with their real boxes, objects made beforehand; sigmastate-js through its public functions',
  setup() {
    const all = spends()
    const candidates = {
      ours: pass(all.flatMap(byUs)),
      'ergo-lib': pass(all.flatMap(byErgoLib)),
      'sigmastate-js': pass(all.flatMap(bySigmastateJs))
    }
    return {
      async verify() {
        for (const [name, run] of Object.entries(candidates)) assert.equal(await run(1), INPUTS, name)
      },
      unitsPerOperation: INPUTS,
      candidates,
      comparisons: {
        'vs-sigmastate-js': { of: 'ours', against: 'sigmastate-js', as: 'speed-up' },
        'vs-ergo-lib': { of: 'ours', against: 'ergo-lib', as: 'speed-up' }
      }
    }
  }
}
