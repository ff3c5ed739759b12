/**
 * Static types (reference: `SType.scala`).
 *
 * A type is an immutable object, told apart by `code`, the number of its serialized form. Types without parameters are
 * singletons; the others are built by {@link collOf}, {@link optionOf}, {@link tupleOf}, {@link funcOf} and
 * {@link typeVar}, which return shared objects for the common cases. Compare with {@link typeEquals}, never `===` alone.
 */

/** Codes of types without parameters. 0 is the reference's `NoType`, -1 is {@link BadType}. */
export type PrimCode = -1 | 0 | 1 | 2 | 3 | 4 | 5 | 6 | 7 | 8 | 9 | 97 | 98 | 99 | 100 | 101 | 102 | 104 | 105 | 106

export const TYPE = {
  No: 0,
  Boolean: 1,
  Byte: 2,
  Short: 3,
  Int: 4,
  Long: 5,
  BigInt: 6,
  GroupElement: 7,
  SigmaProp: 8,
  UnsignedBigInt: 9,
  Coll: 12,
  Option: 36,
  Tuple: 96,
  Any: 97,
  Unit: 98,
  Box: 99,
  AvlTree: 100,
  Context: 101,
  String: 102,
  TypeVar: 103,
  Header: 104,
  PreHeader: 105,
  Global: 106,
  Func: 112
} as const

export interface PrimType {
  readonly code: PrimCode
  readonly name: string
}
export interface CollType {
  readonly code: 12
  readonly elem: SType
}
export interface OptionType {
  readonly code: 36
  readonly elem: SType
}
export interface TupleType {
  readonly code: 96
  readonly items: readonly SType[]
}
export interface FuncType {
  readonly code: 112
  readonly args: readonly SType[]
  readonly range: SType
  readonly typeParams: readonly TypeVar[]
}
export interface TypeVar {
  readonly code: 103
  readonly name: string
}
export type SType = PrimType | CollType | OptionType | TupleType | FuncType | TypeVar

/** What wrongly applied nodes have; can be compared like any type. */
export const NoType: PrimType = { code: 0, name: 'NoType' }
/** Type of a node whose type cannot be read: in the reference every look at it throws, so every check against it fails. */
export const BadType: PrimType = { code: -1, name: 'BadType' }
export const SBoolean: PrimType = { code: 1, name: 'Boolean' }
export const SByte: PrimType = { code: 2, name: 'Byte' }
export const SShort: PrimType = { code: 3, name: 'Short' }
export const SInt: PrimType = { code: 4, name: 'Int' }
export const SLong: PrimType = { code: 5, name: 'Long' }
export const SBigInt: PrimType = { code: 6, name: 'BigInt' }
export const SGroupElement: PrimType = { code: 7, name: 'GroupElement' }
export const SSigmaProp: PrimType = { code: 8, name: 'SigmaProp' }
export const SUnsignedBigInt: PrimType = { code: 9, name: 'UnsignedBigInt' }
export const SAny: PrimType = { code: 97, name: 'Any' }
export const SUnit: PrimType = { code: 98, name: 'Unit' }
export const SBox: PrimType = { code: 99, name: 'Box' }
export const SAvlTree: PrimType = { code: 100, name: 'AvlTree' }
export const SContext: PrimType = { code: 101, name: 'Context' }
export const SString: PrimType = { code: 102, name: 'String' }
export const SHeader: PrimType = { code: 104, name: 'Header' }
export const SPreHeader: PrimType = { code: 105, name: 'PreHeader' }
export const SGlobal: PrimType = { code: 106, name: 'SigmaDslBuilder' }

/** Highest code that can be embedded in the single byte of a constructor, version 3 trees included. */
export const MAX_PRIMITIVE_CODE = 9

/** Embeddable types by code; index 0 is unused. `UnsignedBigInt` counts from tree version 3 on only. */
export const EMBEDDABLE: readonly PrimType[] = [
  NoType,
  SBoolean,
  SByte,
  SShort,
  SInt,
  SLong,
  SBigInt,
  SGroupElement,
  SSigmaProp,
  SUnsignedBigInt
]

