import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { DecodeError, fromHex, Reader, toHex, Writer } from '../../src/bytes/index.ts'
import {
  CastError,
  parseBox,
  parseErgoTree,
  readCandidate,
  readData,
  SBigInt,
  ScriptReader,
  type Versions,
  writeBox,
  writeCandidate,
  writeData,
  writeErgoTree
} from '../../src/ergotree/index.ts'
import { committed, missing, readJson, readJsonLines, shared } from '../support/vectors.ts'
import { compareParseCase, type ParseCase } from './parse-cases.ts'

const V3: Versions = { activated: 3, tree: 3 }

/** Part of a recorded verification that matters to parsing. */
interface VerifyCase {
  readonly name: string
  readonly tree: string
  readonly activatedVersion: number
  readonly treeVersion: number
  readonly result: { readonly error?: { readonly stage?: string; readonly class: string } }
}

const PARSE_FILES = ['parse-type', 'parse-constant', 'parse-value', 'parse-tree', 'fuzz-parse-1']

const VERIFY_FILES = ['avltree', 'basicops', 'examples', 'features5', 'features6', 'hand', 'interpreter', 'langspec5']
  .concat(['langspec6', 'misc', 'sigma', 'softfork'])
  .map((name) => `verify-${name}`)
  .concat(['fuzz-1'])

function path(name: string): string {
  return `script/${name}.jsonl.gz`
}

function checkParseCases(cases: readonly ParseCase[]): void {
  const differences = cases.flatMap((c) => compareParseCase(c).map((d) => `${c.what} ${c.bytes} (${c.name}): ${d}`))
  assert.deepEqual(differences, [])
}

/** The tree must be refused exactly when the reference could not make a tree of the bytes. */
function checkVerifyCases(cases: readonly VerifyCase[]): void {
  const differences: string[] = []
  for (const c of cases) {
    const refused = c.result.error?.stage === 'parse'
    let failure: unknown
    try {
      parseErgoTree(fromHex(c.tree), { activated: Math.max(c.activatedVersion, c.treeVersion), tree: c.treeVersion })
    } catch (error) {
      failure = error
    }
    const isCast = refused && c.result.error?.class === 'java.lang.ClassCastException'
    if ((failure !== undefined) !== refused || isCast !== failure instanceof CastError)
      differences.push(`${c.tree} (${c.name}): ${failure ?? 'was read'}`)
  }
  assert.deepEqual(differences, [])
}

describe('bytes given to the deserialisers of the reference', () => {
  it('the committed sample comes out as recorded', () => {
    const cases = readJsonLines<ParseCase>(committed('script/parse-sample.jsonl.gz'))
    assert.equal(cases.length, 1850)
    checkParseCases(cases)
  })

  for (const name of PARSE_FILES) {
    it(`all of ${name}`, { skip: missing(path(name)) }, () => {
      checkParseCases(readJsonLines<ParseCase>(shared(path(name))))
    })
  }
})

describe('trees of recorded verifications', () => {
  it('of the committed sample are refused or read as recorded', () => {
    checkVerifyCases(readJsonLines<VerifyCase>(committed('script/verify-parse-sample.jsonl.gz')))
  })

  for (const name of VERIFY_FILES) {
    it(`of ${name}`, { skip: missing(path(name)) }, () => {
      checkVerifyCases(readJsonLines<VerifyCase>(shared(path(name))))
    })
  }
})

/** Boxes of recorded verifications, and the versions that their bytes are read by. */
interface BoxCase {
  readonly name: string
  readonly boxes: readonly string[]
  readonly dataBoxes: readonly string[]
  readonly activatedVersion: number
  readonly offWire?: unknown
  readonly tx?: { readonly inputs: readonly { readonly boxId: string }[]; readonly outputs: readonly string[] }
}

describe('boxes of recorded verifications', () => {
  for (const name of ['verify-basicops', 'verify-examples', 'verify-misc', 'verify-avltree', 'fuzz-1']) {
    it(`of ${name} have their ids and come back from their parts`, { skip: missing(path(name)) }, () => {
      let boxes = 0
      for (const c of readJsonLines<BoxCase>(shared(path(name)))) {
        if (c.offWire !== undefined) continue
        const versions: Versions = { activated: c.activatedVersion, tree: c.activatedVersion }
        for (const hex of [...c.boxes, ...c.dataBoxes]) {
          const w = new Writer()
          writeBox(w, parseBox(fromHex(hex), versions), versions)
          assert.equal(toHex(w.toBytes()), hex, c.name)
          boxes++
        }
        for (const [i, input] of (c.tx?.inputs ?? []).entries()) {
          assert.equal(toHex(parseBox(fromHex(c.boxes[i]!), versions).id), input.boxId, c.name)
        }
        for (const hex of c.tx?.outputs ?? []) {
          const s = new ScriptReader(new Reader(fromHex(hex)), versions)
          const w = new Writer()
          writeCandidate(w, readCandidate(s), versions)
          assert.equal(toHex(w.toBytes()), hex, c.name)
        }
      }
      assert.ok(boxes >= 50)
    })
  }
})

describe('awkward trees of real chains', () => {
  const file = 'script/trees.json'
  it('are read and come back', { skip: missing(file) }, () => {
    const trees = readJson<Record<string, string>>(shared(file))
    assert.ok(Object.keys(trees).length >= 8)
    for (const [name, hex] of Object.entries(trees)) {
      const tree = parseErgoTree(fromHex(hex), V3)
      assert.equal(tree.kind, 'parsed', name)
      assert.equal(toHex(tree.bytes), hex, name)
      assert.equal(toHex(writeErgoTree(tree, V3)), hex, name)
    }
  })

  const bounds = 'script/sbigint-bounds.json'
  it('big integers of the reference have their bytes', { skip: missing(bounds) }, () => {
    const { vectors } = readJson<{ vectors: { signed_bytes_hex: string; wire_hex: string; should_round_trip: boolean }[] }>(
      shared(bounds)
    )
    for (const v of vectors) {
      const attempt = (): string => {
        const value = readData(new ScriptReader(new Reader(fromHex(v.wire_hex)), V3), SBigInt)
        const w = new Writer()
        writeData(w, value, SBigInt, V3)
        return toHex(w.toBytes())
      }
      if (v.should_round_trip) assert.equal(attempt(), v.wire_hex)
      else assert.throws(attempt, DecodeError, v.wire_hex)
    }
  })
})
