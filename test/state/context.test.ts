import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { DecodeError, toHex } from '../../src/bytes/index.ts'
import {
  decodeExtension,
  type Extension,
  PARAMETER,
  Parameters,
  packInterlinks,
  parameterFields,
  parametersAtLaunch,
  parseHeader,
  TESTNET,
  ValidationSettings,
  votesOf
} from '../../src/chain/index.ts'
import {
  appendBlock,
  contextHeight,
  contextStateRoot,
  decodeContext,
  encodeContext,
  genesisContext,
  LAST_HEADERS,
  type StateContext,
  upcomingParameters
} from '../../src/state/index.ts'
import { devnetBlocks, devnetOf, genesisOf } from '../support/devnet.ts'
import { plainHeader } from '../support/headers.ts'

const options = { voting: TESTNET.voting, level: () => 0 }
const launch = parametersAtLaunch(TESTNET.launchParameters)
const INITIAL = ValidationSettings.initial

/** A context at some height whose next block needs nothing but interlinks to its genesis. */
function contextAt(height: number, change: Partial<StateContext> = {}): StateContext {
  const genesis = new Uint8Array(32).fill(1)
  return {
    ...genesisContext(TESTNET.genesisStateDigest, launch),
    lastHeaders: [plainHeader({ height })],
    lastExtension: packInterlinks([genesis]),
    ...change
  }
}

function extension(context: StateContext, recordedSize = 99): Extension {
  return { headerId: new Uint8Array(32), fields: context.lastExtension!, recordedSize }
}

function verdict(context: StateContext, height: number, size = 100, recordedSize?: number): number | null | undefined {
  const result = appendBlock(context, plainHeader({ height }), extension(context, recordedSize), size, options)
  return result.ok ? undefined : result.failure.rule
}

/** Contexts along the committed blocks of a devnet, the one before block 1 first. */
function contexts(name: 'v4' | 'vote'): StateContext[] {
  const network = devnetOf(name)
  const out = [genesisOf(network)]
  for (const block of devnetBlocks(name)) {
    const header = parseHeader(block.header)
    const { voting } = network
    const result = appendBlock(out.at(-1)!, header, decodeExtension(block.extension), block.transactions.length, { voting })
    assert.ok(result.ok)
    out.push(result.context)
  }
  return out
}

