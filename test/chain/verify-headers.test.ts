import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { describe, it } from 'node:test'
import { fromHex, type JsonValue, parseJson } from '../../src/bytes/index.ts'
import {
  DEVNET,
  type HeaderFileFailure,
  HeaderFileVerifier,
  type HeaderLine,
  HeaderLineError,
  type HeaderRuleSettings,
  headerFromFields,
  MAINNET,
  MAX_REPORTED_FAILURES,
  type PowResult,
  PowSolver,
  parseHeaderLine,
  parseNetworkFile,
  scanHeader
} from '../../src/chain/index.ts'
import { blake2b256 } from '../../src/crypto/index.ts'
import { committed, missing, readJsonLines, shared } from '../support/vectors.ts'
import { HEADER_2, KNOWN_HEADERS, knownBytes } from './known-headers.ts'

const NOW = 1_800_000_000_000

interface RawLine {
  readonly height: number
  readonly id?: string
  readonly bytes?: string
  readonly header?: string
}

function toLine(raw: RawLine): HeaderLine {
  const id = raw.id === undefined ? {} : { id: fromHex(raw.id) }
  return { height: raw.height, bytes: fromHex((raw.bytes ?? raw.header)!), ...id }
}

function devnet(chain: string): { network: HeaderRuleSettings; lines: HeaderLine[] } {
  const network = parseNetworkFile(readFileSync(committed(`chain/devnet-${chain}-network.json`), 'utf8'))
  return { network, lines: readJsonLines<RawLine>(committed(`chain/devnet-${chain}-headers.jsonl.gz`)).map(toLine) }
}

function verify(network: HeaderRuleSettings, lines: readonly HeaderLine[], pow?: PowResult, now = NOW) {
  const verifier = new HeaderFileVerifier({ network, now })
  for (const line of lines) verifier.add(line, pow)
  return verifier.summary()
}

/** A line of these bytes with the id that they have, taken as they are. */
function lineOf(bytes: Uint8Array): HeaderLine {
  return { bytes, id: blake2b256(bytes) }
}

const what = (f: HeaderFileFailure) => [f.height, f.rule, f.code]

