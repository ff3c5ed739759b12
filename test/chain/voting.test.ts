import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import {
  addVotes,
  checkForkVote,
  checkVotes,
  type EpochVotes,
  type Header,
  isChangeApproved,
  isSoftForkApproved,
  MAINNET,
  MissingParameterError,
  openingVotes,
  type Parameters,
  parametersAtLaunch,
  startsVotingEpoch,
  TESTNET,
  updateParameters,
  ValidationSettings,
  votesOf
} from '../../src/chain/index.ts'
import { plainHeader } from '../support/headers.ts'

const INITIAL = ValidationSettings.initial
const NO_UPDATE = INITIAL.updateFromInitial
function without(...rules: number[]): ValidationSettings {
  return INITIAL.updated({ rulesToDisable: rules, statusUpdates: [] })
}

/** Testnet's: epochs of 128, 32 of them to vote, 32 until activation. */
const { voting } = TESTNET
const L = voting.votingLength
const E = voting.softForkEpochs
const A = voting.activationEpochs
const START = 2560
/** More than nine tenths of 4096. */
const APPROVED = 3687

function header(height: number, ...votes: number[]): Header {
  return plainHeader({ height, votes: Uint8Array.from([0, 1, 2], (i) => votes[i] ?? 0) })
}

const launch = parametersAtLaunch(TESTNET.launchParameters)
function inVote(start: number, collected: number): Parameters {
  return launch.with(122, start).with(121, collected)
}

/** Soft-fork entries after the epoch start at `height`: version, votes collected, start; and whether the update is active. */
function forkStep(parameters: Parameters, height: number, forkVote: boolean, closing: number): (number | undefined | boolean)[] {
  const votes: EpochVotes = closing === 0 ? [] : [{ id: 120, count: closing }]
  const proposed = { rulesToDisable: [215], statusUpdates: [] }
  const { parameters: p, activatedUpdate } = updateParameters(parameters, height, forkVote, votes, proposed, voting)
  return [p.blockVersion, p.softForkVotesCollected, p.softForkStartingHeight, activatedUpdate === proposed]
}

describe('votes', () => {
  it('start a new epoch at multiples of its length', () => {
    assert.deepEqual(
      [0, 1, 127, 128, 129, 256].map((h) => startsVotingEpoch(h, voting)),
      [false, false, false, true, false, true]
    )
  })

  it('are signed bytes without the zeros', () => {
    assert.deepEqual(votesOf(header(5, 120, 0, 0xff)), [120, -1])
  })

  it('count only for ids that the first block of the epoch voted for, in its order', () => {
    let votes = openingVotes([3, -1])
    votes = addVotes(votes, [-1, 4])
    votes = addVotes(votes, [-1, 3, 120])
    assert.deepEqual(votes, [
      { id: 3, count: 2 },
      { id: -1, count: 3 }
    ])
    assert.deepEqual(addVotes([], [3]), [])
  })

  it('approve a change by more than half and a soft-fork by more than nine tenths', () => {
    assert.deepEqual(
      [64, 65].map((n) => isChangeApproved(n, voting)),
      [false, true]
    )
    assert.deepEqual(
      [512, 513].map((n) => isChangeApproved(n, MAINNET.voting)),
      [false, true]
    )
    assert.deepEqual(
      [3686, 3687].map((n) => isSoftForkApproved(n, voting)),
      [false, true]
    )
    assert.deepEqual(
      [29491, 29492].map((n) => isSoftForkApproved(n, MAINNET.voting)),
      [false, true]
    )
  })

  it('rule 212 allows two for parameters and one for a soft-fork', () => {
    assert.equal(checkVotes(header(5, 1, 2, 120), voting, INITIAL), undefined)
    assert.equal(checkVotes(header(5, 1, 2, 3), voting, INITIAL)?.rule, 212)
    assert.equal(checkVotes(header(5, 1, 2, 3), voting, without(212)), undefined)
  })

  it('rule 213 allows each once', () => {
    assert.equal(checkVotes(header(5, 1, 2), voting, INITIAL), undefined)
    assert.equal(checkVotes(header(5, 1, 1), voting, INITIAL)?.rule, 213)
    assert.equal(checkVotes(header(5, 120, 120), voting, INITIAL)?.rule, 213)
  })

  it('rule 214 allows no vote with its opposite, and -128 is its own', () => {
    assert.equal(checkVotes(header(5, 1, -2), voting, INITIAL), undefined)
    assert.equal(checkVotes(header(5, 1, -1), voting, INITIAL)?.rule, 214)
    assert.equal(checkVotes(header(5, -128), voting, INITIAL)?.rule, 214)
  })

  it('rule 215 allows only known increases in the first block of an epoch', () => {
    assert.equal(checkVotes(header(L, 8, 120), voting, INITIAL), undefined)
    for (const vote of [-1, 9, 10, 121]) {
      assert.equal(checkVotes(header(L, vote), voting, INITIAL)?.rule, 215)
      assert.equal(checkVotes(header(L, vote), voting, without(215)), undefined)
      assert.equal(checkVotes(header(L + 1, vote), voting, INITIAL), undefined)
    }
  })

  it('are judged one after the other: the first that breaks a rule decides', () => {
    assert.equal(checkVotes(header(L, 9, 1, 1), voting, without(212))?.rule, 215)
    assert.equal(checkVotes(header(L, 1, 1, 9), voting, without(212))?.rule, 213)
  })
})

