import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { DecodeError, fromHex, Reader, toHex, Writer } from '../../src/bytes/index.ts'
import {
  applySubst,
  collOf,
  decodeJavaUtf8,
  EMBEDDABLE,
  funcOf,
  optionOf,
  pairOf,
  readType,
  SAny,
  SAvlTree,
  SBigInt,
  SBoolean,
  SBox,
  SByte,
  SContext,
  ScriptReader,
  SGlobal,
  SHeader,
  SInt,
  SLong,
  SPreHeader,
  SSigmaProp,
  SString,
  type SType,
  SUnit,
  SUnsignedBigInt,
  tupleOf,
  typeEquals,
  typeToString,
  typeVar,
  unifyTypeLists,
  unifyTypes,
  ValidationRuleError,
  type Versions,
  writeType
} from '../../src/ergotree/index.ts'

const V0: Versions = { activated: 2, tree: 0 }
const V3: Versions = { activated: 3, tree: 3 }

function read(hex: string, versions: Versions = V0): SType {
  return readType(new ScriptReader(new Reader(fromHex(hex.replaceAll(' ', ''))), versions))
}

function write(tpe: SType, versions: Versions = V0): string {
  const w = new Writer()
  writeType(w, tpe, versions)
  return toHex(w.toBytes())
}

/** Types that can be written and read in version 3 trees. */
const anyType: fc.Arbitrary<SType> = fc.letrec<{ type: SType }>((tie) => ({
  type: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    fc.constantFrom<SType>(...EMBEDDABLE.slice(1), SAny, SUnit, SBox, SAvlTree, SContext, SString, SHeader, SPreHeader, SGlobal),
    tie('type').map(collOf),
    tie('type').map(optionOf),
    fc.array(tie('type'), { minLength: 2, maxLength: 6 }).map(tupleOf),
    fc.string({ maxLength: 4 }).map(typeVar),
    fc.tuple(fc.array(tie('type'), { maxLength: 3 }), tie('type')).map(([args, range]) => funcOf(args, range, [typeVar('T')]))
  )
})).type

describe('type codec', () => {
  it('reads every embedding', () => {
    const known: [string, SType][] = [
      ['01', SBoolean],
      ['0e', collOf(SByte)],
      ['1a', collOf(collOf(SByte))],
      ['0c 63', collOf(SBox)],
      ['18 63', collOf(collOf(SBox))],
      ['28', optionOf(SInt)],
      ['34', optionOf(collOf(SInt))],
      ['24 63', optionOf(SBox)],
      ['30 63', optionOf(collOf(SBox))],
      ['40 05', pairOf(SInt, SLong)],
      ['3c 63 64', pairOf(SBox, SAvlTree)],
      ['4c 63', pairOf(SBox, SInt)],
      ['48 04 05 63', tupleOf([SInt, SLong, SBox])],
      ['58', pairOf(SInt, SInt)],
      ['54 04 05 06 07', tupleOf([SInt, SLong, SBigInt, EMBEDDABLE[7]!])],
      ['60 05 04 04 04 04 04', tupleOf([SInt, SInt, SInt, SInt, SInt])],
      ['60 00', tupleOf([])],
      ['67 02 4956', typeVar('IV')]
    ]
    for (const [hex, tpe] of known) assert.ok(typeEquals(read(hex), tpe), `${hex} is ${typeToString(tpe)}`)
  })

  it('writes long forms short', () => {
    const known: [string, string][] = [
      ['18 63', '0c0c63'],
      ['30 63', '240c63'],
      ['0c 04', '10'],
      ['24 04', '28'],
      ['60 02 04 04', '58'],
      ['3c 04 04', '58'],
      ['3c 04 63', '4063'],
      ['60 03 04 05 06', '48040506'],
      ['60 04 04 05 06 07', '5404050607']
    ]
    for (const [long, short] of known) {
      assert.equal(write(read(long)), short)
      assert.ok(typeEquals(read(short), read(long)))
    }
  })

  it('comes back from its own encoding', () => {
    fc.assert(
      fc.property(anyType, (tpe) => {
        const hex = write(tpe, V3)
        assert.ok(typeEquals(read(hex, V3), tpe))
        assert.equal(write(read(hex, V3), V3), hex)
      })
    )
  })

  it('rejects or reads cut and changed bytes, never anything else', () => {
    fc.assert(
      fc.property(anyType, fc.nat(), fc.nat(255), (tpe, at, byte) => {
        const bytes = fromHex(write(tpe, V3))
        for (let end = 0; end < bytes.length; end++) {
          assert.throws(() => readType(new ScriptReader(new Reader(bytes.subarray(0, end)), V3)), DecodeError)
        }
        bytes[at % bytes.length] = byte
        try {
          readType(new ScriptReader(new Reader(bytes), V3))
        } catch (error) {
          assert.ok(error instanceof DecodeError || error instanceof ValidationRuleError)
        }
      })
    )
  })

  it('knows unsigned integers and functions from tree version 3 on', () => {
    assert.throws(() => read('09'), { rule: 1007 })
    assert.throws(() => read('15'), { rule: 1007 })
    assert.throws(() => read('70 01 04 04 00'), { rule: 1008 })
    assert.equal(read('09', V3), SUnsignedBigInt)
    assert.ok(typeEquals(read('70 01 04 05 00', V3), funcOf([SInt], SLong)))
    assert.throws(() => read('70 01 04 05 01 04', V3), DecodeError)
    assert.throws(() => write(funcOf([SInt], SLong)), { code: 'ENCODE_RANGE' })
    assert.equal(write(SUnsignedBigInt), '09')
  })

  it('rule numbers 1007 and 1008 become 1017 and 1018 with activated version 3', () => {
    const act3: Versions = { activated: 3, tree: 0 }
    for (const [hex, rule] of [
      ['0a', 1017],
      ['0b', 1017],
      ['16', 1017],
      ['6b', 1018],
      ['71', 1018],
      ['ff', 1018]
    ] as const) {
      assert.throws(() => read(hex, act3), { rule })
      assert.throws(() => read(hex), { rule: rule - 10 })
    }
  })

  it('has no code 0', () => assert.throws(() => read('00'), DecodeError))

  it('does not write tuples of less than two', () => {
    for (const items of [[], [SInt]]) assert.throws(() => write(tupleOf(items)), { code: 'ENCODE_RANGE' })
  })

  it('takes thousands of nested constructors without running out of stack', () => {
    for (const head of ['0c', '24', '3d', '49', '3c0c', '70010c']) {
      const depth = Math.floor(4000 / (head.length / 2))
      const hex =
        head.repeat(depth) +
        (head.startsWith('3c') ? `63${'63'.repeat(depth)}` : '63') +
        '0400'.repeat(head.startsWith('70') ? depth : 0)
      const tpe = read(hex, V3)
      assert.ok(typeEquals(tpe, read(hex, V3)))
      write(tpe, V3)
      applySubst(tpe, new Map([['T', SInt]]))
    }
    assert.throws(() => read(`${'0c'.repeat(5000)}04`), /nested deeper than 4096/)
  })
})