describe('header files', () => {
  for (const chain of ['v4', 'vote']) {
    it(`finds the headers of devnet ${chain} valid, with nothing unchecked`, () => {
      const { network, lines } = devnet(chain)
      const n = lines.length
      assert.deepEqual(verify(network, lines), { checked: n, valid: n, invalid: 0, unchecked: {}, failures: [] })
    })
  }

  it('finds them invalid by the rules of another network (rules 201 and 208)', () => {
    const { lines } = devnet('vote')
    const first = verify(DEVNET, lines).failures[0]
    assert.deepEqual([first?.height, first?.rule], [128, 208])
    assert.deepEqual(verify(MAINNET, lines.slice(0, 1)).failures.map(what), [[1, 201, 'HEADER_GENESIS_ID']])
  })

  it('counts what a run without its beginning leaves unchecked', () => {
    const { network, lines } = devnet('v4')
    // 33 and 49 end epochs whose windows begin before the run.
    assert.deepEqual(verify(network, lines.slice(19, 60)).unchecked, { 204: 1, 205: 1, 206: 1, 208: 3 })
    assert.equal(verify(network, lines.slice(19, 60)).valid, 41)
  })

  it('takes several runs, and several chains one after the other', () => {
    const { network, lines } = devnet('v4')
    const two = verify(network, [...lines.slice(0, 10), ...lines.slice(12, 15)])
    assert.deepEqual([two.invalid, two.unchecked], [0, { 204: 1, 205: 1, 206: 1, 208: 1 }])
    const again = verify(network, [...lines.slice(0, 40), ...devnet('vote').lines.slice(0, 40)])
    assert.deepEqual(again, { checked: 80, valid: 80, invalid: 0, unchecked: {}, failures: [] })
  })

  it('lets earlier runs confirm a difficulty but not refute it', () => {
    const { network, lines } = devnet('v4')
    const at = (height: number) => lines[height - 1]!
    // Height 49 looks at 16, 32 and 48; nothing links these lines to one another.
    const confirmed = verify(network, [at(16), at(32), at(48), at(49)])
    assert.deepEqual([confirmed.invalid, confirmed.unchecked['208']], [0, 3])
    const other = scanHeader(at(32).bytes)
    // As if the last epoch had taken a millisecond: difficulty would have to rise.
    const odd = headerFromFields({ ...other.toFields(), timestamp: scanHeader(at(48).bytes).timestampExact - 1n })
    const refuted = verify(network, [at(16), lineOf(odd.bytes), at(48), at(49)], null)
    assert.deepEqual([refuted.invalid, refuted.unchecked['208']], [0, 4])
  })

  it("names the first rule in the reference's order, and the rest of the run stays judged", () => {
    const bad = fromHex(HEADER_2)
    bad[200]! ^= 1
    const { failures, invalid, checked, unchecked } = verify(MAINNET, [lineOf(knownBytes(1)), lineOf(bad)])
    assert.deepEqual([invalid, checked, unchecked], [1, 2, {}])
    assert.deepEqual(failures.map(what), [[2, 207, 'HEADER_POW_INVALID']])
  })

  it('breaks rule 204 where heights go on but parents do not', () => {
    const { network, lines } = devnet('v4')
    // Difficulty 1: any nonce is a solution, so only the next header shows that this one was changed.
    const changed = lines[4]!.bytes.slice()
    changed[changed.length - 1]! ^= 1
    const summary = verify(network, [...lines.slice(0, 4), lineOf(changed), ...lines.slice(5)])
    assert.deepEqual(summary.failures.map(what), [[6, 204, 'HEADER_PARENT_UNKNOWN']])
    assert.equal(summary.invalid, 1)
  })

  it('breaks rule 210 on top of a header that broke a fatal rule', () => {
    const { network, lines } = devnet('v4')
    const fields = scanHeader(lines[1]!.bytes).toFields()
    const late = headerFromFields({ ...fields, timestamp: scanHeader(lines[0]!.bytes).timestampExact })
    const child = scanHeader(lines[2]!.bytes)
    const next = headerFromFields({ ...child.toFields(), parentId: late.id })
    const { failures } = verify(network, [lines[0]!, lineOf(late.bytes), lineOf(next.bytes)])
    assert.deepEqual(failures.map(what), [
      [2, 205, 'HEADER_TIMESTAMP_NOT_INCREASING'],
      [3, 210, 'HEADER_PARENT_INVALID']
    ])
  })

  it('does not hold rule 211 against those above: the clock may be ours', () => {
    const { network, lines } = devnet('v4')
    const now = scanHeader(lines[9]!.bytes).timestamp - 1_001
    const { failures } = verify(network, lines.slice(0, 12), undefined, now)
    assert.ok(failures.length >= 1)
    assert.ok(failures.every((f) => f.rule === 211))
  })

  it('breaks rule 300 when a header is repeated, once', () => {
    const { network, lines } = devnet('v4')
    const { failures, invalid } = verify(network, [...lines.slice(0, 5), lines[4]!, ...lines.slice(5)])
    assert.equal(invalid, 1)
    assert.deepEqual(failures.map(what), [[5, 300, 'ALREADY_APPLIED']])
  })

  it('says that a line contradicts its bytes', () => {
    const { network, lines } = devnet('v4')
    const wrong = [
      { ...lines[0]!, id: new Uint8Array(32) },
      { ...lines[1]!, height: 7 }
    ]
    const { failures, invalid } = verify(network, [...wrong, ...lines.slice(2)])
    assert.equal(invalid, 2)
    assert.deepEqual(failures.map(what), [
      [1, null, 'ID_MISMATCH'],
      [2, null, 'HEIGHT_MISMATCH']
    ])
  })

  it('reports bytes that are no header with what the line says of them', () => {
    const { network, lines } = devnet('v4')
    const cut = { ...lines[3]!, bytes: lines[3]!.bytes.subarray(0, 100) }
    const { failures, unchecked, invalid } = verify(network, [...lines.slice(0, 3), cut, ...lines.slice(4, 8)])
    assert.equal(invalid, 1)
    assert.deepEqual(failures.map(what), [[4, null, 'HEADER_UNREADABLE']])
    assert.equal(unchecked['204'], 1)
    assert.equal(verify(network, [{ bytes: new Uint8Array(0) }]).failures[0]?.id, null)
  })

  it('lists the first failures only, and counts all', () => {
    const { network, lines } = devnet('v4')
    const { failures, invalid, valid } = verify(
      network,
      lines.slice(0, 50).map((line) => ({ ...line, height: 0 }))
    )
    assert.deepEqual([failures.length, invalid, valid], [MAX_REPORTED_FAILURES, 50, 0])
  })

  it('takes a proof of work that was checked before for what it was', () => {
    const { network, lines } = devnet('v4')
    const failed = verify(network, lines.slice(0, 1), 'HIT_ABOVE_TARGET')
    assert.deepEqual(failed.failures.map(what), [[1, 207, 'HEADER_POW_INVALID']])
    assert.deepEqual(verify(network, lines.slice(0, 3), 'deferred').unchecked, { 207: 3 })
  })

  it('holds no more headers than difficulty looks back to', () => {
    // Long enough to drop headers, and still right at every epoch's end.
    const { network } = devnet('v4')
    const settings = { ...network, difficulty: { ...network.difficulty, epochLength: 4, useLastEpochs: 2 } }
    const verifier = new HeaderFileVerifier({ network: settings, now: NOW })
    let parentId: Uint8Array = new Uint8Array(32)
    const base = scanHeader(devnet('v4').lines[1]!.bytes).toFields()
    for (let height = 1; height <= 60; height++) {
      const fields = {
        ...base,
        height,
        parentId,
        timestamp: BigInt(height) * 100n,
        nBits: 0x01010000,
        version: height === 1 ? 1 : 4
      }
      const solution = new PowSolver(fields, { secretKey: 5n, oneTimeSecret: 7n }).search(0n, 50)
      assert.ok(solution !== null)
      const header = headerFromFields({ ...fields, powSolution: solution })
      parentId = header.id
      assert.equal(verifier.add({ bytes: header.bytes }), undefined, `height ${height}`)
    }
    assert.deepEqual(verifier.summary().unchecked, {})
  })
})

