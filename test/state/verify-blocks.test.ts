import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { describe, it } from 'node:test'
import { parseJson, toHex } from '../../src/bytes/index.ts'
import {
  headerFromFields,
  MAINNET,
  type NetworkParameters,
  parseHeader,
  parseHeaderLine,
  parseNetworkFile
} from '../../src/chain/index.ts'
import {
  anchorContext,
  BlockContextError,
  BlockFileVerifier,
  BlockJudge,
  type BlockLine,
  BlockLineError,
  decodeActiveParameters,
  parseBlockLine,
  parseCaseLine,
  parseParametersJson
} from '../../src/state/index.ts'
import {
  blockLines,
  COMMITTED_BLOCKS,
  type DevnetName,
  devnetBlocks,
  devnetOf,
  genesisOf,
  type JudgedBlock,
  judgedBlocks,
  linesOf
} from '../support/devnet.ts'
import { committed, missing, shared } from '../support/vectors.ts'

/** After every recorded block. */
const NOW_MS = Date.UTC(2030, 0)

/** Verifies a chain from genesis and, on the way, what the reference judged on it; returns the root at its end. */
function verifyChain(network: NetworkParameters, blocks: readonly BlockLine[], cases: readonly JudgedBlock[]): string {
  const verifier = new BlockFileVerifier({ network, now: NOW_MS, start: genesisOf(network) })
  const judge = new BlockJudge(network)
  const byHeight = new Map<number, JudgedBlock[]>()
  for (const one of cases) byHeight.set(one.height, [...(byHeight.get(one.height) ?? []), one])
  let judged = 0
  for (const block of blocks) {
    for (const { name, mutation, block: changed, rule } of byHeight.get(block.height!) ?? []) {
      const failure = judge.judge(verifier.state, changed)
      assert.equal(failure === undefined ? undefined : failure.rule, rule, `${name} ${mutation}: ${failure?.message}`)
      judged++
    }
    assert.equal(verifier.add(block), undefined)
  }
  assert.equal(judged, cases.length)
  const summary = verifier.summary()
  assert.equal(summary.valid, blocks.length)
  assert.deepEqual(summary.unchecked, {})
  return summary.stateRoot
}

