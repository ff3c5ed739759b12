import { SByte, type SType, type TupleType, tupleOf } from '../types/types.ts'
import type { ErgoBox } from './ergo-box.ts'
import type { GroupElement } from './group-element.ts'
import { CAnd, COr, CThreshold, ProveDHTuple, ProveDlog, type SigmaBoolean, TrivialProp } from './sigma-boolean.ts'

/**
 * Run-time values.
 *
 * Every value tells its class by itself, exactly as on the JVM, because trees that are wrongly typed do parse and must fail
 * (or not) at the same point as in the reference:
 *
 * | Type | Value |
 * |---|---|
 * | Boolean | `boolean` |
 * | Byte | {@link ByteValue}, one shared object a number: compare with `===` |
 * | Short | {@link ShortValue} |
 * | Int | `number`, -2^31 .. 2^31-1 |
 * | Long | `bigint`, -2^63 .. 2^63-1 |
 * | BigInt | {@link BigIntValue} |
 * | UnsignedBigInt | {@link UnsignedBigIntValue} |
 * | GroupElement | {@link GroupElement} |
 * | SigmaProp | {@link SigmaBoolean}, one of its classes |
 * | Coll[Byte] | `Uint8Array` of raw bytes (item i is `ByteValue.of` its signed reading), {@link GenericBytes} where code made it that does not know the type; never to be changed in place |
 * | Coll[(A, B)] | {@link PairColl}: two collections, as in the reference |
 * | any other Coll | {@link ArrayColl}; of booleans that were read, and of indices: {@link PrimitiveColl} |
 * | pair | {@link PairValue} |
 * | tuple of another size, Tuple *node* of a register | {@link ArrayColl} with item type `Any` |
 * | Option | {@link OptionValue} |
 * | String | `string` |
 * | Unit | {@link UNIT} |
 * | AvlTree, Box, Header, PreHeader | {@link AvlTreeValue}, {@link BoxValue}, {@link HeaderValue}, {@link PreHeaderValue} |
 * | Context, Global, function | subclasses of {@link ContextValue}, {@link GLOBAL}, subclasses of {@link FunctionValue} |
 */
export type Value =
  | boolean
  | number
  | bigint
  | string
  | ByteValue
  | ShortValue
  | BigIntValue
  | UnsignedBigIntValue
  | GroupElement
  | SigmaBoolean
  | Coll
  | PairValue
  | OptionValue
  | UnitValue
  | AvlTreeValue
  | BoxValue
  | HeaderValue
  | PreHeaderValue
  | ContextValue
  | GlobalValue
  | FunctionValue

/** Value of type Byte. Instances are shared, so `===` compares numbers. */
export class ByteValue {
  /** -128 .. 127 */
  readonly value: number

  private constructor(value: number) {
    this.value = value
  }

  /** By its low eight bits, signed or unsigned: `of(0xff)` is `of(-1)`. */
  static of(value: number): ByteValue {
    return ByteValue.#all[value & 0xff]!
  }

  static readonly #all: readonly ByteValue[] = Array.from({ length: 256 }, (_, i) => new ByteValue((i << 24) >> 24))
}

/** Value of type Short, -32768 .. 32767. */
export class ShortValue {
  readonly value: number

  constructor(value: number) {
    this.value = value
  }
}

/** Value of type BigInt. Range: 256 bits signed, though below tree version 3 a result may exceed it by one bit. */
export class BigIntValue {
  readonly value: bigint

  constructor(value: bigint) {
    this.value = value
  }
}

/** Value of type UnsignedBigInt, 0 .. 2^256-1. */
export class UnsignedBigIntValue {
  readonly value: bigint

  constructor(value: bigint) {
    this.value = value
  }
}

/** Value of type Unit. */
export class UnitValue {
  readonly unit = true
}
export const UNIT = new UnitValue()

/** Value of type (A, B). */
export class PairValue {
  readonly first: Value
  readonly second: Value

  constructor(first: Value, second: Value) {
    this.first = first
    this.second = second
  }
}

/** Value of type Option[T]. It does not know T. */
export class OptionValue {
  /** Undefined for None. */
  readonly value: Value | undefined