describe('context of a state', () => {
  it('before the first block has neither headers nor votes', () => {
    const context = genesisContext(TESTNET.genesisStateDigest, launch)
    assert.equal(contextHeight(context), 0)
    assert.deepEqual(contextStateRoot(context), TESTNET.genesisStateDigest)
  })

  it('keeps the last ten headers, newest first', () => {
    const all = contexts('v4')
    for (const [height, context] of all.entries()) {
      assert.equal(contextHeight(context), height)
      assert.equal(context.lastHeaders.length, Math.min(height, LAST_HEADERS))
      assert.deepEqual(
        context.lastHeaders.map((header) => header.height),
        Array.from({ length: Math.min(height, LAST_HEADERS) }, (_, i) => height - i)
      )
    }
    assert.deepEqual(contextStateRoot(all.at(-1)!), all.at(-1)!.lastHeaders[0]!.stateRoot)
  })

  it('follows a soft-fork vote from its start to its activation', () => {
    const all = contexts('vote')
    const at = (height: number): (number | undefined)[] => {
      const { parameters, epochVotes } = all[height]!
      return [
        parameters.blockVersion,
        parameters.softForkStartingHeight,
        parameters.softForkVotesCollected,
        parameters.subblocksPerBlock,
        epochVotes[0]?.count
      ]
    }
    // Voted in epochs of 32 blocks from height 32: two to collect votes, two until activation, one until it is cleared.
    assert.deepEqual(at(31), [3, undefined, undefined, undefined, undefined])
    assert.deepEqual(at(32), [3, 32, 0, undefined, 1])
    assert.deepEqual(at(63), [3, 32, 0, undefined, 32])
    assert.deepEqual(at(64), [3, 32, 32, undefined, 1])
    assert.deepEqual(at(96).slice(0, 4), [3, 32, 64, undefined])
    assert.equal(all[159]!.parameters.blockVersion, 3)
    assert.deepEqual(at(160).slice(0, 3), [4, 32, 64])
    assert.deepEqual(at(192).slice(0, 4), [4, undefined, undefined, 30])
  })

  it('rule 306 limits the transactions section by the parameters before the block', () => {
    const context = contextAt(5)
    assert.equal(verdict(context, 6, 524_288), undefined)
    assert.equal(verdict(context, 6, 524_289), 306)
    const off = INITIAL.updated({ rulesToDisable: [306], statusUpdates: [] })
    assert.equal(verdict(contextAt(5, { settings: off }), 6, 524_289), undefined)
    // At an epoch start the new limit does not count yet.
    const epoch = contextAt(127, { parameters: new Parameters(0, launch.with(3, 100).table) })
    const fields = [...epoch.lastExtension!, ...parameterFields(new Parameters(128, launch.table))]
    const starting = { headerId: new Uint8Array(32), fields, recordedSize: 99 }
    const append = (size: number) => appendBlock(epoch, plainHeader({ height: 128 }), starting, size, options)
    assert.equal(append(100).ok, true)
    const refused = append(101)
    assert.equal(refused.ok ? 0 : refused.failure.rule, 306)
  })

  it('rule 400 comes after 306', () => {
    assert.equal(verdict(contextAt(5), 6, 100, 32_768), undefined)
    assert.equal(verdict(contextAt(5), 6, 100, 32_769), 400)
    assert.equal(verdict(contextAt(5), 6, 524_289, 32_769), 306)
  })

  it('wants heights to follow, without a rule for it', () => {
    assert.equal(verdict(contextAt(5), 7), null)
    assert.equal(verdict(contextAt(5), 5), null)
    assert.equal(verdict(contextAt(5, { lastHeaders: [] }), 7), 413)
    assert.equal(verdict(contextAt(5, { lastHeaders: [] }), 1), undefined)
  })

  it('fails without a rule when maxBlockSize is not set', () => {
    const table = new Map(launch.table)
    table.delete(3)
    assert.equal(verdict(contextAt(5, { parameters: new Parameters(0, table) }), 6), null)
  })

  it('judges votes first, interlinks next, the form of the extension after that', () => {
    const context = contextAt(5)
    const bad = {
      headerId: new Uint8Array(32),
      fields: [{ key: Uint8Array.of(9, 9), value: new Uint8Array(65) }],
      recordedSize: 0
    }
    const votes = (...bytes: number[]) =>
      appendBlock(context, plainHeader({ height: 6, votes: Uint8Array.from(bytes) }), bad, 0, options)
    const rule = (result: ReturnType<typeof votes>) => (result.ok ? undefined : result.failure.rule)
    assert.equal(rule(votes(1, 1, 0)), 213)
    assert.equal(rule(votes(1, 2, 0)), 402)
    const links = { ...bad, fields: [...context.lastExtension!, ...bad.fields] }
    assert.equal(rule(appendBlock(context, plainHeader({ height: 6 }), links, 0, options)), 404)
  })
})

describe('stored context', () => {
  it('is read as it was written', () => {
    for (const context of [...contexts('v4'), ...contexts('vote')]) {
      const bytes = encodeContext(context)
      const back = decodeContext(bytes)
      assert.equal(toHex(encodeContext(back)), toHex(bytes))
      assert.deepEqual(
        back.lastHeaders.map((header) => header.idHex),
        context.lastHeaders.map((header) => header.idHex)
      )
      assert.deepEqual(back.lastExtension, context.lastExtension)
      assert.deepEqual(back.epochVotes, context.epochVotes)
      assert.deepEqual([...back.parameters.table], [...context.parameters.table])
      assert.deepEqual(back.parameters.proposedUpdate, context.parameters.proposedUpdate)
      assert.ok(back.settings.equals(context.settings))
    }
  })

  it('is refused when cut, and any other bytes are a context or a DecodeError', () => {
    const bytes = encodeContext(contexts('vote').at(-1)!)
    for (let size = 0; size < bytes.length; size++) assert.throws(() => decodeContext(bytes.subarray(0, size)), DecodeError)
    fc.assert(
      fc.property(fc.nat(bytes.length - 1), fc.nat(255), (at, byte) => {
        const mutated = bytes.slice()
        mutated[at] = byte
        try {
          decodeContext(mutated)
        } catch (error) {
          assert.ok(error instanceof DecodeError)
        }
      }),
      { numRuns: 300 }
    )
  })
})

describe('parameters of the block to come', () => {
  it('are those in force within an epoch, and what the votes made of them at its end', () => {
    const { voting } = devnetOf('vote')
    for (const [height, context] of voteContexts.slice(0, -1).entries()) {
      const { parameters: next, lastHeaders } = voteContexts[height + 1]!
      const forkVote = votesOf(lastHeaders[0]!).includes(PARAMETER.softFork)
      const { parameters } = upcomingParameters(context, voting, { forkVote, proposedUpdate: next.proposedUpdate })
      assert.deepEqual(new Map([...parameters.table].sort()), new Map([...next.table].sort()), `height ${height + 1}`)
    }
  })
})

const voteContexts = contexts('vote')
