import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { type JsonValue, parseJson } from '../../src/bytes/index.ts'
import {
  JsonFieldError,
  judgeRecorded,
  parseRecordedContext,
  parseRecordedTransaction,
  TransactionDecoder,
  type ValidationContext
} from '../../src/transaction/index.ts'
import { committed, missing, shared } from '../support/vectors.ts'
import { type Case, readCases, readContexts } from './support.ts'

/** Verdict, cost, stage, first broken rule and id are those of the reference. */
function check(cases: readonly Case[], contexts: ReadonlyMap<string, ValidationContext>): void {
  const decoder = new TransactionDecoder()
  for (const recorded of cases) {
    const answer = judgeRecorded(recorded, contexts.get(recorded.context)!, decoder)
    const { valid, cost, stage, rule, id } = recorded.result
    const what = `${recorded.name}, ${recorded.mutation}: ${JSON.stringify(answer)}`
    assert.equal(answer.valid, valid, what)
    if (answer.valid) {
      assert.equal(String(answer.cost), cost, what)
      assert.equal(answer.id, id, what)
    } else {
      assert.equal(answer.stage, stage, what)
      assert.equal(answer.rule ?? undefined, rule, what)
      if (id !== undefined) assert.equal(answer.id, id, what)
    }
  }
}

describe('transactions judged by the reference', () => {
  const cases = readCases(committed('transaction/cases.jsonl.gz'))
  const contexts = readContexts(committed('transaction/contexts.jsonl.gz'))

  it('has every mutation with every result among the committed cases', () => {
    assert.equal(cases.length, 204)
    const rules = new Set(cases.map(({ result }) => result.rule))
    for (const rule of [100, 101, 105, 106, 107, 108, 109, 111, 112, 113, 114, 116, 117, 119, 120, 124, 307]) {
      assert.ok(rules.has(rule), `rule ${rule}`)
    }
    check(cases, contexts)
  })

  for (const [chain, count] of [
    ['devnet', 4119],
    ['mainnet', 3997]
  ] as const) {
    const files = [`transaction/${chain}.jsonl.gz`, `transaction/${chain}-contexts.jsonl.gz`] as const
    it(`answers as the reference on all ${count} cases of ${chain}`, { skip: missing(...files) }, () => {
      const all = readCases(shared(files[0]))
      assert.equal(all.length, count)
      check(all, readContexts(shared(files[1])))
    })
  }

  it('judges each case the same when it has seen no other', () => {
    for (const recorded of cases.filter((_, i) => i % 10 === 0)) check([recorded], contexts)
  })

  it('names the field of a line that it cannot read', () => {
    const line = parseJson(cases[0]!.line) as ReadonlyMap<string, JsonValue>
    const broken: [field: string, value: JsonValue | undefined, named: string][] = [
      ['tx', 'zz', 'tx'],
      ['tx', undefined, 'tx'],
      ['inputBoxes', 'a', 'inputBoxes'],
      ['inputBoxes', ['00', 'x'], 'inputBoxes[1]'],
      ['accumulatedCost', '-1', 'accumulatedCost'],
      ['height', 1.5, 'height']
    ]
    for (const [field, value, named] of broken) {
      const changed = new Map(line)
      if (value === undefined) changed.delete(field)
      else changed.set(field, value)
      assert.throws(
        () => parseRecordedTransaction(changed),
        (error: unknown) => error instanceof JsonFieldError && error.field === named
      )
    }
    assert.throws(() => parseRecordedTransaction([]), { field: '(whole)' })
    assert.throws(() => parseRecordedContext(parseJson('{"ctx":"a","headers":["00"]}')), { field: 'headers[0]' })
  })

  it('names the box that it cannot read', () => {
    const recorded = cases.find(({ inputBoxes }) => inputBoxes.length > 0)!
    const changed = { ...recorded, inputBoxes: [Uint8Array.of(1)] }
    assert.throws(() => judgeRecorded(changed, contexts.get(recorded.context)!, new TransactionDecoder()), {
      field: 'inputBoxes[0]'
    })
  })
})
