import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { DecodeError, EncodeError, fromHex, Reader, toHex, Writer } from '../../src/bytes/index.ts'
import {
  ArrayColl,
  AvlTreeValue,
  BigIntValue,
  ByteValue,
  CAnd,
  COr,
  CThreshold,
  collFromItems,
  collOf,
  FALSE_PROP,
  GroupElement,
  NONE,
  OptionValue,
  optionOf,
  PairColl,
  PairValue,
  PrimitiveColl,
  ProveDlog,
  pairOf,
  readConstant,
  readData,
  SAny,
  SAvlTree,
  SBigInt,
  SBoolean,
  SByte,
  ScriptReader,
  SGroupElement,
  ShortValue,
  SInt,
  SLong,
  SShort,
  SSigmaProp,
  SString,
  type SType,
  SUnit,
  SUnsignedBigInt,
  type sigmaEquals,
  signedFromBytes,
  signedToBytes,
  TRUE_PROP,
  tupleOf,
  UNIT,
  UnsignedBigIntValue,
  ValidationRuleError,
  type Value,
  type Versions,
  writeData,
  writeType
} from '../../src/ergotree/index.ts'

const V0: Versions = { activated: 2, tree: 0 }
const V3: Versions = { activated: 3, tree: 3 }
const G = '0279be667ef9dcbbac55a06295ce870b07029bfcdb2dce28d959f2815b16f81798'

function read(tpe: SType, hex: string, versions: Versions = V0): Value {
  return readData(new ScriptReader(new Reader(fromHex(hex.replaceAll(' ', ''))), versions), tpe)
}

function write(tpe: SType, value: Value, versions: Versions = V0): string {
  const w = new Writer()
  writeData(w, value, tpe, versions)
  return toHex(w.toBytes())
}

/** Type, value and the bytes that must come of them. */
interface Typed {
  readonly tpe: SType
  readonly value: Value
}

const bytes32 = fc.uint8Array({ minLength: 1, maxLength: 32 })
const sigma = fc.letrec<{ prop: Parameters<typeof sigmaEquals>[0] }>((tie) => ({
  prop: fc.oneof(
    { depthSize: 'small' },
    fc.constantFrom(TRUE_PROP, FALSE_PROP, new ProveDlog(GroupElement.generator), new ProveDlog(GroupElement.infinity)),
    fc.array(tie('prop'), { maxLength: 3 }).map((children) => new CAnd(children)),
    fc.array(tie('prop'), { maxLength: 3 }).map((children) => new COr(children)),
    fc.array(tie('prop'), { maxLength: 3 }).map((children) => new CThreshold(children.length, children))
  )
})).prop

