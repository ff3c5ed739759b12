import { bigIntFromBytes, EncodeError, type Writer } from '../../bytes/index.ts'
import { collOf, SAny, SBoolean, type SType, someType, TYPE, typeToString } from '../types/types.ts'
import { RULE, ValidationRuleError } from '../validation-rules.ts'
import { fitsSigned256, MAX_BIG_INT_BYTES, signedFromBytes, signedToBytes, unsignedToBytes } from '../values/big-int-bytes.ts'
import { GroupElement } from '../values/group-element.ts'
import { decodeJavaUtf8 } from '../values/java-text.ts'
import {
  ArrayColl,
  AvlTreeValue,
  BigIntValue,
  BoxValue,
  ByteValue,
  type Coll,
  collFromItems,
  collItem,
  collLength,
  HeaderValue,
  isColl,
  isSigmaBoolean,
  NONE,
  OptionValue,
  PairColl,
  PairValue,
  PrimitiveColl,
  ShortValue,
  UNIT,
  UnsignedBigIntValue,
  type Value
} from '../values/values.ts'
import { isV3Tree, type Versions } from '../versions.ts'
import { readBox, writeBox } from './box-codec.ts'
import { readScriptHeader, writeScriptHeader } from './header-data.ts'
import type { ScriptReader } from './script-reader.ts'
import { readSigmaBoolean, writeSigmaBoolean } from './sigma-codec.ts'

/** Highest type code of data; codes above it, and options below tree version 3, fail rule 1009. */
const LAST_DATA_TYPE_CODE = 111

/** Digest of an authenticated tree: label and height. */
const AVL_DIGEST_BYTES = 33

/** Flags of an authenticated tree that mean something; the others are lost on reading. */
const AVL_FLAGS_MASK = 0x07

const utf8 = new TextEncoder()
const CollAny = collOf(SAny)

/**
 * Reads a value of the given type (reference: `CoreDataSerializer.scala`, `DataSerializer.scala`). Each value is one level of
 * nesting, items of collections and tuples included.
 *
 * @throws ValidationRuleError 1009 for types without data, and what trees inside boxes raise
 * @throws DecodeError
 */
export function readData(s: ScriptReader, tpe: SType): Value {
  s.enter()
  const value = readByType(s, tpe)
  s.leave()
  return value
}

function readByType(s: ScriptReader, tpe: SType): Value {
  switch (tpe.code) {
    case TYPE.Boolean:
      return s.u8() !== 0
    case TYPE.Byte:
      return ByteValue.of(s.u8())
    case TYPE.Short:
      return new ShortValue(s.short())
    case TYPE.Int:
      return s.int()
    case TYPE.Long:
      return s.long()
    case TYPE.BigInt:
      return readBigInt(s)
    case TYPE.GroupElement:
      return s.groupElement()
    case TYPE.SigmaProp:
      return readSigmaBoolean(s)
    case TYPE.Coll:
      return readColl(s, tpe.elem)
    case TYPE.Tuple:
      return readTuple(s, tpe.items)
    case TYPE.Unit:
      return UNIT
    case TYPE.Box:
      return new BoxValue(readBox(s))
    case TYPE.AvlTree:
      return readAvlTree(s)
    case TYPE.String:
      return decodeJavaUtf8(s.bytes(s.uint('string length')))
    case TYPE.UnsignedBigInt:
      if (isV3Tree(s.versions)) return new UnsignedBigIntValue(bigIntFromBytes(readBigIntBytes(s)))
      break
    case TYPE.Option:
      if (isV3Tree(s.versions)) return s.isPresent() ? new OptionValue(readData(s, tpe.elem)) : NONE
      break
    case TYPE.Header:
      if (isV3Tree(s.versions)) return new HeaderValue(readScriptHeader(s))
  }
  if (tpe.code === TYPE.Option || tpe.code > LAST_DATA_TYPE_CODE) {
    throw new ValidationRuleError(RULE.SerializableTypeCode, `no data of type ${typeToString(tpe)}`, [tpe.code])
  }
  return s.fail(`no data of type ${typeToString(tpe)}`)
}

function readBigIntBytes(s: ScriptReader): Uint8Array {
  const size = s.ushort('big integer size')
  if (size > MAX_BIG_INT_BYTES) s.fail(`big integer of ${size} bytes`)
  return s.bytes(size)
}

