import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { fromHex } from '../../src/bytes/index.ts'
import {
  DEVNET,
  HEADER_RULES,
  type Header,
  type HeaderContext,
  HeaderContextError,
  type HeaderFields,
  headerFromFields,
  judgeHeader,
  MAINNET,
  type PowResult,
  PowSolver,
  parseHeader,
  scanHeader,
  TESTNET,
  validateHeader
} from '../../src/chain/index.ts'
import { committed, readJsonLines } from '../support/vectors.ts'
import { HEADER_2, knownBytes } from './known-headers.ts'

const genesis = parseHeader(knownBytes(1))
const second = parseHeader(fromHex(HEADER_2))
const NOW = 1_800_000_000_000
const noAncestors = () => undefined

const genesisContext: HeaderContext = {
  network: MAINNET,
  parent: undefined,
  ancestorAt: noAncestors,
  now: NOW,
  fullBlockHeight: 0,
  stored: false
}
const secondContext: HeaderContext = { ...genesisContext, parent: genesis }

function changed(header: Header, change: Partial<HeaderFields>): Header {
  return headerFromFields({ ...header.toFields(), ...change })
}

/** Rule number that a header breaks, or null. */
function broken(header: Header, context: HeaderContext): number | null {
  return validateHeader(header, context)?.rule ?? null
}

/** Skips the proof of work: for headers changed in another point. */
const powDone = (context: HeaderContext, pow: PowResult = null): HeaderContext => ({ ...context, pow })

describe('rules of the genesis header', () => {
  it('accepts genesis of mainnet', () => assert.equal(validateHeader(genesis, genesisContext), undefined))

  it('rule 200: genesis has no parent', () => {
    const parentId = new Uint8Array(32)
    parentId[31] = 1
    assert.equal(broken(changed(genesis, { parentId }), genesisContext), 200)
    // First in the order: id and proof of work are wrong as well.
    assert.equal(broken(changed(genesis, { parentId, version: 2 }), genesisContext), 200)
  })

  it('rule 201: genesis is the configured one, where one is', () => {
    const other = changed(genesis, { nBits: 1 })
    assert.equal(broken(other, genesisContext), 201)
    assert.notEqual(broken(other, { ...genesisContext, network: TESTNET }), 201)
  })

  it('rule 203: height 1 alone makes a header genesis', () => {
    // The rule cannot fail: another height makes it another kind of header.
    assert.equal(HEADER_RULES.genesisHeight.number, 203)
    assert.equal(judgeHeader(changed(genesis, { height: 2 }), { ...genesisContext, parent: null }).failure?.rule, 204)
  })

  it('rule 207 at genesis: the proof of work holds', () => {
    const network = { ...MAINNET, genesisId: null }
    const { powSolution } = genesis
    const bad = changed(genesis, { powSolution: { ...powSolution, d: powSolution.d + 1n } })
    assert.equal(broken(bad, { ...genesisContext, network }), 207)
    assert.equal(broken(genesis, { ...genesisContext, network }), null)
  })

  it('rule 208 at genesis: the difficulty is the initial one', () => {
    const network = { ...MAINNET, genesisId: null }
    const context = powDone({ ...genesisContext, network })
    assert.equal(broken(changed(genesis, { nBits: 0x06011766 }), context), 208)
    // Compared by meaning: another encoding of the same number passes.
    const half = { ...MAINNET.difficulty, initialDifficulty: 65536n }
    const easy = powDone({ ...genesisContext, network: { ...network, difficulty: half } })
    assert.equal(broken(changed(genesis, { nBits: 0x04000100 }), easy), null)
    assert.equal(broken(changed(genesis, { nBits: 0x03010000 }), easy), null)
  })

  it('rule 300 at genesis: it is not stored yet, which comes before rule 209', () => {
    assert.equal(broken(genesis, { ...genesisContext, stored: true, fullBlockHeight: 1000 }), 300)
  })

  it('rule 209 at genesis: we could still roll back to it', () => {
    assert.equal(broken(genesis, { ...genesisContext, fullBlockHeight: 199 }), null)
    assert.equal(broken(genesis, { ...genesisContext, fullBlockHeight: 200 }), 209)
  })

  it('rule 211 at genesis: ten block intervals ahead of our clock at most', () => {
    assert.equal(broken(genesis, { ...genesisContext, now: genesis.timestamp - 1_200_000 }), null)
    assert.equal(broken(genesis, { ...genesisContext, now: genesis.timestamp - 1_200_001 }), 211)
  })
})