  constructor(value: Value | undefined) {
    this.value = value
  }
}
export const NONE = new OptionValue(undefined)

/** Any collection but Coll[Byte] and collections of pairs. */
export class ArrayColl {
  /** Run-time item type. A collection of tuples that are not pairs has `Coll[Any]`. */
  readonly itemType: SType
  readonly length: number
  #items: readonly Value[] | undefined
  readonly #repeated: Value | undefined

  constructor(itemType: SType, items: readonly Value[], length = items.length, repeated?: Value) {
    this.itemType = itemType
    this.length = length
    this.#items = repeated === undefined ? items : undefined
    this.#repeated = repeated
  }

  /**
   * `length` times the same item. Takes no memory until the items are asked for: a few bytes may encode a collection of
   * 65535 items that have no bytes themselves.
   */
  static repeat(itemType: SType, item: Value, length: number): ArrayColl {
    return new ArrayColl(itemType, [], length, item)
  }

  /** Not to be changed. */
  get items(): readonly Value[] {
    return (this.#items ??= new Array<Value>(this.length).fill(this.#repeated!))
  }
}

/**
 * Booleans that were read, and indices. The reference has such collections compiled for the primitive type of their items: they
 * take nothing of another type, not even where it would not be looked at. The same holds for all `Uint8Array` but the
 * {@link GenericBytes}.
 */
export class PrimitiveColl extends ArrayColl {}

/** Bytes in a collection that was made by code that does not know the type: by an expression, by mapping. */
export class GenericBytes extends Uint8Array {}

/**
 * Collection of pairs held as two collections (reference: `PairOfCols`). Usually of the same length, but before activated
 * version 2 zip and its like keep different lengths; the pair collection is as long as the shorter one.
 */
export class PairColl {
  readonly left: Coll
  readonly right: Coll
  readonly length: number
  /** Levels of such collections within each other: 1 when neither part is one. Every zip adds one, and parts may be shared. */
  readonly depth: number
  #itemType: TupleType | undefined = undefined

  constructor(left: Coll, right: Coll) {
    this.left = left
    this.right = right
    this.length = Math.min(left.length, right.length)
    this.depth = 1 + Math.max(pairDepth(left), pairDepth(right))
  }

  get itemType(): TupleType {
    return (this.#itemType ??= tupleOf([itemTypeOf(this.left), itemTypeOf(this.right)]))
  }
}

/**
 * Levels of pairs up to which a walk through them just repeats itself where parts are shared. A script doubles the number of parts
 * with every definition, so that a walk through more levels has to remember where it has been.
 */
export const SHALLOW_PAIRS = 6

/** Any collection value. */
export type Coll = Uint8Array | ArrayColl | PairColl

export function isColl(v: Value): v is Coll {
  return v instanceof Uint8Array || v instanceof ArrayColl || v instanceof PairColl
}

/** Run-time item type of a collection. */
export function itemTypeOf(coll: Coll): SType {
  return coll instanceof Uint8Array ? SByte : coll.itemType
}

export function collLength(coll: Coll): number {
  return coll.length
}

function pairDepth(coll: Coll): number {
  return coll instanceof PairColl ? coll.depth : 0
}

/** Item at `index`, which must be within the collection. */
export function collItem(coll: Coll, index: number): Value {
  if (coll instanceof Uint8Array) return ByteValue.of(coll[index]!)
  if (coll instanceof ArrayColl) return coll.items[index]!
  if (coll.depth > SHALLOW_PAIRS) return sharedItem(coll, index, new Map())
  return new PairValue(collItem(coll.left, index), collItem(coll.right, index))
}

/** An item whose parts are shared where the collections are. */
function sharedItem(coll: Coll, index: number, known: Map<Coll, Value>): Value {
  if (!(coll instanceof PairColl)) return collItem(coll, index)
  let item = known.get(coll)
  if (item === undefined) {
    item = new PairValue(sharedItem(coll.left, index, known), sharedItem(coll.right, index, known))
    known.set(coll, item)
  }
  return item
}

/**
 * Collection of items in the representation that the reference picks by the item type (`Colls.fromArray`): bytes, a pair of
 * collections (recursively), or a plain array. Items must be of that type.
 */
export function collFromItems(itemType: SType, items: readonly Value[]): Coll {
  if (itemType.code === 2) return GenericBytes.from(items, (v) => (v as ByteValue).value)
  if (itemType.code !== 96 || itemType.items.length !== 2) return new ArrayColl(itemType, items)
  const [left, right] = itemType.items as [SType, SType]
  return new PairColl(
    collFromItems(
      left,
      items.map((v) => (v as PairValue).first)
    ),
    collFromItems(
      right,
      items.map((v) => (v as PairValue).second)
    )
  )
}

/** Value of type AvlTree: parameters of an authenticated dictionary. */
export class AvlTreeValue {
  /** 33 bytes by the codec, any length by `updateDigest`. Root label, then height. */
  readonly digest: Uint8Array
  /** 1 insert, 2 update, 4 remove. */
  readonly flags: number
  /** Signed 32 bits: a number of 2^31 or more on the wire has wrapped. */
  readonly keyLength: number
  /** Signed 32 bits; undefined when values may have any length. */
  readonly valueLength: number | undefined

