import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { DecodeError, EncodeError, fromHex, Reader, toHex } from '../../src/bytes/index.ts'
import { DEFAULT_VERSIONS, readBox, ScriptReader, ValidationRuleError, type Versions } from '../../src/ergotree/index.ts'
import { readTransactionParts } from '../../src/transaction/codec.ts'
import { type Box, ParsedBox, ParsedTransaction, type Transaction, TransactionDecoder } from '../../src/transaction/index.ts'
import { ScannedTransaction } from '../../src/transaction/transaction.ts'
import { committed, missing, readJsonLines, shared } from '../support/vectors.ts'
import { readCases } from './support.ts'

const V3: Versions = { activated: 3, tree: 3 }
const cases = readCases(committed('transaction/cases.jsonl.gz'))

/** Distinct transactions that the reference could read. */
const readable = [...new Set(cases.filter(({ result }) => result.stage !== 'parse').map(({ tx }) => toHex(tx)))].map(fromHex)
const boxes = [...new Set(cases.flatMap(({ inputBoxes, dataBoxes }) => [...inputBoxes, ...dataBoxes]).map(toHex))].map(fromHex)

/** Result of reading, or the kind of error, which must be a {@link DecodeError}. */
function outcome<T>(read: () => T): T | 'refused' {
  try {
    return read()
  } catch (error) {
    if (error instanceof DecodeError) return 'refused'
    throw error
  }
}

/** Reads by the exact codec alone. */
function exactly<T>(read: () => T): T | 'refused' {
  try {
    return read()
  } catch (error) {
    if (error instanceof DecodeError || error instanceof EncodeError || error instanceof ValidationRuleError) return 'refused'
    throw error
  }
}

function exactTransaction(bytes: Uint8Array, versions: Versions): Transaction {
  return new ParsedTransaction(readTransactionParts(new ScriptReader(new Reader(bytes), versions)), versions)
}

function describeBox(box: Box): unknown {
  return {
    value: box.value,
    height: box.creationHeight,
    tree: toHex(box.tree.bytes),
    kind: box.tree.kind,
    canonicalTree: toHex(box.canonicalTree),
    tokens: box.tokens.map(({ id, amount }) => [toHex(id), amount]),
    registers: box.registerBytes.map(toHex),
    place: [toHex(box.transactionId), box.index],
    bytes: toHex(box.bytes),
    id: toHex(box.id),
    script: toHex(box.ergoBox.bytesWithoutRef(DEFAULT_VERSIONS))
  }
}

/** Everything that rules and scripts may ask. */
function describeTransaction(tx: Transaction | 'refused'): unknown {
  if (tx === 'refused') return tx
  return {
    id: tx.idHex,
    witnessId: toHex(tx.witnessId),
    bytes: toHex(tx.bytes),
    toSign: toHex(tx.bytesToSign),
    size: tx.size,
    inputs: tx.inputs.map(({ boxId, proof, variables }) => [toHex(boxId), toHex(proof), [...variables]]),
    dataInputs: tx.dataInputs.map(toHex),
    outputs: tx.outputs.map(describeBox)
  }
}

/** One change of bytes that may or may not leave them readable. */
const mutation = fc.tuple(fc.nat(), fc.constantFrom('flip', 'set', 'insert', 'remove', 'cut'), fc.nat(255))

function mutate(bytes: Uint8Array, [at, kind, value]: [number, string, number]): Uint8Array {
  const i = at % bytes.length
  const list = [...bytes]
  if (kind === 'flip') list[i]! ^= 1 << (value & 7)
  else if (kind === 'set') list[i] = value
  else if (kind === 'insert') list.splice(i, 0, value)
  else if (kind === 'remove') list.splice(i, 1)
  else list.length = i
  return Uint8Array.from(list)
}