describe('rule 407', () => {
  const verdict = (height: number, parameters: Parameters, settings = INITIAL): number | null | undefined =>
    checkForkVote(header(height, 120), parameters, voting, settings)?.rule

  it('forbids a soft-fork vote for one epoch after one that failed', () => {
    const failed = inVote(START, 0)
    assert.equal(verdict(6655, failed), undefined)
    assert.equal(verdict(6656, failed), 407)
    assert.equal(verdict(6783, failed), 407)
    assert.equal(verdict(6784, failed), undefined)
  })

  it('forbids it until the epoch after activation when the last one was approved', () => {
    const approved = inVote(START, APPROVED)
    assert.equal(verdict(6655, approved), undefined)
    assert.equal(verdict(6656, approved), 407)
    assert.equal(verdict(10879, approved), 407)
    assert.equal(verdict(10880, approved), undefined)
  })

  it('is only about headers that vote for one, while one is noted, and may be switched off', () => {
    assert.equal(verdict(6656, launch), undefined)
    assert.equal(checkForkVote(header(6656, 1), inVote(START, 0), voting, INITIAL), undefined)
    assert.equal(verdict(6656, inVote(START, 0), without(407)), undefined)
  })

  it('fails when a start is noted without a count', () => {
    assert.equal(verdict(START + 1, launch.with(122, START)), 407)
  })
})

