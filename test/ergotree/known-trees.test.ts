import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { DecodeError, fromHex, Reader, toHex, Writer } from '../../src/bytes/index.ts'
import {
  DEFAULT_VERSIONS,
  type ErgoTree,
  type Node,
  OP,
  parseErgoTree,
  readEvaluated,
  readValue,
  ScriptReader,
  typeToString,
  type Versions,
  writeErgoTree,
  writeValue
} from '../../src/ergotree/index.ts'

const V0: Versions = { activated: 2, tree: 0 }
const V3: Versions = { activated: 3, tree: 3 }

function compact(hex: string): string {
  return hex.replaceAll(' ', '')
}

function parse(hex: string, versions: Versions = DEFAULT_VERSIONS): ErgoTree {
  return parseErgoTree(fromHex(compact(hex)), versions)
}

function vlq(n: number): string {
  return toHex(new Writer().uint(n).toBytes())
}

/** Bytes of a parsed tree written anew. */
function rewritten(hex: string, versions: Versions = DEFAULT_VERSIONS): string {
  return toHex(writeErgoTree(parse(hex, versions), versions))
}

function rejects(hex: string, versions: Versions = DEFAULT_VERSIONS): void {
  assert.throws(() => parse(hex, versions), DecodeError, hex)
}

function degrades(hex: string, rule: number, versions: Versions = DEFAULT_VERSIONS): void {
  const tree = parse(hex, versions)
  assert.equal(tree.kind, 'unparsed', hex)
  assert.equal(tree.kind === 'unparsed' && tree.error.rule, rule, hex)
}

function isRead(hex: string, versions: Versions = DEFAULT_VERSIONS): void {
  assert.equal(parse(hex, versions).kind, 'parsed', hex)
}

function value(hex: string, versions: Versions): Node {
  return readValue(new ScriptReader(new Reader(fromHex(compact(hex))), versions))
}

function valueRewritten(hex: string, read: Versions, write: Versions = read): string {
  const w = new Writer()
  writeValue(w, value(hex, read), write)
  return toHex(w.toBytes())
}