function readBigInt(s: ScriptReader): BigIntValue {
  const bytes = readBigIntBytes(s)
  if (bytes.length === 0) s.fail('big integer without bytes')
  return new BigIntValue(signedFromBytes(bytes))
}

function readAvlTree(s: ScriptReader): AvlTreeValue {
  const digest = s.bytes(AVL_DIGEST_BYTES)
  const flags = s.u8() & AVL_FLAGS_MASK
  const keyLength = s.uintWrapped('key length')
  const valueLength = s.isPresent() ? s.uintWrapped('value length') : undefined
  return new AvlTreeValue(digest, flags, keyLength, valueLength)
}

function readTuple(s: ScriptReader, types: readonly SType[]): Value {
  if (types.length === 2) return new PairValue(readData(s, types[0]!), readData(s, types[1]!))
  const items: Value[] = []
  for (const t of types) items.push(readData(s, t))
  return new ArrayColl(SAny, items)
}

function readColl(s: ScriptReader, elem: SType): Coll {
  const count = s.ushort('collection size')
  if (elem.code === TYPE.Byte) return s.bytes(count)
  if (elem.code === TYPE.Boolean) return new PrimitiveColl(SBoolean, s.bits(count))
  const itemType = runtimeItemType(s, elem)
  if (count > 0 && isWithoutBytes(elem)) return repeat(itemType, readData(s, elem), count)
  const items: Value[] = []
  for (let i = 0; i < count; i++) items.push(readData(s, elem))
  if (count > 0 && hasUnstorablePart(itemType)) s.fail(`collection of ${typeToString(elem)} cannot be built`)
  return collFromItems(itemType, items)
}

/** Collection of equal items in no memory. */
function repeat(itemType: SType, item: Value, count: number): Coll {
  if (!(item instanceof PairValue) || itemType.code !== TYPE.Tuple) return ArrayColl.repeat(itemType, item, count)
  const [left, right] = itemType.items as [SType, SType]
  return new PairColl(repeat(left, item.first, count), repeat(right, item.second, count))
}

/** Items of this type take no byte, so a count is not bounded by the bytes that remain. */
function isWithoutBytes(t: SType): boolean {
  return !someType(t, (part) => part.code !== TYPE.Unit && part.code !== TYPE.Tuple)
}

/** What the collection knows as its item type; fails for types that the reference cannot describe at run time. */
function runtimeItemType(s: ScriptReader, elem: SType): SType {
  if (elem.code === TYPE.Tuple && elem.items.length !== 2) return CollAny
  if (!hasRuntimeType(elem)) s.fail(`no run-time type for ${typeToString(elem)}`)
  return elem
}

/** Does `stypeToRType` of the reference know it? */
export function hasRuntimeType(t: SType): boolean {
  return !someType(t, (part) => {
    if (part.code === TYPE.Func) return part.args.length !== 1 || part.typeParams.length > 0
    return part.code === TYPE.TypeVar || part.code <= 0
  })
}

/**
 * A pair with a tuple of another size in it, also as part of a pair in it: the reference stores such a component in an array
 * of arrays, which refuses the collection that the tuple is.
 */
function hasUnstorablePart(itemType: SType): boolean {
  const pairs = [itemType]
  for (let t = pairs.pop(); t !== undefined; t = pairs.pop()) {
    if (t.code !== TYPE.Tuple) continue
    if (t.items.length !== 2) return true
    pairs.push(...t.items)
  }
  return false
}

function mismatch(tpe: SType): never {
  throw new EncodeError(`value is not of type ${typeToString(tpe)}`)
}

/**
 * Writes a value of the given type.
 *
 * @throws EncodeError for types without data in these versions, values of another type, and numbers that no longer fit
 */