describe('soft-fork voting', () => {
  const at = (epochs: number): number => START + L * epochs

  it('begins with a vote in the first block of an epoch', () => {
    assert.deepEqual(forkStep(launch, START, true, 0), [4, 0, START, false])
    assert.deepEqual(forkStep(launch, START, false, 0), [4, undefined, undefined, false])
  })

  it('adds up the votes of each closing epoch until its voting ends', () => {
    assert.deepEqual(forkStep(inVote(START, 100), at(1), false, 120), [4, 220, START, false])
    assert.deepEqual(forkStep(inVote(START, 100), at(E), true, 5), [4, 105, START, false])
    assert.deepEqual(forkStep(inVote(START, 100), at(E) + L, false, 0), [4, undefined, undefined, false])
    assert.deepEqual(forkStep(inVote(START, APPROVED), at(E) + L, false, 5), [4, APPROVED, START, false])
  })

  it('is cleared one epoch after its end when it was not approved, or begins anew', () => {
    assert.deepEqual(forkStep(inVote(START, APPROVED - 1), at(E + 1), false, 0), [4, undefined, undefined, false])
    assert.deepEqual(forkStep(inVote(START, APPROVED - 1), at(E + 1), true, 0), [4, 0, at(E + 1), false])
    // The votes of the closing epoch still count at this checkpoint.
    assert.deepEqual(forkStep(inVote(START, APPROVED - 1), at(E + 1), true, 1), [4, APPROVED - 1, START, false])
  })

  it('activates the update that the activation block proposes, and a new version', () => {
    assert.deepEqual(forkStep(inVote(START, APPROVED), at(E + A), false, 0), [5, APPROVED, START, true])
    assert.deepEqual(forkStep(inVote(START, APPROVED - 1), at(E + A), false, 0), [4, APPROVED - 1, START, false])
    assert.deepEqual(forkStep(inVote(START, APPROVED - 1), at(E + A), false, 1), [5, APPROVED - 1, START, true])
  })

  it('is cleared an epoch after activation; a vote there begins anew without a test of approval', () => {
    assert.deepEqual(forkStep(inVote(START, APPROVED), at(E + A + 1), false, 0), [4, undefined, undefined, false])
    assert.deepEqual(forkStep(inVote(START, 0), at(E + A + 1), true, 0), [4, 0, at(E + A + 1), false])
    // Never approved and never cleared: stuck, as in the reference.
    assert.deepEqual(forkStep(inVote(START, 0), at(E + A + 1), false, 0), [4, 0, START, false])
    assert.deepEqual(forkStep(inVote(START, 0), at(E + A + 9), true, 0), [4, 0, START, false])
  })

  it('needs the count only where it adds to it or tests it', () => {
    const bare = launch.with(122, START)
    for (const epochs of [1, E, E + 1, E + A, E + A + 1]) {
      assert.throws(() => forkStep(bare, at(epochs), false, 0), MissingParameterError)
    }
    for (const epochs of [E + 2, E + A - 1, E + A + 2]) {
      assert.deepEqual(forkStep(bare, at(epochs), false, 0), [4, undefined, START, false])
    }
  })
})

describe('parameters of a new epoch', () => {
  const update = (p: Parameters, votes: EpochVotes, height = 256): Parameters =>
    updateParameters(p, height, false, votes, NO_UPDATE, voting).parameters

  it('take one step for each id with more than half of the votes', () => {
    const next = update(launch, [
      { id: 1, count: 65 },
      { id: -2, count: 65 },
      { id: 3, count: 64 }
    ])
    assert.equal(next.storageFeeFactor, 1_275_000)
    assert.equal(next.minValuePerByte, 350)
    assert.equal(next.maxBlockSize, 524_288)
    assert.equal(next.height, 256)
  })

  it('do not step for ids above the soft-fork vote, and fail for an unknown id', () => {
    assert.equal(update(launch, [{ id: 123, count: 99 }]).blockVersion, 4)
    assert.throws(() => update(launch, [{ id: 10, count: 65 }]), MissingParameterError)
    assert.throws(() => update(launch, [{ id: -128, count: 65 }]), MissingParameterError)
    assert.equal(update(launch, [{ id: 10, count: 64 }]).table.has(10), false)
  })

  it('get parameter 9 with version 4, unless rule 409 goes off at the same time', () => {
    assert.equal(update(launch, []).subblocksPerBlock, 30)
    assert.equal(update(launch.with(123, 3), []).subblocksPerBlock, undefined)
    assert.equal(update(launch.with(9, 44), []).subblocksPerBlock, 44)
    const activating = launch.with(123, 3).with(122, START).with(121, APPROVED)
    const height = START + L * (E + A)
    const off = { rulesToDisable: [409], statusUpdates: [] }
    assert.equal(updateParameters(activating, height, false, [], off, voting).parameters.subblocksPerBlock, undefined)
    assert.equal(updateParameters(activating, height, false, [], NO_UPDATE, voting).parameters.subblocksPerBlock, 30)
  })

  it('reach version 2 at the height that the network sets', () => {
    const mainnet = parametersAtLaunch(MAINNET.launchParameters)
    const at = (p: Parameters, height: number): number =>
      updateParameters(p, height, false, [], NO_UPDATE, MAINNET.voting).parameters.blockVersion
    assert.equal(at(mainnet, 416_768), 1)
    assert.equal(at(mainnet, 417_792), 2)
    assert.equal(at(mainnet.with(123, 3), 417_792), 3)
  })
})