describe('text of the JVM', () => {
  it('replaces malformed sequences one for one as the JVM does', () => {
    const known: [string, string][] = [
      ['ff', '�'],
      ['e282', '�'],
      ['c080', '��'],
      ['61ff62', 'a�b'],
      ['eda080', '�'],
      ['e282ac', '€'],
      ['f09f9880', '😀'],
      ['f4908080', '����'],
      ['f09f98', '�'],
      ['', '']
    ]
    for (const [hex, text] of known) assert.equal(decodeJavaUtf8(fromHex(hex)), text, hex)
  })

  it('reads what every encoder writes', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme', maxLength: 50 }), (text) => {
        const bytes = new TextEncoder().encode(text)
        assert.equal(decodeJavaUtf8(bytes), new TextDecoder('utf-8', { ignoreBOM: true }).decode(bytes))
      })
    )
  })
})

describe('unification of types', () => {
  const T = typeVar('T')
  const IV = typeVar('IV')

  it('finds types for variables', () => {
    assert.deepEqual(unifyTypes(collOf(T), collOf(SInt), V0), new Map([['T', SInt]]))
    assert.deepEqual(unifyTypes(funcOf([T], SBoolean), funcOf([SLong], SBoolean), V0), new Map([['T', SLong]]))
    assert.deepEqual(unifyTypes(collOf(T), pairOf(SInt, SInt), V0), new Map([['T', SAny]]))
  })

  it('gives a variable one type', () => {
    assert.equal(unifyTypeLists([T, T], [SInt, SLong], V0), undefined)
    assert.deepEqual(unifyTypeLists([T, T], [SInt, SInt], V0), new Map([['T', SInt]]))
  })

  it('looks at the shorter of two lists only', () => {
    assert.deepEqual(unifyTypeLists([collOf(IV), SInt], [collOf(SByte)], V0), new Map([['IV', SByte]]))
  })

  it('lets SigmaProp pass for Boolean and anything for Any', () => {
    assert.equal(unifyTypes(SBoolean, SSigmaProp, V0)?.size, 0)
    assert.equal(unifyTypes(SSigmaProp, SBoolean, V0), undefined)
    assert.equal(unifyTypes(SAny, collOf(SInt), V0)?.size, 0)
    assert.equal(unifyTypes(SInt, SLong, V0), undefined)
  })

  it('unsigned integers equal themselves from tree version 3 on', () => {
    assert.equal(unifyTypes(SUnsignedBigInt, SUnsignedBigInt, V0), undefined)
    assert.equal(unifyTypes(SUnsignedBigInt, SUnsignedBigInt, V3)?.size, 0)
  })

  it('puts types in once', () => {
    assert.ok(typeEquals(applySubst(collOf(T), new Map([['T', optionOf(T)]])), collOf(optionOf(T))))
  })
})