describe('verification of block files', () => {
  for (const name of ['v4', 'vote'] as const) {
    it(`agrees with the reference on the first blocks of devnet ${name} and changed ones among them`, () => {
      const cases = judgedBlocks(committed(`block/${name}-${COMMITTED_BLOCKS[name]}.jsonl.gz`))
      const blocks = devnetBlocks(name)
      const root = verifyChain(devnetOf(name), blocks, cases)
      assert.equal(root, toHex(parseHeader(blocks.at(-1)!.header).stateRoot))
    })
  }

  const CHAINS: [string, DevnetName, number, string][] = [
    ['v4', 'v4', 3115, '05bd632045237c4b4687f43b7bf001f4a666ad69e01bd614b2d475af108541a812'],
    ['vote', 'vote', 1142, 'ef5650095f401146454571eb74bd3e548caab6ffdf290c7f66f052456ed29c110b'],
    ['params', 'v4', 1042, 'c8d2a83fa41c690dc7213cd1ba9d13608570af97dc6aa0b960409e2c88d154040a']
  ]
  for (const [name, base, count, root] of CHAINS) {
    const files = [`devnet/${name}/chain.jsonl.gz`, `block/${name}.jsonl.gz`, `devnet/${base}/network.json`] as const
    it(`agrees with the reference on all of devnet ${name}: every block, and ${count} changed ones`, {
      skip: missing(...files)
    }, () => {
      const network = parseNetworkFile(readFileSync(shared(files[2]), 'utf8'))
      const cases = judgedBlocks(shared(files[1]))
      assert.equal(cases.length, count)
      assert.equal(verifyChain(network, blockLines(shared(files[0])), cases), root)
    })
  }

  const MAINNET_FILES = [
    'mainnet/headers-before-1795968.jsonl.gz',
    'mainnet/parameters-1795072.json',
    'mainnet/blocks-1795968-1796087.jsonl.gz'
  ] as const
  it('takes 120 recent blocks of mainnet, from headers and parameters before them', { skip: missing(...MAINNET_FILES) }, () => {
    const headers = linesOf(shared(MAINNET_FILES[0])).map((line) => parseHeaderLine(parseJson(line)))
    const active = decodeActiveParameters(parseParametersJson(parseJson(readFileSync(shared(MAINNET_FILES[1]), 'utf8'))))
    const { context, votesKnown } = anchorContext(
      headers.map(({ bytes }) => parseHeader(bytes)),
      active,
      MAINNET.genesisStateDigest,
      MAINNET.voting
    )
    assert.equal(votesKnown, true)
    const verifier = new BlockFileVerifier({ network: MAINNET, now: NOW_MS, start: context, votesKnown, headers })
    for (const block of blockLines(shared(MAINNET_FILES[2]))) assert.equal(verifier.add(block), undefined)
    assert.deepEqual(verifier.summary(), {
      checked: 120,
      valid: 120,
      invalid: 0,
      // Height 1795969 ends a difficulty epoch whose window reaches below the headers; the first parent's links are not known.
      unchecked: { 208: 1, 401: 1, 402: 1 },
      failures: [],
      transactions: 733,
      inputs: 2761,
      cost: 16353950,
      stateRoot: '8346fc2f1b4ecc44175b356d543bf3c6bb41f4b976ba7bbbcf9f0540091f3c921a'
    })
  })

  const network = devnetOf('v4')
  const blocks = devnetBlocks('v4')
  const fresh = (): BlockFileVerifier => new BlockFileVerifier({ network, now: NOW_MS, start: genesisOf(network) })

  it('goes on after an invalid block, on which nothing can stand', () => {
    const verifier = fresh()
    verifier.add(blocks[0]!)
    const failure = verifier.add({ ...blocks[1]!, extension: blocks[0]!.extension })
    assert.equal(failure?.rule, 302)
    assert.equal(failure.height, 2)
    assert.equal(verifier.add(blocks[2]!)?.rule, 210)
    const { checked, valid, invalid, failures } = verifier.summary()
    assert.deepEqual({ checked, valid, invalid }, { checked: 3, valid: 1, invalid: 2 })
    assert.deepEqual(
      failures.map(({ rule }) => rule),
      [302, 210]
    )
  })

  it('judges headers too', () => {
    const verifier = fresh()
    verifier.add(blocks[0]!)
    const header = parseHeader(blocks[1]!.header)
    const late = headerFromFields({ ...header.toFields(), timestamp: 0n })
    assert.equal(verifier.add({ ...blocks[1]!, header: late.bytes })?.rule, 205)
    assert.equal(fresh().add({ ...blocks[0]!, header: new Uint8Array(3) })?.code, 'HEADER_UNREADABLE')
  })

  it('tells unreadable sections from broken rules', () => {
    const verifier = fresh()
    const failure = verifier.add({ ...blocks[0]!, transactions: blocks[0]!.transactions.subarray(0, 40) })
    assert.equal(failure?.rule, null)
    assert.equal(failure.code, 'SECTION_UNREADABLE')
    const { adProofs: _, ...bare } = blocks[0]!
    assert.equal(fresh().add({ ...bare, adProofs: undefined })?.code, 'AD_PROOFS_MISSING')
  })

  it('counts what a start inside a chain leaves open', () => {
    const headers = blocks.slice(3, 20).map(({ header }) => parseHeader(header))
    const verifier = fresh()
    for (const block of blocks.slice(0, 20)) verifier.add(block)
    const { parameters, settings } = verifier.state
    const { context, votesKnown } = anchorContext(headers, { parameters, settings }, network.genesisStateDigest, network.voting)
    assert.equal(votesKnown, false)
    const later = new BlockFileVerifier({
      network,
      now: NOW_MS,
      start: context,
      votesKnown,
      headers: headers.map(({ bytes }) => ({ bytes }))
    })
    for (const block of blocks.slice(20, 40)) assert.equal(later.add(block), undefined)
    const { unchecked } = later.summary()
    assert.equal(unchecked['401'], 1)
    assert.equal(unchecked['402'], 1)
    assert.deepEqual([unchecked['409'], unchecked['412'], unchecked['414']], [1, 1, 1])
  })

  it('does not start on headers that are no chain', () => {
    const late = headerFromFields({ ...parseHeader(blocks[4]!.header).toFields(), timestamp: 0n })
    assert.throws(
      () =>
        new BlockFileVerifier({
          network,
          now: NOW_MS,
          start: genesisOf(network),
          headers: [{ bytes: blocks[3]!.header }, { bytes: late.bytes }]
        }),
      BlockContextError
    )
  })
})

describe('lines of block files', () => {
  const line = (text: string): BlockLine => parseBlockLine(parseJson(text))

  it('name the field that is wrong', () => {
    const good = '"transactions":"00","extension":"","adProofs":null,"height":7,"id":"aa"'
    assert.deepEqual(line(`{"header":"01",${good}}`), {
      height: 7,
      id: Uint8Array.of(0xaa),
      header: Uint8Array.of(1),
      transactions: Uint8Array.of(0),
      extension: new Uint8Array(),
      adProofs: undefined
    })
    for (const [text, field] of [
      ['[]', '(whole)'],
      [`{${good}}`, 'header'],
      [`{"header":"0",${good}}`, 'header'],
      [`{"header":"zz",${good}}`, 'header'],
      [`{"header":"01",${good.replace('7', '"7"')}}`, 'height'],
      [`{"header":"01",${good.replace('null', '5')}}`, 'adProofs']
    ] as const) {
      assert.throws(
        () => line(text),
        (error) => error instanceof BlockLineError && error.field === field
      )
    }
    assert.throws(() => parseCaseLine(parseJson(`{"header":"01",${good}}`)), { field: 'name' })
    assert.throws(() => parseParametersJson(parseJson('{}')), { field: 'activeParametersHex' })
  })
})