const COLLS: readonly CollType[] = EMBEDDABLE.map((elem) => ({ code: 12, elem }))
const OPTIONS: readonly OptionType[] = EMBEDDABLE.map((elem) => ({ code: 36, elem }))
const NESTED_COLLS: readonly CollType[] = COLLS.map((elem) => ({ code: 12, elem }))
const OPTION_COLLS: readonly OptionType[] = COLLS.map((elem) => ({ code: 36, elem }))
const SYMMETRIC_PAIRS: readonly TupleType[] = EMBEDDABLE.map((t) => ({ code: 96, items: [t, t] }))

/** `Coll[elem]`. */
export function collOf(elem: SType): CollType {
  if (elem.code <= MAX_PRIMITIVE_CODE && elem.code > 0) return COLLS[elem.code]!
  if (elem.code === 12 && elem.elem.code <= MAX_PRIMITIVE_CODE && elem.elem.code > 0) return NESTED_COLLS[elem.elem.code]!
  return { code: 12, elem }
}

/** `Option[elem]`. */
export function optionOf(elem: SType): OptionType {
  if (elem.code <= MAX_PRIMITIVE_CODE && elem.code > 0) return OPTIONS[elem.code]!
  if (elem.code === 12 && elem.elem.code <= MAX_PRIMITIVE_CODE && elem.elem.code > 0) return OPTION_COLLS[elem.elem.code]!
  return { code: 36, elem }
}

/** Tuple of any arity (0 and 1 can be read but not written). */
export function tupleOf(items: readonly SType[]): TupleType {
  const first = items[0]
  if (items.length === 2 && first === items[1] && first!.code <= MAX_PRIMITIVE_CODE && first!.code > 0) {
    return SYMMETRIC_PAIRS[first!.code]!
  }
  return { code: 96, items }
}

export function pairOf(first: SType, second: SType): TupleType {
  return tupleOf([first, second])
}

export function funcOf(args: readonly SType[], range: SType, typeParams: readonly TypeVar[] = []): FuncType {
  return { code: 112, args, range, typeParams }
}

export function typeVar(name: string): TypeVar {
  return { code: 103, name }
}

/** `Coll[Byte]`. */
export const SByteArray: CollType = collOf(SByte)
/** `Coll[Coll[Byte]]`. */
export const SByteArray2: CollType = collOf(SByteArray)
export const SBooleanArray: CollType = collOf(SBoolean)
export const SIntArray: CollType = collOf(SInt)
export const SSigmaPropArray: CollType = collOf(SSigmaProp)
export const SBoxArray: CollType = collOf(SBox)
export const SHeaderArray: CollType = collOf(SHeader)

/** Structural equality, as the reference's case classes have it. */
export function typeEquals(a: SType, b: SType): boolean {
  if (a === b) return true
  if (a.code !== b.code) return false
  return !hasParts(a) || partsEqual(a, b)
}

function hasParts(t: SType): boolean {
  return t.code === 12 || t.code === 36 || t.code === 96 || t.code === 112 || t.code === 103
}

/**
 * Steps after which a walk through a type starts to remember where it has been. Expressions build types that share parts, and
 * a short one can double its type with every definition: without a memory such a walk would never end.
 */
const MEMORY_AFTER_STEPS = 1000

/** Types may be nested by the thousand, so this keeps its own stack. */
function partsEqual(first: SType, second: SType): boolean {
  const lefts = [first]
  const rights = [second]
  const seen = new Map<SType, Set<SType>>()
  let steps = 0
  for (let a = lefts.pop(); a !== undefined; a = lefts.pop()) {
    const b = rights.pop()!
    if (a === b) continue
    if (a.code !== b.code) return false
    if (a.code !== 103 && ++steps > MEMORY_AFTER_STEPS && !remember(seen, a, b)) continue
    if (a.code === 103) {
      if (a.name !== (b as TypeVar).name) return false
    } else if (a.code === 112) {
      const f = b as FuncType
      if (a.args.length !== f.args.length || a.typeParams.length !== f.typeParams.length) return false
      lefts.push(...a.args, a.range, ...a.typeParams)
      rights.push(...f.args, f.range, ...f.typeParams)
    } else if (a.code === 96) {
      if (a.items.length !== (b as TupleType).items.length) return false
      lefts.push(...a.items)
      rights.push(...(b as TupleType).items)
    } else if (a.code === 12 || a.code === 36) {
      lefts.push(a.elem)
      rights.push((b as CollType | OptionType).elem)
    }
  }
  return true
}