describe('trees written anew', () => {
  it('boolean operation codes come back as constants', () => {
    assert.equal(rewritten('00d17f'), '00d10101')
    assert.equal(rewritten('00d180'), '00d10100')
    assert.equal(valueRewritten('7f', V0), '0101')
  })

  it('collections of boolean constants come back packed', () => {
    assert.equal(valueRewritten('83 02 01 01 01 01 00', V0), '850201')
    assert.equal(valueRewritten('83 02 01 7f 80', V0), '850201')
    assert.equal(valueRewritten('83 00 01', V0), '8500')
  })

  it('relations of two boolean constants are packed, read and written', () => {
    assert.equal(valueRewritten('93 0101 0101', V0), '938503')
    assert.equal(valueRewritten('93 85 03', V0), '938503')
    const eq = value('93 85 02', V0)
    assert.ok(eq.op === OP.EQ && 'left' in eq)
    assert.deepEqual(
      [eq.left, eq.right].map((n) => n.op === OP.Constant && n.value),
      [false, true]
    )
  })

  it('behind other operations the packed code starts a collection', () => {
    const plus = value('9a 85 02 01 85 02 02', V0)
    assert.equal(typeToString(plus.tpe), 'Coll[Boolean]')
    assert.equal(valueRewritten('9a 85 02 01 85 02 02', V0), '9a850201850202')
  })

  it('an upcast of a constant is dropped below version 3, other upcasts stay', () => {
    assert.equal(valueRewritten('86 02 04 02 7e 04 02 05', V3, V3), compact('86 02 04 02 7e 04 02 05'))
    assert.equal(valueRewritten('86 02 04 02 7e 04 02 05', V3, DEFAULT_VERSIONS), compact('86 02 04 02 04 02'))
    assert.equal(valueRewritten('7e a3 05', V0), '7ea305')
    assert.equal(valueRewritten('7e 7e 04 02 05 06', V0), '7e040206')
  })

  it('mixed operands get an upcast below version 3 only', () => {
    const sum = value('9a 04 02 05 04', V0)
    assert.equal(typeToString(sum.tpe), 'Long')
    assert.ok('left' in sum && sum.left.op === OP.Upcast)
    assert.equal(typeToString(value('9a 04 02 05 04', V3).tpe), 'Int')
    assert.equal(value('93 04 02 05 04', V0).op, OP.EQ)
    assert.throws(() => value('93 04 02 05 04', V3), DecodeError)
  })

  it('a wrapped constants count is no constants and is written as 0', () => {
    assert.equal(rewritten('18 07 ff ff ff ff 0f 08 d3'), '18030008d3')
  })

  it('reserved header bits are ignored and kept', () => {
    for (const header of ['28', '48', '88', 'e8']) assert.equal(rewritten(`${header} 02 08 d3`), `${header}0208d3`)
    assert.equal(rewritten('e0 08 d3'), 'e008d3')
  })

  it('a size that is not the real one is replaced, and the tree ends where its body does', () => {
    for (const size of ['01', '02', '03', '7f']) {
      const tree = parse(`09 ${size} 08 d3 ffff`)
      assert.equal(toHex(tree.bytes), `09${size}08d3`)
      assert.equal(rewritten(`09 ${size} 08 d3 ffff`), '090208d3')
    }
  })

  it('a method call without arguments comes back as a property call below version 3 and is refused from it on', () => {
    assert.equal(valueRewritten('dc 63 08 a7 00', V0), 'db6308a7')
    assert.throws(() => value('dc 63 08 a7 00', V3), DecodeError)
    assert.equal(valueRewritten('db 63 08 a7', V3), 'db6308a7')
  })

  it('names of type variables are decoded as on the JVM', () => {
    assert.equal(
      valueRewritten('d8 01 d7 01 01 67 03 ed a0 80 d9 01 02 67 03 ed a0 80 72 02 04 0a', V3),
      compact('d8 01 d7 01 01 67 03 ef bf bd d9 01 02 67 03 ef bf bd 72 02 04 0a')
    )
  })

  it('an unparsed tree keeps its bytes', () => {
    assert.equal(rewritten('08 02 d1 fd'), '0802d1fd')
    assert.equal(rewritten('08 04 d1 fd aabb cc'), '0804d1fdaabb')
  })
})

describe('counts and numbers', () => {
  it('16-bit counts are cut to 32 bits first', () => {
    assert.equal(valueRewritten('85 80 80 80 80 10', V0), '8500')
    assert.equal(valueRewritten('83 80 80 80 80 10 04', V0), '830004')
    assert.equal(valueRewritten('08 98 81 80 80 80 10 01 d3', V0), '08980101d3')
    assert.throws(() => value('85 80 80 84 80 10', V0), DecodeError)
  })

  it('arrays of more than 100000 items are refused when their count is read', () => {
    // 100001 = a1 8d 06
    assert.throws(() => value('ea a1 8d 06', V0), /limit of 100000/)
    assert.throws(() => value('ea a0 8d 06', V0), /input ends/)
    assert.throws(() => parse('18 05 a1 8d 06 08d3'), /limit of 100000/)
  })

  it('signed byte counts refuse 80 and above', () => {
    for (const hex of ['86 80', 'd7 01 80 01 01', 'e5']) assert.throws(() => value(hex, V0), DecodeError)
  })
})

