import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { DecodeError, fromHex, Reader, toHex, Writer } from '../../src/bytes/index.ts'
import {
  DEFAULT_VERSIONS,
  parseBox,
  parseErgoTree,
  readCandidate,
  readErgoTree,
  readEvaluated,
  readValue,
  ScriptReader,
  type Versions
} from '../../src/ergotree/index.ts'

const V3: Versions = { activated: 3, tree: 3 }

function compact(hex: string): string {
  return hex.replaceAll(' ', '')
}

function vlq(n: number): string {
  return toHex(new Writer().uint(n).toBytes())
}

function reader(hex: string, versions: Versions = DEFAULT_VERSIONS): ScriptReader {
  return new ScriptReader(new Reader(fromHex(compact(hex))), versions)
}

/** Constant of n collections in each other, bytes innermost, one item in each. */
function nested(n: number): string {
  return `${'0c'.repeat(n - 1)}0e${'01'.repeat(n - 1)}00`
}

/** Tree with a size and segregated constants. */
function segregated(constants: readonly string[], body: string): string {
  const rest = compact(`${vlq(constants.length)}${constants.join('')}${body}`)
  return `18${vlq(rest.length / 2)}${rest}`
}

/** Box of one nanoERG a byte of nonsense: value, tree, height 1, no tokens, registers. */
function candidate(tree: string, registers: readonly string[] = []): string {
  return compact(`c0843d ${tree} 01 00 ${vlq(registers.length)} ${registers.join('')}`)
}

/** Box constant. */
function boxConstant(tree: string): string {
  return compact(`63 ${candidate(tree)} ${'00'.repeat(33)}`)
}

describe('the 110 levels of nesting', () => {
  function accepts(n: number, read: (n: number) => void): void {
    read(n)
    assert.throws(() => read(n + 1), /deeper than 110 levels/)
  }

  it('a variable holds 109 collections in each other, and so does a register', () => {
    accepts(109, (n) => readEvaluated(reader(nested(n))))
    accepts(109, (n) => readCandidate(reader(candidate('0008d3', [nested(n)]))))
  })

  it('a segregated constant holds 110', () => {
    accepts(110, (n) => parseErgoTree(fromHex(segregated([nested(n)], '08d3')), DEFAULT_VERSIONS))
  })

  it('an expression goes 110 deep', () => {
    accepts(108, (n) => parseErgoTree(fromHex(segregated(['0101'], `d1${'ef'.repeat(n)}7300`)), DEFAULT_VERSIONS))
  })

  it('a sigma proposition in a variable has 107 connectives around its leaf', () => {
    accepts(107, (n) => readEvaluated(reader(`08${'9601'.repeat(n)}d3`)))
  })

  it('a box and its tree count together', () => {
    accepts(108, (n) => readEvaluated(reader(boxConstant(segregated([nested(n)], '08d3')))))
  })

  it('a tree that degrades leaves its levels to what comes after it', () => {
    const degraded = `08 0a ${'ef'.repeat(9)} fd`
    accepts(99, (n) => {
      const s = reader(`${candidate(degraded)}${candidate('0008d3', [nested(n)])}`)
      assert.equal(readCandidate(s).tree.kind, 'unparsed')
      assert.equal(s.level, 10)
      readCandidate(s)
    })
  })

  it('types do not count', () => {
    readEvaluated(reader(`${'0c'.repeat(2000)}0e00`))
  })
})

describe('what a nested tree leaves behind', () => {
  const outer = (inner: string, constant = '08d3'): string =>
    segregated([constant], `95 91 c1 ${boxConstant(inner)} 0500 7300 7300`)

  it('constants of a degraded tree are seen by the rest of the tree around it', () => {
    const tree = parseErgoTree(fromHex(outer('18 05 01 04 02 d1 fd')), DEFAULT_VERSIONS)
    assert.equal(tree.kind === 'unparsed' && tree.error.rule, 1001)
    assert.equal(parseErgoTree(fromHex(outer('18 08 01 08 d3 d1 ed 01 01 fd')), DEFAULT_VERSIONS).kind, 'parsed')
  })

  it('constants of a degraded tree without any leave none', () => {
    assert.throws(() => parseErgoTree(fromHex(outer('08 02 d1 fd')), DEFAULT_VERSIONS), DecodeError)
  })

  it('constants of a tree that parses are put back', () => {
    const tree = parseErgoTree(fromHex(outer('18 05 01 08 d3 73 00')), DEFAULT_VERSIONS)
    assert.equal(tree.kind === 'parsed' && tree.hasDeserialize, false)
  })

  it('a deserialize node in a degraded tree marks the tree around it', () => {
    const tree = parseErgoTree(fromHex(outer('18 09 01 08 d3 d1 ed d4 01 01 fd')), DEFAULT_VERSIONS)
    assert.equal(tree.kind === 'parsed' && tree.hasDeserialize, true)
  })

  it('a degraded tree without one clears the mark', () => {
    const body = `ea 02 d4 08 01 95 91 c1 ${boxConstant('18 08 01 08 d3 d1 ed 01 01 fd')} 0500 7300 7300`
    const tree = parseErgoTree(fromHex(segregated(['08d3'], body)), DEFAULT_VERSIONS)
    assert.equal(tree.kind === 'parsed' && tree.hasDeserialize, false)
  })

  it('a tree that parses keeps the mark of the tree around it', () => {
    const body = `ea 02 d4 08 01 95 91 c1 ${boxConstant('0008d3')} 0500 7300 7300`
    const tree = parseErgoTree(fromHex(segregated(['08d3'], body)), DEFAULT_VERSIONS)
    assert.equal(tree.kind === 'parsed' && tree.hasDeserialize, true)
  })

  it('rule 1012 in a nested tree degrades the tree around it, not itself', () => {
    const tree = parseErgoTree(fromHex(outer('01 08 d3')), DEFAULT_VERSIONS)
    assert.equal(tree.kind === 'unparsed' && tree.error.rule, 1012)
  })

  it('any other rule in a nested tree without a size rejects', () => {
    assert.throws(() => parseErgoTree(fromHex(outer('00 d1 fd')), DEFAULT_VERSIONS), DecodeError)
  })

  it('rule 1019 in a nested box degrades the tree around it', () => {
    const box = compact(`63 ${candidate('0008d3', ['2800'])} ${'00'.repeat(33)}`)
    const rest = compact(`95 91 c1 ${box} 0500 08d3 08d3`)
    const tree = parseErgoTree(fromHex(`0b${vlq(rest.length / 2)}${rest}`), V3)
    assert.equal(tree.kind === 'unparsed' && tree.error.rule, 1019)
  })

  it('positions of a nested box do not limit the tree around it', () => {
    const tree = fromHex(outer('0008d3'))
    const s = new ScriptReader(new Reader(tree), DEFAULT_VERSIONS)
    readErgoTree(s)
    assert.equal(s.positionLimit, tree.length)
  })
})