  constructor(digest: Uint8Array, flags: number, keyLength: number, valueLength: number | undefined) {
    this.digest = digest
    this.flags = flags
    this.keyLength = keyLength
    this.valueLength = valueLength
  }
}

/** Value of type Box. The parsed box is shared; conversions that are done once a box are cached by the evaluator. */
export class BoxValue {
  readonly box: ErgoBox
  /** Room for the evaluator: registers converted to values, on first access. */
  registers: unknown = undefined

  constructor(box: ErgoBox) {
    this.box = box
  }
}

/** Fields of a header as scripts see them. */
export interface ScriptHeader {
  /** 32 bytes: hash of the serialized header. */
  readonly id: Uint8Array
  /** One signed byte in every comparison. */
  readonly version: number
  readonly parentId: Uint8Array
  readonly adProofsRoot: Uint8Array
  /** 33-byte digest. */
  readonly stateRoot: Uint8Array
  readonly transactionsRoot: Uint8Array
  /** Signed 64 bits. */
  readonly timestamp: bigint
  /** Unsigned 32 bits. */
  readonly nBits: number
  readonly height: number
  readonly extensionRoot: Uint8Array
  readonly minerPk: GroupElement
  readonly powOnetimePk: GroupElement
  /** 8 bytes. */
  readonly powNonce: Uint8Array
  readonly powDistance: bigint
  /** 3 bytes. */
  readonly votes: Uint8Array
  /** Bytes between votes and solution of a version that is not understood; else empty. */
  readonly unparsedBytes: Uint8Array
}

/** Value of type Header. */
export class HeaderValue {
  readonly header: ScriptHeader

  constructor(header: ScriptHeader) {
    this.header = header
  }
}

/** Fields of the block being built or checked, as scripts see them. */
export interface ScriptPreHeader {
  readonly version: number
  readonly parentId: Uint8Array
  readonly timestamp: bigint
  /** Unsigned 32 bits in a header; signed 64 where the reference keeps it. */
  readonly nBits: bigint
  readonly height: number
  readonly minerPk: GroupElement
  readonly votes: Uint8Array
}

/** Value of type PreHeader. */
export class PreHeaderValue {
  readonly preHeader: ScriptPreHeader

  constructor(preHeader: ScriptPreHeader) {
    this.preHeader = preHeader
  }
}

/** Value of type Context; the evaluator has the only subclass. */
export abstract class ContextValue {
  readonly isContext = true
}

/** Value of type Global. */
export class GlobalValue {
  readonly isGlobal = true
}
export const GLOBAL = new GlobalValue()

/** Function value: the evaluator has the only subclass. */
export abstract class FunctionValue {
  abstract apply(arg: Value): Value
}

/** Is it a value of type SigmaProp? */
export function isSigmaBoolean(v: Value): v is SigmaBoolean {
  return (
    v instanceof ProveDlog ||
    v instanceof TrivialProp ||
    v instanceof CAnd ||
    v instanceof COr ||
    v instanceof CThreshold ||
    v instanceof ProveDHTuple
  )
}
