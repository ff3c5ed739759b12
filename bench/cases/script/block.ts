import assert from 'node:assert/strict'
import { scriptContextOf, verifyScripts } from '../../../src/transaction/index.ts'
import type { Candidate, TimedCase } from '../../harness.ts'
import { byErgoLib, bySigmastateJs, type VerifyInput } from './peers.ts'
import { type Spend, spends } from './support.ts'

function ours(subject: Spend): boolean {
  return verifyScripts(subject, scriptContextOf(subject.context), 0).valid
}

/** Passes over all inputs, every one of which must pass. */
function pass(verifiers: readonly VerifyInput[]): Candidate {
  return (n) => {
    let valid = 0
    for (let k = 0; k < n; k++) for (const verify of verifiers) if (verify()) valid++
    return valid
  }
}

export const bench: TimedCase = {
  name: 'script/block',
  workload:
    'scripts and proofs of all 158 inputs of mainnet blocks 700000-700010 with their real boxes, objects made beforehand; sigmastate-js through its public functions',
  setup() {
    const all = spends()
    const inputs = all.reduce((sum, { tx }) => sum + tx.inputs.length, 0)
    const theirs = all.flatMap(byErgoLib)
    const reference = all.flatMap(bySigmastateJs)
    return {
      verify() {
        assert.equal(inputs, 158)
        for (const subject of all) assert.ok(ours(subject), subject.tx.idHex)
        assert.equal(pass(theirs)(1), inputs)
        assert.equal(pass(reference)(1), inputs)
      },
      unitsPerOperation: inputs,
      candidates: {
        ours(n) {
          let valid = 0
          for (let k = 0; k < n; k++) for (const subject of all) if (ours(subject)) valid++
          return valid
        },
        'ergo-lib': pass(theirs),
        'sigmastate-js': pass(reference)
      },
      comparisons: {
        'vs-sigmastate-js': { of: 'ours', against: 'sigmastate-js', as: 'speed-up' },
        'vs-ergo-lib': { of: 'ours', against: 'ergo-lib', as: 'speed-up' }
      }
    }
  }
}
