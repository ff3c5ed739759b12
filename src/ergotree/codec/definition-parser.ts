import type { BlockNode, FuncArg, FuncValueNode, Node, ValDefNode, ValUseNode } from '../ast/nodes.ts'
import { OP } from '../ast/op-codes.ts'
import { typeOf } from '../ast/typing.ts'
import { BadType, funcOf, type SType, TYPE } from '../types/types.ts'
import type { ScriptReader } from './script-reader.ts'
import { readType } from './type-codec.ts'

type ReadValue = (s: ScriptReader) => Node

/** Body of ValDef and FunDef. The definition is known from behind its right side on. */
export function readDefinition(s: ScriptReader, op: number, readValue: ReadValue): ValDefNode {
  const id = s.uint('definition id')
  const typeArgs: SType[] = []
  if (op === OP.FunDef) {
    const count = s.i8()
    if (count < 0) s.fail(`${count} type arguments`)
    for (let i = 0; i < count; i++) {
      const arg = readType(s)
      if (arg.code !== TYPE.TypeVar) s.failCast('type argument of a definition is not a variable')
      typeArgs.push(arg)
    }
  }
  const rhs = readValue(s)
  s.define(id, typeOf(s, rhs))
  return { op: typeArgs.length === 0 ? OP.ValDef : OP.FunDef, tpe: rhs.tpe, id, typeArgs, rhs }
}

/** Use of a definition or of a function's argument. */
export function readValUse(s: ScriptReader): ValUseNode {
  const id = s.uintWrapped('definition id')
  return { op: OP.ValUse, tpe: s.definedType(id), id }
}

export function readBlock(s: ScriptReader, readValue: ReadValue): BlockNode {
  const items: ValDefNode[] = []
  for (let n = s.count('block items'); n > 0; n--) {
    const item = readValue(s)
    if (item.op !== OP.ValDef && item.op !== OP.FunDef) return s.failCast('block item is not a definition')
    items.push(item)
  }
  const result = readValue(s)
  return { op: OP.BlockValue, tpe: result.tpe, items, result }
}

/** Arguments are definitions like others: they are never forgotten again. */
export function readFuncValue(s: ScriptReader, readValue: ReadValue): FuncValueNode {
  const args: FuncArg[] = []
  for (let n = s.count('function arguments'); n > 0; n--) {
    const id = s.uintWrapped('argument id')
    const tpe = readType(s)
    s.define(id, tpe)
    args.push({ id, tpe })
  }
  const body = readValue(s)
  const argTypes = args.map((arg) => arg.tpe)
  return { op: OP.FuncValue, tpe: body.tpe === BadType ? BadType : funcOf(argTypes, body.tpe), args, body }
}