describe('what degrades and what rejects', () => {
  it('rule 1001: a root that is no SigmaProp', () => {
    rejects('00 04 02')
    degrades('08 02 04 02', 1001)
    isRead('00 08 d3')
    isRead('00 da 14 01 d3 01 04 00')
    degrades('08 06 da 04 00 01 04 00', 1001)
    rejects('00 db 65 01 fe')
  })

  it('rule 1001: If has the type of its first branch', () => {
    isRead('00 95 01 00 d1 01 01 04 02')
    degrades('08 08 95 01 00 04 02 d1 01 01', 1001)
  })

  it('rule 1002: an operation that is not there', () => {
    rejects('00 d1 fd')
    degrades('08 02 d1 fd', 1002)
    for (const op of ['81', '87', '8b', 'b8', 'd2', 'd3', 'de', 'df', 'f9', 'fd']) degrades(`08 01 ${op}`, 1002)
  })

  it('rules 1007 and 1017, 1008 and 1018: types that are not there, by activated version', () => {
    const act3: Versions = { activated: 3, tree: 0 }
    degrades('09 06 15 01 f0 a2 04 00', 1007)
    degrades('09 06 15 01 f0 a2 04 00', 1017, act3)
    degrades('08 01 0a', 1007)
    degrades('08 01 0b', 1017, act3)
    degrades('08 01 6b', 1008)
    degrades('08 05 70 00 01 00 00', 1018, act3)
    rejects('08 01 00')
  })

  it('rule 1009: options below version 3, functions in all; headers below version 3 reject', () => {
    degrades('1a 06 01 28 01 0a 73 00', 1009, V3)
    degrades('1b 08 01 70 01 04 04 00 73 00', 1009, V3)
    rejects('1a 04 01 68 73 00', V3)
  })

  it('rules 1010, 1011 and 1016: types and methods that are not there', () => {
    degrades('08 04 db 67 01 a7', 1010)
    degrades('08 04 db 09 01 a7', 1010)
    degrades('0b 04 db 67 01 a7', 1010, V3)
    degrades('08 04 db 63 13 a7', 1011)
    degrades('08 04 db 63 13 a7', 1016, { activated: 3, tree: 0 })
    degrades('08 04 db 02 06 a7', 1011)
  })

  it('an unknown method is found after its arguments were read', () => {
    rejects(`08 28 dc 07 63 82 01 07 02${'00'.repeat(32)}`)
    degrades('08 06 dc 07 63 82 01 82', 1011)
  })

  it('rule 1012: versions above 0 need a size', () => {
    assert.throws(() => parse('01 08 d3'), { name: 'ValidationRuleError', rule: 1012 })
  })

  it('rule 1014: a read that starts behind 4096 bytes', () => {
    // BoolToSigmaProp of a collection of units, type code by type code, then a byte that is read after it.
    const body = (items: number): string => `95 01 01 d1 01 01 83 ${vlq(items)} 62 ${'62'.repeat(items)}`
    const withSize = (b: string): string => `08 ${vlq(compact(b).length / 2)} ${b}`
    // Three bytes for header and size, ten in front of the items: the last item starts at offset 4096.
    isRead(withSize(body(4084)))
    degrades(withSize(body(4085)), 1014)
    rejects(`00 ${body(4087)}`)
  })

  it('errors without a number reject, sized or not', () => {
    // unknown definition, placeholder outside, type code 0, unknown proposition, threshold 2 of 1, end of input
    for (const body of ['7205', '7300', '00', '08d4', '08980201d3', '0e05'])
      rejects(`08 ${(body.length / 2).toString(16).padStart(2, '0')} ${body}`)
    rejects(`08 23 08 cd 02${'00'.repeat(32)}`)
  })

  it('a size that the input does not hold rejects a tree that cannot be read', () => {
    rejects('08 7f d1 fd')
    rejects('08 80 80 80 80 08 d1 fd')
  })

  it('a size that wraps to a small negative number keeps fewer bytes than were read', () => {
    const tree = parse('08 fe ff ff ff 0f d1 fd')
    assert.equal(tree.kind, 'unparsed')
    assert.equal(toHex(tree.bytes), '08feffff')
  })

  it('a version above the activated one rejects from version 2 on', () => {
    rejects('0b 02 08 d3', { activated: 2, tree: 2 })
    rejects('0c 02 08 d3', V3)
    isRead('0c 02 08 d3', DEFAULT_VERSIONS)
    isRead('0b 02 08 d3', { activated: 0, tree: 0 })
  })

  it('constructors that check their operands reject', () => {
    const checked = [
      '7e 01 01 05', // upcast of a boolean
      '7d 04 02 01', // downcast to a boolean
      'b2 0e 01 00 05 02 00', // Long index
      'd8 01 04 02 04 02', // block item that is no definition
      'b3 04 02 0e 00', // append to an Int
      'b4 04 02 04 00 04 02', // slice of an Int
      'e4 04 02', // get of an Int
      'e5 04 02 04 02', // getOrElse of an Int
      'f0 01 01', // negation of a boolean
      'f2 01 01 01 01', // bit operation on booleans
      '8f 01 01 01 01', // comparison of booleans
      '93 04 02 01 01', // equality of different types
      '83 01 05 04 02', // Int in a collection of Long
      'c6 a7 0a 04', // register 10
      'd5 0a 04 00', // register 10
      'd7 01 01 04 04 02', // type argument that is no variable
      '8c 86 02 0402 0402 03', // field 3 of a pair
      'ad 0e 00 04 02' // map with an Int
    ]
    for (const body of checked) assert.throws(() => value(body, V0), DecodeError, body)
  })

  it('most constructors check nothing', () => {
    const loose = [
      'ae 04 02 04 02', // exists on an Int
      'ef 04 02', // not of an Int
      'db 63 01 04 02', // box method on an Int
      'da 04 02 00', // application without arguments of an Int
      'e6 04 02', // isDefined of an Int
      '9a 85 00 85 00', // plus of collections
      '95 01 01 04 02 05 02', // branches of different types
      'b5 04 02 04 02' // filter of an Int: only its type cannot be read
    ]
    for (const body of loose) value(body, V0)
    assert.throws(() => value('d6 01 b5 04 02 04 02', V0), DecodeError)
    assert.throws(() => value('95 01 01 b5 04 02 04 02 04 02', V0), DecodeError)
  })

  it('a Long index passes in a version 3 tree', () => {
    assert.equal(typeToString(value('b2 0e 01 00 05 02 00', V3).tpe), 'Byte')
  })
})

