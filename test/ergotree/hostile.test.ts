import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { fromHex, Reader, toHex, Writer } from '../../src/bytes/index.ts'
import {
  type ContextVariables,
  type EvaluatedNode,
  parseErgoTree,
  readValue,
  ScriptReader,
  type ScriptVerdict,
  scriptContext,
  TransactionValues,
  verifyInput
} from '../../src/ergotree/index.ts'
import { plainBox, V3 } from './evaluate.ts'
import { runMutations } from './hostile.ts'

/** Far above what any of these takes, far below what they take where time is exponential. */
const MAX_MS = 5000

const vlq = (n: number): string => toHex(new Writer().uint(n).toBytes())
const use = (id: number): string => `72${vlq(id)}`

/** A tree of version 3 with a size. */
function treeOf(body: string): Uint8Array {
  const bytes = fromHex(body)
  return new Writer().u8(0x0b).uint(bytes.length).bytes(bytes).toBytes()
}

/** `{ val 1 = first; val 2 = next(1); …; result }` with `n` definitions. */
function chain(n: number, first: string, next: (previous: string) => string, result: (last: string) => string): string {
  let items = `d601${first}`
  for (let id = 2; id <= n; id++) items += `d6${vlq(id)}${next(use(id - 1))}`
  return `d8${vlq(n)}${items}${result(use(n))}`
}

function run(body: string, setting: { limit?: number; variables?: ContextVariables } = {}): ScriptVerdict {
  const start = performance.now()
  const tree = parseErgoTree(treeOf(body), V3)
  const transaction = new TransactionValues(scriptContext({ inputs: [plainBox()], height: 100 }))
  const input = { transaction, selfIndex: 0, variables: setting.variables ?? new Map(), initialCost: 0 }
  const empty = new Uint8Array(0)
  const verdict = verifyInput({ tree, input: { ...input, costLimit: setting.limit ?? 1_000_000 }, message: empty, proof: empty })
  const ms = performance.now() - start
  assert.ok(ms < MAX_MS, `${ms} ms`)
  assert.notEqual(verdict.error?.kind, 'internal', verdict.error?.message)
  return verdict
}

describe('hostile trees', () => {
  it('20000 mutations of recorded trees: a verdict or a clear error, soon', () => {
    const { runs, parsed, accepted, faults, slowestMs, slowest } = runMutations(1, 20_000)
    assert.deepEqual(faults, [])
    assert.ok(slowestMs < MAX_MS, `${slowestMs} ms for ${slowest}`)
    assert.ok(parsed > runs / 2 && accepted > 1000, `${parsed} parsed, ${accepted} accepted`)
  })

  const DOUBLINGS = 60
  const tuples = (result: (last: string) => string): string => chain(DOUBLINGS, '0402', (p) => `8602${p}${p}`, result)
  const zips = (result: (last: string) => string): string => chain(DOUBLINGS, '0e0101', (p) => `dc0c1d${p}01${p}`, result)
  const conjunctions = (result: (last: string) => string): string =>
    chain(DOUBLINGS, `08cd0279be667ef9dcbbac55a06295ce870b07029bfcdb2dce28d959f2815b16f81798`, (p) => `ea02${p}${p}`, result)

  it('values that double with every definition cost nothing until they are looked at', () => {
    const isTrue = (): string => '08d3'
    for (const body of [tuples(isTrue), zips(isTrue), conjunctions(isTrue)]) assert.deepEqual(run(body).error, undefined)
  })

  it('values that double fail when they are looked at', () => {
    const looks: readonly string[] = [
      tuples((v) => `d193${v}${v}`),
      tuples((v) => `d193b1dc6a03dd01${v}0402`),
      zips((v) => `d193${v}${v}`),
      conjunctions((v) => `d193${v}${v}`),
      conjunctions((v) => `d193b1d0${v}0402`),
      conjunctions((v) => v)
    ]
    for (const body of looks) assert.notEqual(run(body).error, undefined)
  })

  it('operations on pairs of pairs take each part once', () => {
    const operations: readonly string[] = [
      zips((v) => `d193b1b3${v}${v}0404`),
      zips((v) => `d193b1b4${v}040004020402`),
      zips((v) => `d193b1dc0c13${v}030400${v}04000404`),
      zips((v) => `d193b1db0c1e${v}0402`),
      zips((v) => `d1dc0c1f${v}01${v}`),
      zips((v) => `d193b1dc0c14${v}020400b2${v}0400000402`)
    ]
    for (const body of operations) assert.equal(run(body).ok, true, body)
    // map(bytes, x => pair of pairs of …): made of items that share parts
    assert.equal(run(tuples((v) => `d193b1ad0e020102d901c80102${v}0404`)).ok, true)
  })

  it('loops end with their cost', () => {
    const big = (hex: string): EvaluatedNode => readValue(new ScriptReader(new Reader(fromHex(hex)), V3)) as EvaluatedNode
    const length = toHex(new Writer().ushort(60_000).toBytes())
    const variables = new Map([
      [1, big(`0e${length}${'01'.repeat(60_000)}`)],
      [2, big(`10${length}${'02'.repeat(60_000)}`)]
    ])
    const point = '070279be667ef9dcbbac55a06295ce870b07029bfcdb2dce28d959f2815b16f81798'
    const bodies: readonly string[] = [
      'b37202100102', // append
      'b472020402' + '0480a907', // slice
      '937202b472020400' + '04c0a907', // equality
      'db0c1e7202', // reverse
      'dc0c1372010304000e01010400', // patch
      'cb7201', // hash
      'c3a7', // bytes of a box
      `9f${point}0620${'7f'.repeat(32)}`, // exponentiation
      `dc6a08dd0504400e20${'01'.repeat(32)}0e0801020304050607080e040000000104808010`, // hit of a proof of work
      'dc0c1f7202017202' // startsWith
    ]
    for (const body of bodies) {
      // forall(v1, x => forall(v1, y => { val z = body; true }))
      const loop = `d802d601e4e3010ed602e4e30210d1af7201d9010a02af7201d9010b02d801d60c${body}0101`
      assert.equal(run(loop, { limit: 100_000, variables }).error?.kind, 'cost', body)
    }
  })
})
