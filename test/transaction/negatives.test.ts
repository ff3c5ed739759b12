import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { toHex } from '../../src/bytes/index.ts'
import {
  type Box,
  ParsedTransaction,
  partsOf,
  type Transaction,
  TransactionDecoder,
  type TransactionParts,
  type ValidationContext,
  validateTransaction
} from '../../src/transaction/index.ts'
import { committed, missing, shared } from '../support/vectors.ts'
import { readCases, readContexts } from './support.ts'

const V3 = { activated: 3, tree: 3 }

interface Accepted {
  readonly name: string
  readonly tx: Transaction
  readonly parts: TransactionParts
  readonly inputs: readonly Box[]
  readonly dataInputs: readonly Box[]
  readonly context: ValidationContext
}

/** Real transactions of block version 4 that the reference accepted. */
function accepted(casesPath: string, contextsPath: string): Accepted[] {
  const decoder = new TransactionDecoder()
  const contexts = readContexts(contextsPath)
  return readCases(casesPath)
    .filter(({ mutation, context }) => mutation === 'none' && contexts.get(context)!.block.version === 4)
    .map((recorded) => {
      const tx = decoder.decodeTransaction(recorded.tx, V3)
      return {
        name: recorded.name,
        tx,
        parts: partsOf(tx),
        inputs: recorded.inputBoxes.map((bytes) => decoder.decodeBox(bytes)),
        dataInputs: recorded.dataBoxes.map((bytes) => decoder.decodeBox(bytes)),
        context: contexts.get(recorded.context)!
      }
    })
}

/** First broken rule of a changed transaction; undefined when it is still valid. */
function ruleOf({ inputs, dataInputs, context }: Accepted, parts: TransactionParts, boxes = inputs): number | null | undefined {
  const tx = new ParsedTransaction(parts, V3)
  const verdict = validateTransaction({ tx, inputs: boxes, dataInputs }, context)
  return verdict.valid ? undefined : verdict.rule
}

/** The list with one item changed. */
function changed<T>(list: readonly T[], index: number, change: (item: T) => T): T[] {
  return list.map((item, i) => (i === index ? change(item) : item))
}

function isKey(box: Box): boolean {
  return toHex(box.tree.bytes.subarray(0, 3)) === '0008cd'
}

/** Changes each transaction in every way, and says how many changes each rule caught. */
function battery(all: readonly Accepted[]): Map<string, number> {
  const caught = new Map<string, number>()
  const note = (what: string): void => {
    caught.set(what, (caught.get(what) ?? 0) + 1)
  }
  for (const [n, item] of all.entries()) {
    const { parts, inputs, name } = item
    assert.equal(ruleOf(item, parts), undefined, name)

    parts.inputs.forEach(({ proof }, i) => {
      if (proof.length === 0) return
      const bit = (n * 31 + i) % (8 * Math.min(proof.length, 56))
      const turned = proof.slice()
      turned[bit >>> 3]! ^= 1 << (bit & 7)
      const rule = ruleOf(item, { ...parts, inputs: changed(parts.inputs, i, (input) => ({ ...input, proof: turned })) })
      // A script that is simply true looks at no proof.
      if (isKey(inputs[i]!)) assert.equal(rule, 119, `${name}: proof of input ${i}`)
      else assert.ok(rule === 119 || rule === undefined, `${name}: proof of input ${i}, rule ${rule}`)
      if (rule === 119) note('proof')
    })

    const output = n % parts.outputs.length
    const richer = changed(parts.outputs, output, (box) => ({ ...box, value: box.value + 1n }))
    assert.equal(ruleOf(item, { ...parts, outputs: richer }), 116, `${name}: value`)
    note('value')

    const holder = parts.outputs.findIndex(({ tokens }) => tokens.length > 0)
    if (holder >= 0) {
      const more = changed(parts.outputs, holder, (box) => ({
        ...box,
        tokens: changed(box.tokens, 0, (token) => ({ ...token, amount: token.amount + 1n }))
      }))
      const minted = toHex(parts.outputs[holder]!.tokens[0]!.id) === toHex(parts.inputs[0]!.boxId)
      const rule = ruleOf(item, { ...parts, outputs: more })
      // A new token may be of any amount, if the scripts agree; of others some may have been burnt.
      if (minted) assert.ok(rule === undefined || rule === 119, `${name}: minted`)
      else assert.ok(rule === 117 || rule === 119 || rule === undefined, `${name}: token, rule ${rule}`)
      if (rule === 117) note('token')
    }

    const first = parts.inputs[0]!
    assert.equal(ruleOf(item, { ...parts, inputs: [...parts.inputs, first] }, [...inputs, inputs[0]!]), 107, `${name}: twice`)
    note('twice')

    parts.inputs.forEach(({ variables, proof }, i) => {
      if (variables.size === 0) return
      const none = changed(parts.inputs, i, (input) => ({ ...input, variables: new Map() }))
      const rule = ruleOf(item, { ...parts, inputs: none })
      // The extension is signed, so a key does not pass without it; rent is not charged without it, and a script may read it.
      if (isKey(inputs[i]!) || proof.length > 0) assert.equal(rule, 119, `${name}: extension of input ${i}`)
      else assert.ok(rule === 119 || rule === undefined, `${name}: extension of input ${i}, rule ${rule}`)
      if (rule === 119) note('extension')
    })
  }
  return caught
}

describe('accepted transactions, changed', () => {
  it('break the right rule', () => {
    const all = accepted(committed('transaction/cases.jsonl.gz'), committed('transaction/contexts.jsonl.gz'))
    assert.ok(all.length > 1)
    const caught = battery(all)
    assert.equal(caught.get('value'), all.length)
  })

  for (const chain of ['devnet', 'mainnet']) {
    const files = [`transaction/${chain}.jsonl.gz`, `transaction/${chain}-contexts.jsonl.gz`] as const
    it(`break the right rule: all of ${chain}`, { skip: missing(...files) }, () => {
      const all = accepted(shared(files[0]), shared(files[1]))
      assert.ok(all.length > 400)
      const caught = battery(all)
      for (const what of ['proof', 'value', 'token', 'twice'])
        assert.ok((caught.get(what) ?? 0) > 5, `${what}: ${caught.get(what)}`)
    })
  }
})
