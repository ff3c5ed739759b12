import { EncodeError, type Writer } from '../../bytes/index.ts'
import {
  collOf,
  EMBEDDABLE,
  funcOf,
  isEmbeddable,
  optionOf,
  SAny,
  SAvlTree,
  SBox,
  SContext,
  SGlobal,
  SHeader,
  SPreHeader,
  SString,
  type SType,
  SUnit,
  TYPE,
  type TypeVar,
  tupleOf,
  typeEquals,
  typeVar
} from '../types/types.ts'
import { RULE, ValidationRuleError } from '../validation-rules.ts'
import { decodeJavaUtf8 } from '../values/java-text.ts'
import { isV3Tree, isV6Activated, type Versions } from '../versions.ts'
import type { ScriptReader } from './script-reader.ts'

/** Primitive codes that a constructor's byte has room for (reference: `SPrimType.PrimRange`). */
const PRIM_RANGE = 12

/** Constructors by the quotient of the code (reference: `TypeSerializer.scala`). */
const CONSTR = { Prim: 0, Coll: 1, NestedColl: 2, Option: 3, OptionColl: 4, Pair1: 5, Pair2: 6, PairSymmetric: 7 } as const

/**
 * Deepest nesting of types. The reference has no number here, its stack is the limit; a tree or box of 4096 bytes cannot hold
 * more than this, as each level takes a byte.
 */
export const MAX_TYPE_NESTING = 4096

const utf8 = new TextEncoder()

/** Type under construction: waits for `need` more parts. */
interface Frame {
  readonly kind: 'coll' | 'nestedColl' | 'option' | 'optionColl' | 'tuple' | 'pair2' | 'func' | 'typeParams'
  readonly parts: SType[]
  need: number
  /** pair2: the second type. typeParams: the function without them. */
  readonly extra: SType | undefined
}

function frame(kind: Frame['kind'], need: number, parts: SType[] = [], extra?: SType): Frame {
  return { kind, parts, need, extra }
}

/**
 * Reads a type in any of its encodings. Function types and UnsignedBigInt exist from tree version 3 on.
 *
 * @throws ValidationRuleError 1007/1017 unknown primitive, 1008/1018 unknown type
 * @throws DecodeError
 */
export function readType(s: ScriptReader): SType {
  const code = s.u8()
  // Nearly all types are one of these.
  if (code > 0 && code < TYPE.UnsignedBigInt) return EMBEDDABLE[code]!
  const stack: Frame[] = []
  for (let head = code; ; head = s.u8()) {
    let tpe = readHead(s, head, stack)
    while (tpe !== undefined) {
      const top = stack.at(-1)
      if (top === undefined) return tpe
      if (top.kind === 'typeParams' && tpe.code !== TYPE.TypeVar) s.fail('type parameter of a function is not a variable')
      top.parts.push(tpe)
      tpe = undefined
      if (--top.need === 0) {
        stack.pop()
        tpe = complete(s, top, stack)
      }
    }
  }
}

/** What a code starts: a whole type, or undefined after pushing what waits for more. */
function readHead(s: ScriptReader, code: number, stack: Frame[]): SType | undefined {
  if (code < PRIM_RANGE && code > 0) return primitive(s, code)
  if (stack.length >= MAX_TYPE_NESTING) s.fail(`types nested deeper than ${MAX_TYPE_NESTING}`)
  if (code >= TYPE.Tuple) return readPlain(s, code, stack)
  if (code === 0) {
    // The reference reads on to word its message, and that read may hit the position limit first.
    s.checkLimit()
    return s.fail('type code 0')
  }
  const prim = code % PRIM_RANGE
  const constr = (code - prim) / PRIM_RANGE
  if (prim === 0) {
    stack.push(openConstructor(constr))
    return undefined
  }
  const p = primitive(s, prim)
  switch (constr) {
    case CONSTR.Coll:
      return collOf(p)
    case CONSTR.NestedColl:
      return collOf(collOf(p))
    case CONSTR.Option:
      return optionOf(p)
    case CONSTR.OptionColl:
      return optionOf(collOf(p))
    case CONSTR.Pair1:
      stack.push(frame('tuple', 1, [p]))
      return undefined
    case CONSTR.Pair2:
      stack.push(frame('pair2', 1, [], p))
      return undefined
    default:
      return tupleOf([p, p])
  }
}

/** Constructor whose types all follow in full. */
function openConstructor(constr: number): Frame {
  switch (constr) {
    case CONSTR.Coll:
      return frame('coll', 1)
    case CONSTR.NestedColl:
      return frame('nestedColl', 1)
    case CONSTR.Option:
      return frame('option', 1)
    case CONSTR.OptionColl:
      return frame('optionColl', 1)
    case CONSTR.Pair1:
      return frame('tuple', 2)
    case CONSTR.Pair2:
      return frame('tuple', 3)
    default:
      return frame('tuple', 4)
  }
}

/** Codes from 96 up. */
function readPlain(s: ScriptReader, code: number, stack: Frame[]): SType | undefined {
  switch (code) {
    case TYPE.Tuple: {
      const n = s.u8()
      if (n === 0) return tupleOf([])
      stack.push(frame('tuple', n))
      return undefined
    }
    case TYPE.Any:
      return SAny
    case TYPE.Unit:
      return SUnit
    case TYPE.Box:
      return SBox
    case TYPE.AvlTree:
      return SAvlTree
    case TYPE.Context:
      return SContext
    case TYPE.String:
      return SString
    case TYPE.TypeVar:
      return typeVar(decodeJavaUtf8(s.bytes(s.u8())))
    case TYPE.Header:
      return SHeader
    case TYPE.PreHeader:
      return SPreHeader
    case TYPE.Global:
      return SGlobal
    case TYPE.Func:
      if (isV3Tree(s.versions)) {
        stack.push(frame('func', s.u8() + 1))
        return undefined
      }
  }
  const rule = isV6Activated(s.versions) ? RULE.TypeCodeV6 : RULE.TypeCode
  throw new ValidationRuleError(rule, `unknown type code ${code}`, [(code << 24) >> 24])
}