export function writeData(w: Writer, value: Value, tpe: SType, versions: Versions): void {
  switch (tpe.code) {
    case TYPE.Boolean:
      if (typeof value !== 'boolean') return mismatch(tpe)
      w.u8(value ? 1 : 0)
      return
    case TYPE.Byte:
      if (!(value instanceof ByteValue)) return mismatch(tpe)
      w.u8(value.value)
      return
    case TYPE.Short:
      if (!(value instanceof ShortValue)) return mismatch(tpe)
      w.short(value.value)
      return
    case TYPE.Int:
      if (typeof value !== 'number') return mismatch(tpe)
      w.int(value)
      return
    case TYPE.Long:
      if (typeof value !== 'bigint') return mismatch(tpe)
      w.long(value)
      return
    case TYPE.GroupElement:
      if (!(value instanceof GroupElement)) return mismatch(tpe)
      w.bytes(value.bytes)
      return
    case TYPE.SigmaProp:
      if (!isSigmaBoolean(value)) return mismatch(tpe)
      writeSigmaBoolean(w, value)
      return
    case TYPE.Coll:
      if (!isColl(value)) return mismatch(tpe)
      writeColl(w, value, tpe.elem, versions)
      return
    case TYPE.Tuple:
      writeTuple(w, value, tpe.items, versions)
      return
    default:
      writeRare(w, value, tpe, versions)
  }
}

function writeRare(w: Writer, value: Value, tpe: SType, versions: Versions): void {
  switch (tpe.code) {
    case TYPE.Unit:
      return
    case TYPE.BigInt: {
      if (!(value instanceof BigIntValue)) return mismatch(tpe)
      if (!fitsSigned256(value.value)) throw new EncodeError('big integer does not fit 256 bits')
      const bytes = signedToBytes(value.value)
      w.ushort(bytes.length).bytes(bytes)
      return
    }
    case TYPE.String: {
      if (typeof value !== 'string') return mismatch(tpe)
      const bytes = utf8.encode(value)
      w.uint(bytes.length).bytes(bytes)
      return
    }
    case TYPE.AvlTree:
      if (!(value instanceof AvlTreeValue)) return mismatch(tpe)
      w.bytes(value.digest).u8(value.flags).uint(value.keyLength)
      w.option(value.valueLength, (n) => w.uint(n))
      return
    case TYPE.Box:
      if (!(value instanceof BoxValue)) return mismatch(tpe)
      writeBox(w, value.box, versions)
      return
  }
  if (!isV3Tree(versions)) throw new EncodeError(`no data of type ${typeToString(tpe)} below tree version 3`)
  switch (tpe.code) {
    case TYPE.UnsignedBigInt: {
      if (!(value instanceof UnsignedBigIntValue)) return mismatch(tpe)
      const bytes = unsignedToBytes(value.value)
      w.ushort(bytes.length).bytes(bytes)
      return
    }
    case TYPE.Option:
      if (!(value instanceof OptionValue)) return mismatch(tpe)
      w.option(value.value, (v) => writeData(w, v, tpe.elem, versions))
      return
    case TYPE.Header:
      if (!(value instanceof HeaderValue)) return mismatch(tpe)
      writeScriptHeader(w, value.header)
      return
    default:
      throw new EncodeError(`no data of type ${typeToString(tpe)}`)
  }
}

function writeTuple(w: Writer, value: Value, types: readonly SType[], versions: Versions): void {
  if (types.length === 2) {
    if (!(value instanceof PairValue)) throw new EncodeError('value is not a pair')
    writeData(w, value.first, types[0]!, versions)
    writeData(w, value.second, types[1]!, versions)
    return
  }
  if (!isColl(value) || collLength(value) !== types.length) throw new EncodeError(`value is not a tuple of ${types.length}`)
  for (const [i, t] of types.entries()) writeData(w, collItem(value, i), t, versions)
}

function writeColl(w: Writer, coll: Coll, elem: SType, versions: Versions): void {
  const n = collLength(coll)
  w.ushort(n)
  if (elem.code === TYPE.Byte) {
    if (!(coll instanceof Uint8Array)) throw new EncodeError('value is not a collection of bytes')
    w.bytes(coll)
    return
  }
  if (elem.code === TYPE.Boolean) {
    writeBits(w, coll)
    return
  }
  for (let i = 0; i < n; i++) writeData(w, collItem(coll, i), elem, versions)
}

/** `putBits`: least significant bit first. */
function writeBits(w: Writer, coll: Coll): void {
  const n = collLength(coll)
  const packed = new Uint8Array((n + 7) >> 3)
  for (let i = 0; i < n; i++) {
    const bit = collItem(coll, i)
    if (typeof bit !== 'boolean') throw new EncodeError('value is not a collection of booleans')
    if (bit) packed[i >> 3]! |= 1 << (i & 7)
  }
  w.bytes(packed)
}