/** @returns false when the two were to be compared before */
function remember(seen: Map<SType, Set<SType>>, a: SType, b: SType): boolean {
  const others = seen.get(a)
  if (others === undefined) seen.set(a, new Set([b]))
  else if (others.has(b)) return false
  else others.add(b)
  return true
}

/**
 * Does the type or any of its parts pass the test?
 *
 * @param into whether the parts of a part are looked at
 */
export function someType(tpe: SType, test: (t: SType) => boolean, into: (t: SType) => boolean = () => true): boolean {
  if (!hasParts(tpe)) return test(tpe)
  const stack = [tpe]
  const seen = new Set<SType>()
  let steps = 0
  for (let t = stack.pop(); t !== undefined; t = stack.pop()) {
    if (++steps > MEMORY_AFTER_STEPS) {
      if (seen.has(t)) continue
      seen.add(t)
    }
    if (test(t)) return true
    if (!into(t)) continue
    if (t.code === 12 || t.code === 36) stack.push(t.elem)
    else if (t.code === 96) stack.push(...t.items)
    else if (t.code === 112) stack.push(...t.args, t.range, ...t.typeParams)
  }
  return false
}

/** Byte, Short, Int, Long, BigInt or UnsignedBigInt. */
export function isNumeric(t: SType): boolean {
  return (t.code >= 2 && t.code <= 6) || t.code === 9
}

/** A type that the type codec may fold into its constructor's byte, whatever the version. */
export function isEmbeddable(t: SType): boolean {
  return t.code > 0 && t.code <= MAX_PRIMITIVE_CODE
}

/** Order of numeric types for automatic upcasts (reference: `numericTypeIndex`): Byte 0 .. BigInt 4, UnsignedBigInt 5. */
export function numericRank(t: SType): number {
  return t.code === 9 ? 5 : t.code - 2
}

/** Texts of types end here: what follows is in nobody's interest, and may be endless. */
const MAX_TEXT_CHARS = 2000

/** Parts nested deeper than this are left out of texts. */
const MAX_TEXT_NESTING = 100

/** Text as in the reference's `toString`: `Coll[(Int,Byte)]`, `(IV) => Boolean`. Very long ones are cut. */
export function typeToString(t: SType): string {
  const out: string[] = []
  writeText(t, out, MAX_TEXT_CHARS, 0)
  return out.join('')
}

/** @returns the characters that are left */
function writeText(t: SType, out: string[], room: number, depth: number): number {
  if (room <= 0) return room
  if (depth > MAX_TEXT_NESTING) return put(out, '...', room)
  switch (t.code) {
    case 12:
    case 36:
      return put(out, ']', writeText(t.elem, out, put(out, t.code === 12 ? 'Coll[' : 'Option[', room), depth + 1))
    case 96:
      return put(out, ')', writeList(t.items, out, put(out, '(', room), depth))
    case 112: {
      let left = room
      if (t.typeParams.length > 0) left = put(out, ']', writeList(t.typeParams, out, put(out, '[', left), depth))
      left = writeList(t.args, out, put(out, '(', left), depth)
      return writeText(t.range, out, put(out, ') => ', left), depth + 1)
    }
    default:
      return put(out, t.name, room)
  }
}

function writeList(types: readonly SType[], out: string[], room: number, depth: number): number {
  let left = room
  for (const [i, t] of types.entries()) {
    if (i > 0) left = put(out, ',', left)
    left = writeText(t, out, left, depth + 1)
  }
  return left
}

function put(out: string[], text: string, room: number): number {
  if (room > 0) out.push(text.length <= room ? text : '...')
  return room - text.length
}