describe('rules of other headers', () => {
  it('accepts the second header of mainnet', () => assert.equal(validateHeader(second, secondContext), undefined))

  it('rule 204: the parent is known; the failure can be retried and names it', () => {
    const failure = validateHeader(second, { ...secondContext, parent: null })
    assert.equal(failure?.rule, 204)
    assert.equal(failure.severity, 'recoverable')
    assert.equal(failure.code, 'HEADER_PARENT_UNKNOWN')
    assert.deepEqual(failure.missingParentId, genesis.id)
    // A caller's mistake: not the parent.
    assert.equal(broken(second, { ...secondContext, parent: second }), 204)
  })

  it('rule 205: the timestamp is strictly greater, as a signed number', () => {
    const at = (timestamp: bigint) => broken(changed(second, { timestamp }), powDone(secondContext))
    assert.equal(at(genesis.timestampExact), 205)
    assert.equal(at(genesis.timestampExact - 1n), 205)
    assert.equal(at(genesis.timestampExact + 1n), null)
    assert.equal(at(-1n), 205)
    assert.equal(at(-(2n ** 63n)), 205)
  })

  it("rule 206: the height is one more than the parent's", () => {
    for (const height of [0, 3, 2 ** 31 - 1]) assert.equal(broken(changed(second, { height }), powDone(secondContext)), 206)
    // 205 comes first.
    const both = changed(second, { height: 3, timestamp: genesis.timestampExact })
    assert.equal(broken(both, powDone(secondContext)), 205)
  })

  it('rule 207: the proof of work holds', () => {
    const nonce = second.nonce.slice()
    nonce[0]! ^= 1
    const bad = changed(second, { powSolution: { ...second.powSolution, nonce } })
    const failure = validateHeader(bad, secondContext)
    assert.equal(failure?.rule, 207)
    assert.equal(failure.severity, 'fatal')
    assert.equal(failure.code, 'HEADER_POW_INVALID')
    // What was found before is taken for it, good or bad.
    assert.equal(broken(bad, powDone(secondContext)), null)
    assert.equal(broken(second, powDone(secondContext, 'HIT_ABOVE_TARGET')), 207)
    // 206 comes first.
    assert.equal(broken(changed(bad, { height: 7 }), secondContext), 206)
  })

  it('rule 207 left for later is no verdict', () => {
    const verdict = judgeHeader(second, powDone(secondContext, 'deferred'))
    assert.deepEqual(verdict, { failure: undefined, unchecked: [207] })
    assert.throws(() => validateHeader(second, powDone(secondContext, 'deferred')), HeaderContextError)
    assert.equal(broken(changed(second, { height: 7 }), powDone(secondContext, 'deferred')), 206)
  })

  it('rule 208: the difficulty is the required one', () => {
    assert.equal(broken(changed(second, { nBits: 0x06011764 }), powDone(secondContext)), 208)
    assert.equal(broken(changed(second, { nBits: 0x06011765 }), powDone(secondContext)), null)
  })

  it('rule 208 compares what encodings mean', () => {
    const parent = { id: genesis.id, height: 1, nBits: 0x03010000, timestampExact: genesis.timestampExact }
    const child = changed(second, { nBits: 0x04000100 })
    assert.equal(broken(child, powDone({ ...secondContext, parent })), null)
  })

  it('rule 208 without the headers of its window is no verdict', () => {
    const parent = { id: genesis.id, height: 2048, nBits: 0x06011765, timestampExact: genesis.timestampExact }
    const child = changed(second, { height: 2049 })
    const context = powDone({ ...secondContext, parent })
    assert.deepEqual(judgeHeader(child, context).unchecked, [208])
    // Of 0, 1024 and 2048 the first does not exist and the last is the parent.
    assert.equal(judgeHeader(child, context).missingHeight, 1024)
    assert.throws(
      () => validateHeader(child, context),
      (error: unknown) =>
        error instanceof HeaderContextError &&
        error.missingHeight === 1024 &&
        /height 2049 cannot be checked by rule 208: the header of height 1024 is needed/.test(error.message)
    )
  })

  it('rule 209: the parent is less than keepVersions below the best full block', () => {
    assert.equal(broken(second, { ...secondContext, fullBlockHeight: 200 }), null)
    assert.equal(broken(second, { ...secondContext, fullBlockHeight: 201 }), 209)
  })

  it('rule 210: the parent was not marked invalid', () => {
    assert.equal(broken(second, { ...secondContext, parentInvalid: true }), 210)
    // Known to be bad, but hidden from view: still the reason.
    assert.equal(judgeHeader(second, { ...secondContext, parent: undefined, parentInvalid: true }).failure?.rule, 210)
    assert.equal(broken(second, { ...secondContext, parentInvalid: true, fullBlockHeight: 201 }), 209)
  })

  it('rule 211: ten block intervals ahead of our clock at most, and worth a retry', () => {
    assert.equal(broken(second, { ...secondContext, now: second.timestamp - 1_200_000 }), null)
    const failure = validateHeader(second, { ...secondContext, now: second.timestamp - 1_200_001 })
    assert.equal(failure?.rule, 211)
    assert.equal(failure.severity, 'recoverable')
    assert.equal(broken(second, { ...secondContext, now: 0, stored: true }), 211)
  })

  it('rule 211 takes the interval from the network', () => {
    const ahead = (network: HeaderContext['network']) => {
      const interval = network.difficulty.blockIntervalMs
      const context = powDone({ ...secondContext, network })
      return [10 * interval, 10 * interval + 1].map((ms) => broken(second, { ...context, now: second.timestamp - ms }))
    }
    for (const network of [MAINNET, TESTNET, DEVNET]) assert.deepEqual(ahead(network), [null, 211])
  })

  it('rule 300: the header is not stored yet', () => {
    const failure = validateHeader(second, { ...secondContext, stored: true })
    assert.equal(failure?.rule, 300)
    assert.equal(failure.severity, 'fatal')
  })

  it('rule 216: the header at the checkpoint is the right one', () => {
    const at = (height: number, id: Uint8Array) => ({ ...secondContext, network: { ...MAINNET, checkpoint: { height, id } } })
    assert.equal(broken(second, at(2, second.id)), null)
    assert.equal(broken(second, at(3, genesis.id)), null)
    assert.equal(broken(second, at(2, genesis.id)), 216)
    assert.equal(broken(second, { ...at(2, genesis.id), stored: true }), 300)
  })

  it('leaves what depends on an unknown parent unchecked, and never calls that valid', () => {
    const context = { ...secondContext, parent: undefined }
    assert.deepEqual(judgeHeader(second, context), { failure: undefined, unchecked: [204, 205, 206, 208] })
    assert.throws(
      () => validateHeader(second, context),
      (error: unknown) => error instanceof HeaderContextError && error.rules.length === 4
    )
    // With so many full blocks rule 209 depends on the parent, too.
    assert.deepEqual(judgeHeader(second, { ...context, fullBlockHeight: 500 }).unchecked, [204, 205, 206, 208, 209])
    // The first header of version 2 has a fixed difficulty, whoever its parent is.
    const first = parseHeader(knownBytes(417792))
    assert.deepEqual(judgeHeader(first, { ...context, parent: undefined }).unchecked, [204, 205, 206])
  })

  it('has no rule that ties the version to the height', () => {
    const network = {
      ...DEVNET,
      difficulty: { ...DEVNET.difficulty, version2: { activationHeight: 2 ** 31 - 1, difficulty: 1n } }
    }
    const parent = { id: genesis.id, height: 1, nBits: 0x01010000, timestampExact: genesis.timestampExact }
    for (const version of [1, 2, 3, 4, 5, 100, 0, -5]) {
      const fields = { ...second.toFields(), version, nBits: 0x01010000 }
      const solver = new PowSolver(fields, { secretKey: 3n, oneTimeSecret: 5n })
      const header = headerFromFields({ ...fields, powSolution: solver.search(0n, 100)! })
      assert.equal(broken(header, { ...secondContext, network, parent }), null, `version ${version}`)
    }
  })
})

describe('rules on a recorded devnet', () => {
  it('accepts every header of a chain on its own ancestry', () => {
    const network = {
      ...DEVNET,
      difficulty: { ...DEVNET.difficulty, version2: { activationHeight: 2 ** 31 - 1, difficulty: 32n } }
    }
    const headers = readJsonLines<{ bytes: string }>(committed('chain/devnet-v4-headers.jsonl.gz')).map((line) =>
      scanHeader(fromHex(line.bytes))
    )
    for (const [i, header] of headers.entries()) {
      const context = { ...genesisContext, network, parent: headers[i - 1], ancestorAt: (h: number) => headers[h - 1] }
      assert.equal(validateHeader(header, context), undefined, `height ${header.height}`)
    }
  })
})