describe('registers and variables', () => {
  function evaluated(hex: string, versions: Versions = V0): Node {
    return readEvaluated(new ScriptReader(new Reader(fromHex(compact(hex))), versions))
  }

  it('take constants, tuples, collections, the generator and boolean literals', () => {
    for (const hex of ['0402', '86 02 04 02 a3', '86 00', '83 01 04 a3', '82', '7f', '80', '85 02 01']) evaluated(hex)
  })

  it('take no other expression', () => {
    for (const hex of ['a3', '9a 04 02 04 02', 'a7', 'dd', 'fe']) assert.throws(() => evaluated(hex), DecodeError, hex)
    const s = new ScriptReader(new Reader(fromHex('7300')), V0)
    s.constants = [{ op: OP.Constant, tpe: { code: 4, name: 'Int' }, value: 1 }]
    assert.throws(() => readEvaluated(s), DecodeError)
  })

  it('rule 1019: no options, headers and unsigned integers, through collections and tuples, not functions', () => {
    for (const hex of ['28 00', '09 01 05', '0c 28 00', '0c 09 00', '86 02 04 02 28 00', '83 00 28']) {
      assert.throws(() => evaluated(hex, V3), { name: 'ValidationRuleError', rule: 1019 }, hex)
    }
    evaluated('83 00 70 01 04 28 00', V3)
    assert.throws(() => evaluated('28 00', V0), { name: 'ValidationRuleError', rule: 1009 })
  })

  it('a function type is written in version 3 trees only', () => {
    assert.equal(valueRewritten('83 00 70 01 04 04 00', V3), compact('83 00 70 01 04 04 00'))
    assert.throws(() => valueRewritten('83 00 70 01 04 04 00', V3, DEFAULT_VERSIONS), { code: 'ENCODE_RANGE' })
  })

  it('wrapped numbers parse and cannot be written', () => {
    assert.throws(() => valueRewritten(`64 ${'00'.repeat(33)} 07 ff ff ff ff 0f 00`, V0), { code: 'ENCODE_RANGE' })
    assert.throws(() => valueRewritten('d9 01 ff ff ff ff 0f 04 04 02', V0), { code: 'ENCODE_RANGE' })
  })
})