const typed: fc.Arbitrary<Typed> = fc.letrec<{ any: Typed }>((tie) => ({
  any: fc.oneof(
    { depthSize: 'small' },
    fc.boolean().map((value): Typed => ({ tpe: SBoolean, value })),
    fc.integer({ min: -128, max: 127 }).map((n): Typed => ({ tpe: SByte, value: ByteValue.of(n) })),
    fc.integer({ min: -32768, max: 32767 }).map((n): Typed => ({ tpe: SShort, value: new ShortValue(n) })),
    fc.integer().map((value): Typed => ({ tpe: SInt, value })),
    fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }).map((value): Typed => ({ tpe: SLong, value })),
    bytes32.map((b): Typed => ({ tpe: SBigInt, value: new BigIntValue(signedFromBytes(b)) })),
    bytes32.map((b): Typed => ({ tpe: SUnsignedBigInt, value: new UnsignedBigIntValue(BigInt(`0x${toHex(b)}`)) })),
    fc.constant<Typed>({ tpe: SGroupElement, value: GroupElement.generator }),
    fc.constant<Typed>({ tpe: SUnit, value: UNIT }),
    sigma.map((value): Typed => ({ tpe: SSigmaProp, value })),
    fc.string({ unit: 'grapheme', maxLength: 9 }).map((value): Typed => ({ tpe: SString, value })),
    fc.uint8Array({ maxLength: 40 }).map((value): Typed => ({ tpe: collOf(SByte), value })),
    fc
      .array(fc.boolean(), { maxLength: 20 })
      .map((b): Typed => ({ tpe: collOf(SBoolean), value: new PrimitiveColl(SBoolean, b) })),
    tie('any').map(({ tpe, value }): Typed => ({ tpe: optionOf(tpe), value: new OptionValue(value) })),
    tie('any').map(({ tpe }): Typed => ({ tpe: optionOf(tpe), value: NONE })),
    fc
      .tuple(tie('any'), tie('any'))
      .map(([a, b]): Typed => ({ tpe: pairOf(a.tpe, b.tpe), value: new PairValue(a.value, b.value) })),
    fc.array(tie('any'), { minLength: 3, maxLength: 5 }).map((items): Typed => {
      const values = items.map((item) => item.value)
      return { tpe: tupleOf(items.map((item) => item.tpe)), value: new ArrayColl(SAny, values) }
    }),
    fc.array(fc.tuple(fc.uint8Array({ maxLength: 4 }), fc.bigInt({ min: 0n, max: 9n })), { maxLength: 4 }).map((pairs): Typed => {
      const tpe = pairOf(collOf(SByte), SLong)
      return {
        tpe: collOf(tpe),
        value: collFromItems(
          tpe,
          pairs.map(([a, b]) => new PairValue(a, b))
        )
      }
    })
  )
})).any