describe('lines of header files', () => {
  const parse = (text: string) => parseHeaderLine(parseJson(text))

  it('read bytes, id and height', () => {
    const id = 'ab'.repeat(32)
    assert.deepEqual(parse(`{"height":5,"id":"${id}","bytes":"0102","why":"x"}`), {
      height: 5,
      id: fromHex(id),
      bytes: Uint8Array.of(1, 2)
    })
    assert.deepEqual(parse('{"bytes":"0102"}'), { bytes: Uint8Array.of(1, 2) })
    assert.deepEqual(parse('{"header":"0102","transactions":""}'), { bytes: Uint8Array.of(1, 2) })
  })

  it('fail with the name of the field', () => {
    const bad: ReadonlyArray<[string, string]> = [
      ['[]', '(whole)'],
      ['{}', 'bytes'],
      ['{"bytes":5}', 'bytes'],
      ['{"bytes":"0"}', 'bytes'],
      ['{"header":"xx"}', 'header'],
      ['{"bytes":"00","id":"00"}', 'id'],
      ['{"bytes":"00","id":null}', 'id'],
      ['{"bytes":"00","height":"5"}', 'height'],
      ['{"bytes":"00","height":1.5}', 'height']
    ]
    for (const [text, field] of bad) {
      assert.throws(
        () => parse(text),
        (error: unknown) => error instanceof HeaderLineError && error.field === field && error.code === 'HEADER_LINE'
      )
    }
    assert.throws(() => parseHeaderLine(null as JsonValue), HeaderLineError)
  })
})

/** Pseudo-random numbers, the same in every run. */
function random(seed: number): () => number {
  let state = seed >>> 0
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0
    return state / 2 ** 32
  }
}

/**
 * Verifies a header with one bit changed between its neighbours, whose proof of work is known to hold.
 *
 * @returns what was found, undefined when nothing was
 */
function flipped(
  network: HeaderRuleSettings,
  around: readonly (HeaderLine | undefined)[],
  bit: number
): HeaderFileFailure | undefined {
  const [before, target, after] = around
  const bytes = target!.bytes.slice()
  bytes[bit >> 3]! ^= 1 << (bit & 7)
  const verifier = new HeaderFileVerifier({ network, now: NOW })
  if (before !== undefined) verifier.add(before, null)
  verifier.add({ ...lineOf(bytes), ...(target!.height === undefined ? {} : { height: target!.height }) })
  if (after !== undefined) verifier.add(after, null)
  return verifier.summary().failures[0]
}

/** A flipped header must break a rule, or be unreadable, or turn out to have another id than its bytes seem to have. */
function assertNamed(failure: HeaderFileFailure | undefined, where: string): void {
  assert.ok(failure !== undefined, `${where}: accepted`)
  const named = failure.rule !== null ? [200, 201, 204, 205, 206, 207, 208, 211].includes(failure.rule) : true
  assert.ok(
    named && (failure.rule !== null || ['HEADER_UNREADABLE', 'ID_MISMATCH'].includes(failure.code)),
    `${where}: ${JSON.stringify(failure)}`
  )
}

