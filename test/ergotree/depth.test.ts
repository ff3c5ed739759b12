import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import {
  collOf,
  funcOf,
  type Node,
  OP,
  ScriptError,
  SInt,
  SLong,
  type SType,
  scriptFailure,
  type ValDefNode,
  type Value
} from '../../src/ergotree/index.ts'
import { evaluateHex, evaluateNode, V3 } from './evaluate.ts'

function constant(tpe: SType, value: Value): Node {
  return { op: OP.Constant, tpe, value }
}

function use(id: number, tpe: SType): Node {
  return { op: OP.ValUse, tpe, id }
}

function call(func: Node, arg: Node, tpe: SType): Node {
  return { op: OP.Apply, tpe, func, args: [arg] }
}

const IntToInt = funcOf([SInt], SInt)

/** x => x applied to itself without end: types are looked at no deeper than "a function". */
function omega(): Node {
  const self = funcOf([IntToInt], SInt)
  const fn: Node = { op: OP.FuncValue, tpe: self, args: [{ id: 1, tpe: self }], body: call(use(1, self), use(1, self), SInt) }
  return call(fn, fn, SInt)
}

/** Counts an Int down to 0 by calling itself: `(f, n) => if (n == 0) 0 else f(f, n - 1)`, curried. */
function countDown(n: number): Node {
  const step = funcOf([IntToInt], IntToInt)
  const again = call(call(use(1, step), use(1, step), IntToInt), minusOne(use(2, SInt)), SInt)
  const isZero: Node = { op: OP.EQ, tpe: { code: 1, name: 'Boolean' }, left: use(2, SInt), right: constant(SInt, 0) }
  const body: Node = { op: OP.If, tpe: SInt, first: isZero, second: constant(SInt, 0), third: again }
  const inner: Node = { op: OP.FuncValue, tpe: IntToInt, args: [{ id: 2, tpe: SInt }], body }
  const outer: Node = { op: OP.FuncValue, tpe: step, args: [{ id: 1, tpe: step }], body: inner }
  return call(call(outer, outer, IntToInt), constant(SInt, n), SInt)
}

function minusOne(node: Node): Node {
  return { op: OP.Minus, tpe: SInt, left: node, right: constant(SInt, 1) }
}

describe('deep evaluation', () => {
  it('evaluates an expression at the limit of nesting', () => {
    // 108 negations, a constant and its data are 110 levels.
    assert.equal(evaluateHex(`${'f0'.repeat(108)} 0502`).value, 1n)
  })

  it('evaluates long chains of definitions', () => {
    const items: ValDefNode[] = [{ op: OP.ValDef, tpe: SLong, id: 1, typeArgs: [], rhs: constant(SLong, 1n) }]
    for (let id = 2; id <= 1000; id++) items.push({ op: OP.ValDef, tpe: SLong, id, typeArgs: [], rhs: use(id - 1, SLong) })
    const { value, jit } = evaluateNode({ op: OP.BlockValue, tpe: SLong, items, result: use(1000, SLong) })
    assert.equal(value, 1n)
    assert.equal(jit, 1 + 100 + 5 + 999 * 5 + 1000 * 5 + 5)
  })

  it('follows calls as deep as the reference does', () => {
    for (const depth of [10, 100, 500]) assert.equal(evaluateNode(countDown(depth), { versions: V3 }).value, 0)
  })

  it('fails a script that calls itself without end, by cost or by depth, and lives on', () => {
    for (const limit of [10_000, 80_000_000, 0x7fffffff]) {
      let failure: unknown
      try {
        evaluateNode(omega(), { versions: V3, limit })
      } catch (error) {
        failure = error
      }
      const { kind } = scriptFailure(failure)
      assert.ok(kind === 'script' || kind === 'cost', kind)
    }
    assert.equal(evaluateHex('9a 0502 0504').value, 3n)
  })

  it('resolves a definition by the latest one in sight', () => {
    // { val a = 1; val f = (x) => a + x; val a = 10; f(a) } is 11: the function keeps the a that it saw.
    const f: Node = {
      op: OP.FuncValue,
      tpe: IntToInt,
      args: [{ id: 3, tpe: SInt }],
      body: { op: OP.Plus, tpe: SInt, left: use(1, SInt), right: use(3, SInt) }
    }
    const define = (id: number, rhs: Node): ValDefNode => ({ op: OP.ValDef, tpe: rhs.tpe, id, typeArgs: [], rhs })
    const items = [define(1, constant(SInt, 1)), define(2, f), define(1, constant(SInt, 10))]
    const result = call(use(2, IntToInt), use(1, SInt), SInt)
    assert.equal(evaluateNode({ op: OP.BlockValue, tpe: SInt, items, result }).value, 11)
  })

  it('fails a use of something that is not in sight', () => {
    assert.throws(() => evaluateNode(use(7, SInt)), ScriptError)
  })

  it('stops growing collections at 100000 items', () => {
    const bytes = new Uint8Array(60_000)
    const doubled: Node = {
      op: OP.Append,
      tpe: collOf({ code: 2, name: 'Byte' }),
      left: constant(collOf({ code: 2, name: 'Byte' }), bytes),
      right: constant(collOf({ code: 2, name: 'Byte' }), bytes)
    }
    assert.throws(() => evaluateNode(doubled), ScriptError)
  })
})
