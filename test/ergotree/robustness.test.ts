import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { DecodeError, fromHex, Reader, toHex, Writer } from '../../src/bytes/index.ts'
import {
  DEFAULT_VERSIONS,
  parseBox,
  parseErgoTree,
  readCandidate,
  readValue,
  ScriptReader,
  ValidationRuleError,
  type Versions,
  writeErgoTree
} from '../../src/ergotree/index.ts'
import { committed, readJsonLines } from '../support/vectors.ts'
import type { ParseCase } from './parse-cases.ts'

const V0: Versions = { activated: 2, tree: 0 }
const V3: Versions = { activated: 3, tree: 3 }

/** Trees of the committed sample that the reference could read. */
const trees = readJsonLines<ParseCase>(committed('script/parse-sample.jsonl.gz'))
  .filter((c) => c.what === 'tree' && c.result.ok)
  .map((c) => ({ bytes: fromHex(c.bytes), versions: { activated: c.activatedVersion, tree: 0 } }))

/** Runs a decoder; anything but a value or one of its two errors fails the test. */
function attempt<T>(read: () => T): T | undefined {
  try {
    return read()
  } catch (error) {
    if (error instanceof DecodeError || error instanceof ValidationRuleError) return undefined
    throw error
  }
}

function vlq(n: number): string {
  return toHex(new Writer().uint(n).toBytes())
}

describe('hostile bytes', () => {
  it('trees cut at every byte', () => {
    assert.ok(trees.length > 100)
    for (const { bytes, versions } of trees.filter((t) => t.bytes.length < 400)) {
      for (let end = 0; end < bytes.length; end++) attempt(() => parseErgoTree(bytes.subarray(0, end), versions))
    }
  })

  it('trees with changed bytes: what is written of them anew is final', () => {
    fc.assert(
      fc.property(
        fc.nat(trees.length - 1),
        fc.array(fc.tuple(fc.nat(), fc.nat(255)), { minLength: 1, maxLength: 4 }),
        fc.constantFrom(0, 1, 2, 3),
        (i, changes, activated) => {
          const bytes = trees[i]!.bytes.slice()
          for (const [at, byte] of changes) bytes[at % bytes.length] = byte
          const versions: Versions = { activated, tree: activated }
          const tree = attempt(() => parseErgoTree(bytes, versions))
          if (tree === undefined) return
          let written: Uint8Array
          try {
            written = writeErgoTree(tree, versions)
          } catch (error) {
            assert.equal((error as { code?: string }).code, 'ENCODE_RANGE')
            return
          }
          // Not every tree reads again: an upcast that was dropped may be missing, an unparsed one may be cut short.
          const again = attempt(() => parseErgoTree(written, versions))
          if (tree.kind === 'parsed' && again?.kind === 'parsed') assert.deepEqual(writeErgoTree(again, versions), written)
        }
      ),
      { numRuns: 3000 }
    )
  })

  it('random bytes behind every operation code', () => {
    fc.assert(
      fc.property(fc.nat(255), fc.uint8Array({ maxLength: 40 }), fc.constantFrom(V0, V3), (op, rest, versions) => {
        attempt(() => readValue(new ScriptReader(new Reader(Uint8Array.of(op, ...rest)), versions)))
      }),
      { numRuns: 5000 }
    )
  })

  it('boxes with changed bytes', () => {
    fc.assert(
      fc.property(fc.nat(trees.length - 1), fc.nat(), fc.nat(255), (i, at, byte) => {
        const tree = trees[i]!
        const w = new Writer().ulong(1000000n).bytes(tree.bytes).u8(1).u8(1).bytes(new Uint8Array(32)).u8(7)
        const bytes = w
          .bytes(fromHex('02 58 04 02 0e 02 0102'.replaceAll(' ', '')))
          .bytes(new Uint8Array(33))
          .toBytes()
        bytes[at % bytes.length] = byte
        attempt(() => parseBox(bytes, tree.versions))
        attempt(() => parseBox(bytes.subarray(0, at % bytes.length), tree.versions))
      }),
      { numRuns: 1000 }
    )
  })

  it('counts that promise more than there is allocate nothing', () => {
    const started = process.memoryUsage().heapUsed
    for (const hex of ['0cffff03', '83ffff0304', '85ffff03', 'eaa08d06', 'dc6308a7a08d06', 'd9a08d06', '0effff03', '1affff03']) {
      attempt(() => readValue(new ScriptReader(new Reader(fromHex(hex)), V0)))
    }
    for (let i = 0; i < 200; i++) readValue(new ScriptReader(new Reader(fromHex('0c62ffff03')), V0))
    assert.ok(process.memoryUsage().heapUsed - started < 20_000_000)
  })
})

describe('types that double with every definition', () => {
  /** { val 1 = x; val 2 = (1, 1); val 3 = (2, 2); ... } from `first` on, `n` doublings; the last id is `first + n`. */
  function doublings(first: number, n: number): string {
    let out = `d6${vlq(first)}0402`
    for (let i = first; i < first + n; i++) out += `d6${vlq(i + 1)}860272${vlq(i)}72${vlq(i)}`
    return out
  }

  it('are compared in no time', () => {
    const n = 200
    const equality = `93 72${vlq(1 + n)} 72${vlq(1001 + n)}`.replaceAll(' ', '')
    const block = `d8${vlq(2 * n + 2)}${doublings(1, n)}${doublings(1001, n)}${equality}`
    readValue(new ScriptReader(new Reader(fromHex(block)), V0))
    const unequal = `d8${vlq(2 * n + 1)}${doublings(1, n)}${doublings(1001, n - 1)}${equality.slice(0, -4)}72${vlq(1000 + n)}`
    assert.throws(() => readValue(new ScriptReader(new Reader(fromHex(unequal)), V0)), DecodeError)
  })

  it('are looked through for rule 1019 in no time, and named in errors', () => {
    const n = 150
    const definitions = candidate(`00 d8${vlq(n + 1)}${doublings(1, n)}08d3`)
    const uses = candidate('0008d3', `01 8602 72${vlq(n + 1)} 72${vlq(n)}`)
    const s = new ScriptReader(new Reader(fromHex(definitions + uses)), DEFAULT_VERSIONS)
    readCandidate(s)
    assert.equal(readCandidate(s).registers.length, 1)
    const wrongRoot = `00d8${vlq(n + 1)}${doublings(1, n)}72${vlq(n + 1)}`
    assert.throws(() => parseErgoTree(fromHex(wrongRoot), V0), /rule 1001/)
  })

  function candidate(tree: string, registers = '00'): string {
    return `01 ${tree} 01 00 ${registers}`.replaceAll(' ', '')
  }
})