describe('transaction codec', () => {
  it('reads by the quick pass exactly what the exact codec reads', () => {
    const decoder = new TransactionDecoder()
    let quick = 0
    for (const bytes of readable) {
      const tx = decoder.decodeTransaction(bytes, V3)
      if (tx instanceof ScannedTransaction) quick++
      assert.deepEqual(describeTransaction(tx), describeTransaction(exactTransaction(bytes, V3)))
    }
    assert.ok(quick > readable.length * 0.8, `${quick} of ${readable.length}`)
  })

  it('agrees with the exact codec on changed bytes, whatever trees it has seen before', () => {
    const decoder = new TransactionDecoder()
    for (const bytes of readable) decoder.decodeTransaction(bytes, V3)
    fc.assert(
      fc.property(fc.constantFrom(...readable), fc.array(mutation, { minLength: 1, maxLength: 2 }), (bytes, changes) => {
        const changed = changes.reduce((b, change) => (b.length === 0 ? b : mutate(b, change)), bytes)
        const got = outcome(() => decoder.decodeTransaction(changed, V3))
        const expected = exactly(() => exactTransaction(changed, V3))
        assert.deepEqual(describeTransaction(got), describeTransaction(expected))
      }),
      { numRuns: 1500 }
    )
  })

  it('agrees with the exact codec on bytes that begin as a transaction does', () => {
    const decoder = new TransactionDecoder()
    fc.assert(
      fc.property(fc.constantFrom('01', '00', '0000', '02'), fc.uint8Array({ maxLength: 60 }), (head, rest) => {
        const bytes = Uint8Array.from([...fromHex(head), ...rest])
        const got = outcome(() => decoder.decodeTransaction(bytes, DEFAULT_VERSIONS))
        assert.deepEqual(describeTransaction(got), describeTransaction(exactly(() => exactTransaction(bytes, DEFAULT_VERSIONS))))
      })
    )
  })

  it('refuses every beginning of a transaction', () => {
    const decoder = new TransactionDecoder()
    for (const bytes of readable.filter((b) => b.length < 800).slice(0, 12)) {
      const { size } = decoder.decodeTransaction(bytes, V3)
      for (let n = 0; n < Math.min(size, bytes.length); n++) {
        assert.equal(
          outcome(() => decoder.decodeTransaction(bytes.subarray(0, n), V3)),
          'refused',
          String(n)
        )
      }
    }
  })

  it('stands behind what it read', () => {
    const decoder = new TransactionDecoder()
    const all = Uint8Array.from(readable.slice(0, 20).flatMap((b) => [...decoder.decodeTransaction(b, V3).bytes]))
    const reader = new Reader(all)
    for (const bytes of readable.slice(0, 20)) {
      assert.equal(decoder.readTransaction(reader, V3).idHex, decoder.decodeTransaction(bytes, V3).idHex)
    }
    assert.equal(reader.remaining, 0)
  })

  it('does not allocate by a count', () => {
    const decoder = new TransactionDecoder()
    for (const hex of ['ffff03', '00ffff03', '0000ffffffff07', '000000ffff03', `01${'00'.repeat(32)}ffff03`]) {
      assert.equal(
        outcome(() => decoder.decodeTransaction(fromHex(hex), V3)),
        'refused',
        hex
      )
    }
  })
})