describe('data codec', () => {
  it('reads known encodings', () => {
    assert.equal(read(SBoolean, '02'), true)
    assert.equal(read(SByte, 'ff'), ByteValue.of(-1))
    assert.equal(read(SInt, 'ff ff ff ff 0f'), -2147483648)
    assert.equal(read(SLong, '01'), -1n)
    assert.deepEqual(read(SShort, '80 80 08'), new ShortValue(0))
    assert.deepEqual(read(SBigInt, '02 ff 00'), new BigIntValue(-256n))
    assert.deepEqual(read(collOf(SBoolean), '0a 03 02'), new PrimitiveColl(SBoolean, [true, true, ...Array(7).fill(false), true]))
    assert.deepEqual(read(SAvlTree, `${'07'.repeat(33)} ff 20 01 08`), new AvlTreeValue(new Uint8Array(33).fill(7), 7, 32, 8))
  })

  it('comes back from its own encoding', () => {
    fc.assert(
      fc.property(typed, ({ tpe, value }) => {
        const hex = write(tpe, value, V3)
        const s = new ScriptReader(new Reader(fromHex(hex)), V3)
        assert.equal(write(tpe, readData(s, tpe), V3), hex)
        assert.equal(s.raw.remaining, 0)
        assert.equal(s.level, 0)
      })
    )
  })

  it('cut and changed constants are refused or read, never anything else', () => {
    fc.assert(
      fc.property(typed, fc.nat(), fc.nat(255), ({ tpe, value }, at, byte) => {
        const w = new Writer()
        writeType(w, tpe, V3)
        writeData(w, value, tpe, V3)
        const bytes = w.toBytes()
        const attempt = (input: Uint8Array): void => {
          try {
            readConstant(new ScriptReader(new Reader(input), V3))
          } catch (error) {
            if (!(error instanceof DecodeError || error instanceof ValidationRuleError)) throw error
          }
        }
        for (let end = 0; end < bytes.length; end++) attempt(bytes.subarray(0, end))
        bytes[at % bytes.length] = byte
        attempt(bytes)
      }),
      { numRuns: 300 }
    )
  })

  it('collections know the types that the reference gives them', () => {
    const pairs = read(collOf(pairOf(SInt, pairOf(SLong, SByte))), '01 02 04 07')
    assert.ok(pairs instanceof PairColl && pairs.right instanceof PairColl && pairs.right.right instanceof Uint8Array)
    const triples = read(collOf(tupleOf([SInt, SInt, SInt])), '01 02 04 06')
    assert.ok(triples instanceof ArrayColl)
    assert.deepEqual(triples.itemType, collOf(SAny))
    assert.deepEqual(triples.items, [new ArrayColl(SAny, [1, 2, 3])])
  })

  it('a pair with a triple in it cannot be an item, unless there is none', () => {
    const tpe = collOf(pairOf(tupleOf([SInt, SInt, SInt]), SInt))
    assert.throws(() => read(tpe, '01 02 02 02 02'), DecodeError)
    read(tpe, '00')
  })

  it('types without a run-time form cannot be items, not even of empty collections', () => {
    assert.throws(() => read(collOf({ code: 103, name: 'T' }), '00', V3), DecodeError)
    read(collOf({ code: 112, args: [SInt], range: SInt, typeParams: [] }), '00', V3)
    assert.throws(() => read(collOf({ code: 112, args: [SInt, SInt], range: SInt, typeParams: [] }), '00', V3), DecodeError)
  })

  it('items without bytes take no memory', () => {
    const units = read(collOf(SUnit), 'ff ff 03')
    assert.ok(units instanceof ArrayColl && units.length === 65535)
    assert.equal(units.items.length, 65535)
    const pairs = read(collOf(pairOf(SUnit, tupleOf([]))), 'ff ff 03')
    assert.ok(pairs instanceof PairColl)
    assert.equal(write(collOf(SUnit), units), 'ffff03')
  })

  it('big integers have 1 to 32 bytes; unsigned ones may have none', () => {
    assert.throws(() => read(SBigInt, '00'), DecodeError)
    assert.throws(() => read(SBigInt, `21 ${'00'.repeat(33)}`), DecodeError)
    assert.throws(() => read(SBigInt, '80 80 02 00'), DecodeError)
    assert.deepEqual(read(SUnsignedBigInt, '00', V3), new UnsignedBigIntValue(0n))
    assert.equal(write(SUnsignedBigInt, new UnsignedBigIntValue(0n), V3), '00')
    assert.throws(() => read(SUnsignedBigInt, '01 01', V0), DecodeError)
    assert.deepEqual(read(SBigInt, `20 80${'00'.repeat(31)}`), new BigIntValue(-(2n ** 255n)))
    assert.throws(() => write(SBigInt, new BigIntValue(2n ** 255n)), EncodeError)
  })

  it('big integers are written in the fewest bytes', () => {
    for (const [value, hex] of [
      [0n, '00'],
      [-1n, 'ff'],
      [127n, '7f'],
      [128n, '0080'],
      [-128n, '80'],
      [-129n, 'ff7f'],
      [-256n, 'ff00'],
      [65535n, '00ffff']
    ] as const) {
      assert.equal(toHex(signedToBytes(value)), hex)
      assert.equal(signedFromBytes(fromHex(hex)), value)
    }
  })

  it('a point with first byte 0 is infinity whatever follows', () => {
    const garbage = `00${'5a'.repeat(32)}`
    assert.equal(write(SGroupElement, read(SGroupElement, garbage)), '00'.repeat(33))
  })

  it('points off the curve, or with another first byte, are refused', () => {
    assert.throws(() => read(SGroupElement, `02${'00'.repeat(32)}`), DecodeError)
    assert.throws(() => read(SGroupElement, `02${'ff'.repeat(32)}`), DecodeError)
    assert.throws(() => read(SGroupElement, `04${G.slice(2)}`), DecodeError)
    assert.equal(write(SGroupElement, read(SGroupElement, G)), G)
  })

  it('values of another type are not written', () => {
    const wrong: [SType, Value][] = [
      [SInt, 1n],
      [SLong, 1],
      [SByte, 1],
      [SBoolean, 1],
      [SBigInt, 1n],
      [collOf(SByte), new ArrayColl(SByte, [ByteValue.of(1)])],
      [pairOf(SInt, SInt), new ArrayColl(SAny, [1, 2])],
      [SSigmaProp, true],
      [optionOf(SInt), 1]
    ]
    for (const [tpe, value] of wrong) assert.throws(() => write(tpe, value, V3), EncodeError)
  })
})