describe('types of definitions', () => {
  it('the last definition in parse order counts', () => {
    // { val 1 = 0L; val 1 = 0L; 1 }
    const longRoot = parseErgoTree(fromHex(compact('08 0a d8 02 d6 01 05 00 d6 01 05 00 72 01')), DEFAULT_VERSIONS)
    assert.equal(longRoot.kind === 'unparsed' && longRoot.error.rule, 1001)
    // { val 1 = sigmaProp; val 2 = 1; val 1 = 0L; 2 }
    const propRoot = parseErgoTree(fromHex(compact('00 d8 03 d6 01 08 d3 d6 02 72 01 d6 01 05 00 72 02')), DEFAULT_VERSIONS)
    assert.equal(propRoot.kind, 'parsed')
  })

  it('live as long as the reader: a second box may use what the first has defined, not the other way round', () => {
    const defines = candidate('00 d8 01 d6 01 08 d3 72 01')
    const uses = candidate('00 72 01')
    const s = reader(defines + uses)
    readCandidate(s)
    readCandidate(s)
    assert.throws(() => readCandidate(reader(uses + defines)), /nothing is defined as 1/)
  })

  it('are known from behind their own right side on', () => {
    assert.throws(() => readValue(reader('d8 01 d6 01 72 01 72 01')), /nothing is defined/)
    readValue(reader('d8 01 d6 01 04 02 72 01'))
  })

  it('arguments of functions are definitions, too', () => {
    readValue(reader('d8 01 d6 01 d9 01 02 04 72 02 72 02'))
  })
})

describe('position limits', () => {
  it('the window of a box is back after its tree', () => {
    const filler = (n: number): string => `0e${vlq(n)}${'00'.repeat(n)}`
    // 9 bytes before the registers, 3 before the filling; the last byte of the second register is the last read.
    const twoRegisters = (n: number): string => candidate('0008d3', [filler(n), '0400'])
    readCandidate(reader(twoRegisters(4096 - 9 - 3 - 1)))
    assert.throws(() => readCandidate(reader(twoRegisters(4096 - 9 - 3))), { rule: 1014 })
  })

  it('a bulk read that starts in time may cross the limit', () => {
    const tree = compact(`00 95 91 b1 0e ${vlq(5000)} ${'00'.repeat(5000)}`)
    assert.throws(() => parseErgoTree(fromHex(`${tree}0400 08d3 08d3`.replaceAll(' ', '')), DEFAULT_VERSIONS), /rule 1014/)
    readEvaluated(reader(`0e ${vlq(5000)} ${'00'.repeat(5000)}`))
  })

  it('type code 0 at the limit is rule 1014', () => {
    const s = reader('00 00')
    s.positionLimit = 0
    assert.throws(() => readValue(s), { rule: 1014 })
    assert.throws(() => readValue(reader('00 00')), DecodeError)
  })

  it('the peek at an operation code is not limited, and fails hard at the end of the input', () => {
    const s = reader('ef')
    s.positionLimit = 0
    assert.throws(() => readValue(s), DecodeError)
    const more = reader('ef 01 01')
    more.positionLimit = 0
    assert.throws(() => readValue(more), { rule: 1014 })
  })
})

describe('boxes', () => {
  it('a seventh register is refused before it is read', () => {
    readCandidate(reader(candidate('0008d3', Array(6).fill('0402'))))
    assert.throws(() => readCandidate(reader(candidate('0008d3', Array(7).fill('0402')))), /7 registers/)
  })

  it('rule 1019 comes before the seventh register', () => {
    const registers = ['2800', ...Array(6).fill('0402')]
    assert.throws(() => readCandidate(reader(candidate('0008d3', registers), V3)), { rule: 1019 })
  })

  it('a creation height of 2^31 is refused', () => {
    assert.throws(() => readCandidate(reader(compact('01 0008d3 8080808008 00 00'))), DecodeError)
    assert.equal(readCandidate(reader(compact('01 0008d3 ffffffff07 00 00'))).creationHeight, 0x7fffffff)
  })

  it('a box keeps the bytes it came in, and its index is a signed short', () => {
    const bytes = fromHex(`${candidate('08 03 08 d3')}${'00'.repeat(32)}ffff03`)
    const box = parseBox(bytes, DEFAULT_VERSIONS)
    assert.equal(box.index, -1)
    assert.deepEqual(box.bytes, bytes)
    assert.equal(toHex(box.tree.bytes), '080308d3')
  })
})