describe('ids come from what the reference writes', () => {
  const decoder = new TransactionDecoder()
  const id = '11'.repeat(32)
  const tree = '0008d3'
  /** One input, no token, one output with the given registers. */
  const transaction = (extension: string, registers: string, middle = '000001'): Uint8Array =>
    fromHex(`01${id}00${extension}${middle}c0843d${tree}0a00${registers}`)
  const plain = transaction('00', '00')

  const same: [what: string, hex: Uint8Array][] = [
    ['over-long counts', fromHex(`8100${id}8000008000008100c0843d${tree}0a0000`)],
    ['over-long amounts', fromHex(`01${id}0000000001c0843d${tree}8a000000`.replace('c0843d', 'c084bd00'))],
    ['a token table that nothing uses', fromHex(`01${id}00000001${'22'.repeat(32)}01c0843d${tree}0a0000`)]
  ]
  for (const [what, bytes] of same) {
    it(`forgets ${what}`, () => {
      const tx = decoder.decodeTransaction(bytes, DEFAULT_VERSIONS)
      assert.equal(toHex(tx.bytes), toHex(plain))
      assert.equal(tx.idHex, decoder.decodeTransaction(plain, DEFAULT_VERSIONS).idHex)
    })
  }

  it('keeps the last of repeated variables at the place of the first', () => {
    const repeated = decoder.decodeTransaction(transaction('03010402020404010406', '00'), DEFAULT_VERSIONS)
    assert.equal(toHex(repeated.bytes), toHex(transaction('02010406020404', '00')))
  })

  it('writes five and more variables in the order of the reference', () => {
    const variables = (ids: readonly number[]): string => `0${ids.length}${ids.map((i) => `0${i}0402`).join('')}`
    const tx = decoder.decodeTransaction(transaction(variables([1, 2, 3, 4, 5]), '00'), DEFAULT_VERSIONS)
    assert.equal(toHex(tx.bytes), toHex(transaction(variables([5, 1, 2, 3, 4]), '00')))
  })

  it('writes token tables by first use', () => {
    const [a, b] = ['aa'.repeat(32), 'bb'.repeat(32)]
    const tokens = '0201050007'
    const tx = decoder.decodeTransaction(fromHex(`01${id}000000${`02${a}${b}`}01c0843d${tree}0a${tokens}00`), DEFAULT_VERSIONS)
    assert.equal(toHex(tx.bytes), toHex(fromHex(`01${id}000000${`02${b}${a}`}01c0843d${tree}0a020005010700`)))
    assert.deepEqual(
      tx.outputs[0]!.tokens.map((t) => [toHex(t.id), t.amount]),
      [
        [b, 5n],
        [a, 7n]
      ]
    )
    const twice = decoder.decodeTransaction(
      fromHex(`01${id}000000${`02${a}${a}`}01c0843d${tree}0a020005010700`),
      DEFAULT_VERSIONS
    )
    assert.equal(toHex(twice.bytes), toHex(fromHex(`01${id}000000${`01${a}`}01c0843d${tree}0a020005000700`)))
  })

  it('hashes a register as written to the transaction id, but stores what is written outside its context', () => {
    // R4 = (1, Upcast(1, Long)): kept under script version 3, written as the bare constant under the default ones.
    const tx = decoder.decodeTransaction(transaction('00', '01860204027e040205'), V3)
    assert.ok(toHex(tx.bytesToSign).endsWith('01860204027e040205'))
    assert.ok(toHex(tx.outputs[0]!.bytes).includes('01860204020402'))
    assert.equal(tx.outputs[0]!.bytes.length, 48)
  })

  it('tells the tree as received from the tree as stored', () => {
    // Declared size 3, real size 2.
    const tx = decoder.decodeTransaction(fromHex(`01${id}0000000001c0843d080308d30a0000`), V3)
    const output = tx.outputs[0]!
    assert.equal(toHex(output.tree.bytes), '080308d3')
    assert.equal(toHex(output.canonicalTree), '080208d3')
    assert.ok(toHex(output.bytes).startsWith('c0843d080208d3'))
  })

  it('refuses what cannot be written back', () => {
    // A register of type Coll[Int => Int] reads under script version 3; writing an AvlTree key length of 2^31 never works.
    const keyLength = `0164${'00'.repeat(33)}00ffffffff0f00`
    assert.equal(
      outcome(() => decoder.decodeTransaction(transaction('00', keyLength), V3)),
      'refused'
    )
  })

  it('lets the version context decide about trees of later versions', () => {
    const later = (versions: Versions): unknown =>
      outcome(() => decoder.decodeTransaction(fromHex(`01${id}0000000001c0843d0c0208d30a0000`), versions))
    assert.equal(later(V3), 'refused')
    assert.notEqual(later(DEFAULT_VERSIONS), 'refused')
  })

  it('sees definitions of an earlier output in a later one', () => {
    // Output 0 defines 1 as a proposition in a block; output 1 only uses it. The reverse order cannot be read.
    const block = '00d801d60108d37201'
    const use = '007201'
    const two = (first: string, second: string): Uint8Array =>
      fromHex(`01${id}0000000002c0843d${first}0a0000c0843d${second}0a0000`)
    assert.notEqual(
      outcome(() => decoder.decodeTransaction(two(block, use), DEFAULT_VERSIONS)),
      'refused'
    )
    assert.equal(
      outcome(() => decoder.decodeTransaction(two(use, block), DEFAULT_VERSIONS)),
      'refused'
    )
    // With both trees known, too.
    assert.equal(
      outcome(() => decoder.decodeTransaction(two(use, block), DEFAULT_VERSIONS)),
      'refused'
    )
  })
})

describe('box codec', () => {
  it('keeps the bytes of a box that was read on its own', () => {
    const decoder = new TransactionDecoder()
    for (const bytes of boxes) {
      const box = decoder.decodeBox(bytes)
      assert.equal(toHex(box.bytes), toHex(bytes))
      const exact = new ParsedBox(readBox(new ScriptReader(new Reader(bytes), DEFAULT_VERSIONS)))
      assert.deepEqual(describeBox(box), describeBox(exact))
    }
  })

  it('agrees with the exact codec on changed bytes', () => {
    const decoder = new TransactionDecoder()
    fc.assert(
      fc.property(fc.constantFrom(...boxes), mutation, (bytes, change) => {
        const changed = mutate(bytes, change)
        const got = outcome(() => describeBox(decoder.decodeBox(changed)))
        const expected = exactly(() =>
          describeBox(new ParsedBox(readBox(new ScriptReader(new Reader(changed), DEFAULT_VERSIONS))))
        )
        assert.deepEqual(got, expected)
      }),
      { numRuns: 1000 }
    )
  })
})

describe('transactions of mainnet', () => {
  const file = 'mainnet/transactions-1-1000.jsonl.gz'
  it('have the ids of blocks 1 to 1000', { skip: missing(file) }, () => {
    const decoder = new TransactionDecoder()
    const all = readJsonLines<{ id: string; bytes: string }>(shared(file))
    assert.equal(all.length, 1000)
    for (const { id, bytes } of all) assert.equal(decoder.decodeTransaction(fromHex(bytes), DEFAULT_VERSIONS).idHex, id)
  })
})
