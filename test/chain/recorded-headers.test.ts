/** Headers that other nodes made or judged: a recorded download of testnet, and headers of blocks changed on purpose. */
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { describe, it } from 'node:test'
import { fromHex, Reader, toHex } from '../../src/bytes/index.ts'
import {
  type Header,
  HeaderFileVerifier,
  MODIFIER_TYPES,
  parseHeader,
  parseNetworkFile,
  requiredDifficulty,
  scanHeader,
  TESTNET,
  validateHeader
} from '../../src/chain/index.ts'
import { missing, readBytes, readJson, readJsonLines, shared } from '../support/vectors.ts'

const NOW = 1_800_000_000_000

interface StreamIndex {
  readonly streams: ReadonlyArray<{
    readonly file: string
    readonly frames: ReadonlyArray<{ readonly offset: number; readonly code: number; readonly length: number }>
  }>
}

/** Magic, code, length and checksum of a frame with a payload. */
const FRAME_HEAD_BYTES = 13
const MODIFIERS_CODE = 33

/** Headers with their ids as one recorded peer sent them. */
function recordedHeaders(index: string, stream: string): Array<{ id: Uint8Array; bytes: Uint8Array }> {
  const bytes = readBytes(shared(stream))
  const frames = readJson<StreamIndex>(shared(index)).streams.find((s) => stream.endsWith(s.file))?.frames ?? []
  const out: Array<{ id: Uint8Array; bytes: Uint8Array }> = []
  for (const { offset, code, length } of frames) {
    if (code !== MODIFIERS_CODE) continue
    const start = offset + FRAME_HEAD_BYTES
    const r = new Reader(bytes, start, start + length)
    if (r.u8() !== MODIFIER_TYPES.header) continue
    for (let left = r.uint(); left > 0; left--) {
      const id = r.bytes(32)
      out.push({ id, bytes: r.bytes(r.uint()) })
    }
  }
  return out
}

describe('testnet headers from a recorded download', () => {
  const index = 'p2p/index.json'
  const stream = 'p2p/tcp59736-server-to-client.bin.gz'

  it('are valid from genesis on, all recalculations of difficulty among them', { skip: missing(index, stream) }, () => {
    const byHeight = new Map<number, { header: Header; id: Uint8Array; bytes: Uint8Array }>()
    for (const recorded of recordedHeaders(index, stream)) {
      const header = parseHeader(recorded.bytes)
      assert.equal(header.idHex, toHex(recorded.id))
      byHeight.set(header.height, { header, ...recorded })
    }
    // Beside the download there are three headers of the tip, announced meanwhile.
    assert.equal(byHeight.size, 6787)
    assert.equal(byHeight.get(1)!.header.idHex, '5b1827ca092b599eafbaf339d2acf2445bc5216ec2e022d9c001a6fff660cad9')
    assert.deepEqual([byHeight.get(1)!.header.version, byHeight.get(1)!.header.size], [1, 283])
    const verifier = new HeaderFileVerifier({ network: TESTNET, now: NOW })
    let recalculations = 0
    for (let height = 1; height <= 6784; height++) {
      const { header, ...line } = byHeight.get(height)!
      assert.equal(verifier.add({ height, ...line }), undefined)
      if (height > 1 && (height - 1) % 128 === 0) {
        const required = requiredDifficulty(height - 1, (h) => byHeight.get(h)?.header, TESTNET.difficulty)
        assert.ok(required.known)
        recalculations++
      }
    }
    assert.equal(recalculations, 52)
    assert.deepEqual(verifier.summary(), { checked: 6784, valid: 6784, invalid: 0, unchecked: {}, failures: [] })
  })
})

interface BlockCase {
  readonly name: string
  readonly height: number
  readonly id: string
  readonly header: string
}

describe('headers of blocks changed in one point', () => {
  const sets: ReadonlyArray<readonly [string, string, number]> = [
    ['v4', 'v4', 3115],
    ['vote', 'vote', 1142],
    ['params', 'v4', 1042]
  ]
  for (const [chain, networkOf, count] of sets) {
    const files = [`devnet/${networkOf}/network.json`, `devnet/${chain}/chain.jsonl.gz`, `block/${chain}.jsonl.gz`] as const
    it(`pass the header rules on ${chain}, odd versions too: the reference had them`, { skip: missing(...files) }, () => {
      const network = parseNetworkFile(readFileSync(shared(files[0]), 'utf8'))
      const headers = readJsonLines<{ header: string }>(shared(files[1])).map((line) => scanHeader(fromHex(line.header)))
      const cases = readJsonLines<BlockCase>(shared(files[2]))
      assert.equal(cases.length, count)
      for (const { name, height, id, header: hex } of cases) {
        const header = parseHeader(fromHex(hex))
        assert.equal(header.idHex, id, name)
        const failure = validateHeader(header, {
          network,
          parent: height === 1 ? undefined : headers[height - 2],
          ancestorAt: (h) => headers[h - 1],
          now: NOW,
          fullBlockHeight: 0
        })
        assert.equal(failure, undefined, name)
      }
    })
  }
})