function primitive(s: ScriptReader, code: number): SType {
  const known = code < TYPE.UnsignedBigInt || (code === TYPE.UnsignedBigInt && isV3Tree(s.versions))
  if (known) return EMBEDDABLE[code]!
  const rule = isV6Activated(s.versions) ? RULE.PrimitiveTypeCodeV6 : RULE.PrimitiveTypeCode
  throw new ValidationRuleError(rule, `unknown primitive type code ${code}`, [code])
}

/** The type of a frame that has all its parts; a function may turn into a frame that waits for its type parameters. */
function complete(s: ScriptReader, done: Frame, stack: Frame[]): SType | undefined {
  const parts = done.parts
  switch (done.kind) {
    case 'coll':
      return collOf(parts[0]!)
    case 'nestedColl':
      return collOf(collOf(parts[0]!))
    case 'option':
      return optionOf(parts[0]!)
    case 'optionColl':
      return optionOf(collOf(parts[0]!))
    case 'tuple':
      return tupleOf(parts)
    case 'pair2':
      return tupleOf([parts[0]!, done.extra!])
    case 'func': {
      const func = funcOf(parts.slice(0, -1), parts.at(-1)!)
      const n = s.u8()
      if (n === 0) return func
      stack.push(frame('typeParams', n, [], func))
      return undefined
    }
    default: {
      const func = done.extra as ReturnType<typeof funcOf>
      return funcOf(func.args, func.range, parts as TypeVar[])
    }
  }
}

/**
 * Writes a type in the one form that the reference picks: shortest embeddings for collections, options and pairs.
 *
 * @throws EncodeError for a type that has no encoding: tuples of 0 or 1, functions below tree version 3
 */
export function writeType(w: Writer, tpe: SType, versions: Versions): void {
  if (isEmbeddable(tpe)) {
    w.u8(tpe.code)
    return
  }
  // What is still to be written, last first: types, and bytes between them.
  const rest: (SType | number)[] = [tpe]
  for (let next = rest.pop(); next !== undefined; next = rest.pop()) {
    if (typeof next === 'number') w.u8(next)
    else writeHead(w, next, versions, rest)
  }
}

/** Writes the code of a type and leaves its parts in `rest`. */
function writeHead(w: Writer, t: SType, versions: Versions, rest: (SType | number)[]): void {
  switch (t.code) {
    case TYPE.Coll:
      writeWrapped(w, t.elem, CONSTR.Coll, CONSTR.NestedColl, rest)
      return
    case TYPE.Option:
      writeWrapped(w, t.elem, CONSTR.Option, CONSTR.OptionColl, rest)
      return
    case TYPE.Tuple:
      writeTuple(w, t.items, rest)
      return
    case TYPE.Func:
      if (!isV3Tree(versions)) throw new EncodeError('function types are written from tree version 3 on')
      w.u8(TYPE.Func).u8(t.args.length)
      pushReversed(rest, [...t.args, t.range, t.typeParams.length, ...t.typeParams])
      return
    case TYPE.TypeVar: {
      const name = utf8.encode(t.name)
      if (name.length > 255) throw new EncodeError(`name of a type variable takes ${name.length} bytes`)
      w.u8(TYPE.TypeVar).u8(name.length).bytes(name)
      return
    }
    default:
      if (t.code <= 0) throw new EncodeError(`type ${t.name} has no encoding`)
      w.u8(t.code)
  }
}

function pushReversed(rest: (SType | number)[], parts: readonly (SType | number)[]): void {
  for (let i = parts.length - 1; i >= 0; i--) rest.push(parts[i]!)
}

/** Collection or option: embeds a primitive item, or the primitive item of a collection. */
function writeWrapped(w: Writer, elem: SType, plain: number, ofColl: number, rest: (SType | number)[]): void {
  if (isEmbeddable(elem)) {
    w.u8(plain * PRIM_RANGE + elem.code)
  } else if (elem.code === TYPE.Coll && isEmbeddable(elem.elem)) {
    w.u8(ofColl * PRIM_RANGE + elem.elem.code)
  } else {
    w.u8(plain * PRIM_RANGE)
    rest.push(elem)
  }
}

function writeTuple(w: Writer, items: readonly SType[], rest: (SType | number)[]): void {
  const n = items.length
  if (n < 2) throw new EncodeError(`tuple type of ${n} has no encoding`)
  if (n === 2) {
    writePair(w, items[0]!, items[1]!, rest)
    return
  }
  if (n === 3) w.u8(CONSTR.Pair2 * PRIM_RANGE)
  else if (n === 4) w.u8(CONSTR.PairSymmetric * PRIM_RANGE)
  else w.u8(TYPE.Tuple).u8(n)
  pushReversed(rest, items)
}

function writePair(w: Writer, first: SType, second: SType, rest: (SType | number)[]): void {
  if (isEmbeddable(first)) {
    const isSymmetric = typeEquals(first, second)
    w.u8((isSymmetric ? CONSTR.PairSymmetric : CONSTR.Pair1) * PRIM_RANGE + first.code)
    if (!isSymmetric) rest.push(second)
  } else if (isEmbeddable(second)) {
    w.u8(CONSTR.Pair2 * PRIM_RANGE + second.code)
    rest.push(first)
  } else {
    w.u8(CONSTR.Pair1 * PRIM_RANGE)
    rest.push(second, first)
  }
}