describe('one bit flipped, id computed anew', () => {
  const asLine = (bytes: Uint8Array): HeaderLine => ({ bytes, height: scanHeader(bytes).height })

  it('is found at every bit of a version 1 header', () => {
    const around = [undefined, asLine(knownBytes(1)), asLine(fromHex(HEADER_2))]
    for (let bit = 0; bit < 8 * knownBytes(1).length; bit++) assertNamed(flipped(MAINNET, around, bit), `bit ${bit}`)
  })

  it('is found at every bit of devnet headers, whose difficulty accepts any nonce', () => {
    const { network, lines } = devnet('v4')
    for (const at of [0, 30]) {
      const around = [lines[at - 1], lines[at], lines[at + 1]]
      for (let bit = 0; bit < 8 * lines[at]!.bytes.length; bit++) {
        assertNamed(flipped(network, around, bit), `height ${at + 1} bit ${bit}`)
      }
    }
  })

  it('is found at every bit under the proof of work of mainnet headers of versions 2 to 4', () => {
    for (const known of KNOWN_HEADERS.filter((k) => k.height >= 417792)) {
      const target = asLine(fromHex(known.bytes))
      // The key is not part of the proof: changing it makes another valid header, as the next header would show.
      const end = scanHeader(target.bytes).bytesWithoutPow.length
      for (let bit = 0; bit < 8 * target.bytes.length; bit += 5) {
        const byte = bit >> 3
        if (byte >= end && byte < end + 33) continue
        assertNamed(flipped(MAINNET, [undefined, target, undefined], bit), `height ${known.height} bit ${bit}`)
      }
    }
  })

  for (const chain of ['v4', 'vote']) {
    it(`is found at a random bit of each header of devnet ${chain}`, () => {
      const { network, lines } = devnet(chain)
      const next = random(7)
      for (let i = 0; i < lines.length - 1; i++) {
        const bit = Math.floor(next() * 8 * lines[i]!.bytes.length)
        assertNamed(flipped(network, [lines[i - 1], lines[i], lines[i + 1]], bit), `height ${i + 1} bit ${bit}`)
      }
    })
  }

  for (const file of ['headers-1-2000', 'headers-before-1795968']) {
    const path = `mainnet/${file}.jsonl.gz`
    it(`is found at a random bit of each header of ${file}`, { skip: missing(path) }, () => {
      const lines = readJsonLines<RawLine>(shared(path)).map(toLine)
      const next = random(11)
      for (let i = 0; i < lines.length - 1; i++) {
        const bit = Math.floor(next() * 8 * lines[i]!.bytes.length)
        assertNamed(flipped(MAINNET, [lines[i - 1], lines[i], lines[i + 1]], bit), `height ${lines[i]!.height} bit ${bit}`)
      }
    })
  }
})

describe('recorded header files', () => {
  const lines = (path: string) => readJsonLines<RawLine>(shared(path)).map(toLine)
  const sets: ReadonlyArray<readonly [string[], number, Record<string, number>]> = [
    [['mainnet/headers-1-2000.jsonl.gz'], 2000, {}],
    // 14 runs; the difficulty of 844673 follows from the look-back headers of the file, that of 1761793 does not.
    [['mainnet/headers-curated.jsonl.gz'], 33, { 204: 14, 205: 14, 206: 14, 208: 15 }],
    // The first header, and the eight epochs until the window of EIP-37 is whole.
    [
      ['mainnet/headers-before-1795968.jsonl.gz', 'mainnet/blocks-1795968-1796087.jsonl.gz'],
      1016,
      { 204: 1, 205: 1, 206: 1, 208: 9 }
    ]
  ]
  for (const [paths, checked, unchecked] of sets) {
    it(`are valid: ${paths.join(' + ')}`, { skip: missing(...paths) }, () => {
      const summary = verify(MAINNET, paths.flatMap(lines))
      assert.deepEqual(summary, { checked, valid: checked, invalid: 0, unchecked, failures: [] })
    })
  }

  const chains: ReadonlyArray<readonly [string, string, number]> = [
    ['v4', 'v4', 1541],
    ['vote', 'vote', 420],
    ['params', 'v4', 330]
  ]
  for (const [chain, networkOf, checked] of chains) {
    const path = `devnet/${chain}/chain.jsonl.gz`
    const file = `devnet/${networkOf}/network.json`
    it(`are valid: devnet ${chain}`, { skip: missing(path, file) }, () => {
      const network = parseNetworkFile(readFileSync(shared(file), 'utf8'))
      const summary = verify(network, lines(path))
      assert.deepEqual(summary, { checked, valid: checked, invalid: 0, unchecked: {}, failures: [] })
    })
  }
})
