import { DecodeError, type Reader } from '../../bytes/index.ts'
import { secp256k1 } from '../../crypto/index.ts'
import type { ConstantNode } from '../ast/nodes.ts'
import type { SType } from '../types/types.ts'
import { RULE, ValidationRuleError } from '../validation-rules.ts'
import { GROUP_ELEMENT_BYTES, GroupElement } from '../values/group-element.ts'
import type { Versions } from '../versions.ts'

/** Deepest nesting of expressions, data and sigma propositions together (reference: `SigmaConstants.MaxTreeDepth`). */
export const MAX_NESTING_LEVELS = 110

/** Longest array that a count may ask for, whatever the bytes that remain (reference: `MaxArrayLength`). */
export const MAX_ARRAY_ITEMS = 100_000

const NO_CONSTANTS: readonly ConstantNode[] = []

/**
 * What one reader of the reference carries through a whole transaction (`SigmaByteReader.scala`): position, position limit,
 * nesting level, types of definitions, constants of the current tree.
 *
 * Some of it deliberately survives where one would expect it to be put back, because in the reference it does: levels and
 * constants after a tree that could not be parsed, types of definitions for ever. So use one reader for one transaction or
 * one box, and a new one for the next.
 */
export class ScriptReader {
  /** The bytes. Reads through it skip the position limit. */
  readonly raw: Reader
  /** Versions in force; trees change them for their own content. */
  versions: Versions
  /** A read may not start behind this offset: rule 1014. */
  positionLimit: number
  level = 0
  /** Constants that placeholders refer to. */
  constants: readonly ConstantNode[] = NO_CONSTANTS
  /** A deserialize node was read since the flag was last reset. */
  sawDeserialize = false
  /** A node that reads the chain was read since the flag was last reset. */
  sawChain = false
  #definitions: Map<number, SType> | undefined = undefined
  readonly #isPoint: (bytes: Uint8Array) => boolean

  /** @param isPoint says whether 33 bytes that begin with 2 or 3 are a point of the curve; for who remembers those that are */
  constructor(raw: Reader, versions: Versions, isPoint: (bytes: Uint8Array) => boolean = secp256k1.isValid) {
    this.raw = raw
    this.versions = versions
    this.#isPoint = isPoint
    this.positionLimit = raw.end
  }

  get position(): number {
    return this.raw.position
  }

  checkLimit(): void {
    if (this.raw.position > this.positionLimit) {
      throw new ValidationRuleError(
        RULE.PositionLimit,
        `read at byte ${this.raw.position} is behind the limit of byte ${this.positionLimit}`
      )
    }
  }

  /** One level down. Not undone when what follows throws. */
  enter(): void {
    if (this.level >= MAX_NESTING_LEVELS) {
      throw new DecodeError('LIMIT_EXCEEDED', `nested deeper than ${MAX_NESTING_LEVELS} levels`, this.raw.position)
    }
    this.level++
  }

  leave(): void {
    this.level--
  }

  u8(): number {
    const raw = this.raw
    const at = raw.position
    if (at > this.positionLimit || at >= raw.end) {
      this.checkLimit()
      return raw.u8()
    }
    raw.position = at + 1
    return raw.buffer[at]!
  }

  i8(): number {
    return (this.u8() << 24) >> 24
  }

  /** The next byte; the position limit does not apply. */
  peek(): number {
    return this.raw.peek()
  }

  bytes(size: number): Uint8Array {
    this.checkLimit()
    return this.raw.bytes(size)
  }

  ushort(field: string): number {
    this.checkLimit()
    return this.raw.ushort(field)
  }

  short(): number {
    this.checkLimit()
    return this.raw.short()
  }

  int(): number {
    this.checkLimit()
    return this.raw.int()
  }

  long(): bigint {
    this.checkLimit()
    return this.raw.long()
  }

  ulong(): bigint {
    this.checkLimit()
    return this.raw.ulong()
  }

  /** `getUInt().toInt`: numbers of 2^31 and more wrap to negative ones. */
  uintWrapped(field: string): number {
    this.checkLimit()
    return this.raw.uint(field) | 0
  }

  /** `getUIntExact`: 0 .. 2^31-1. */
  uint(field: string): number {
    this.checkLimit()
    return this.raw.uintExact(field)
  }

  /** Count of items that are read one by one afterwards; nothing is allocated by it. */
  count(field: string): number {
    return this.checkArray(this.uint(field), field)
  }

  checkArray(count: number, field: string): number {
    if (count > MAX_ARRAY_ITEMS) {
      throw new DecodeError('LIMIT_EXCEEDED', `${field} ${count} is above the limit of ${MAX_ARRAY_ITEMS}`, this.raw.position)
    }
    return count
  }

  /** Tag of an optional part: any non-zero byte means present. */
  isPresent(): boolean {
    return this.u8() !== 0
  }

  /** `getBits`: least significant bit first. */
  bits(count: number): boolean[] {
    const packed = this.bytes((count + 7) >> 3)
    const out: boolean[] = []
    for (let i = 0; i < count; i++) out.push(((packed[i >> 3]! >> (i & 7)) & 1) === 1)
    return out
  }

  /** Point in 33 bytes. A first byte of 0 means infinity whatever follows. */
  groupElement(): GroupElement {
    const at = this.raw.position
    const bytes = this.bytes(GROUP_ELEMENT_BYTES)
    const tag = bytes[0]!
    if (tag === 0) return GroupElement.infinity
    if (tag !== 2 && tag !== 3) throw new DecodeError('MALFORMED', `group element starts with byte ${tag}`, at)
    if (!this.#isPoint(bytes)) throw new DecodeError('MALFORMED', 'group element is not on the curve', at)
    return new GroupElement(bytes)
  }

  define(id: number, tpe: SType): void {
    this.#definitions ??= new Map()
    this.#definitions.set(id, tpe)
  }

  definedType(id: number): SType {
    const tpe = this.#definitions?.get(id)
    if (tpe === undefined) throw new DecodeError('MALFORMED', `nothing is defined as ${id}`, this.raw.position)
    return tpe
  }

  /** Error for content that no rule covers: such a tree cannot be kept unparsed. */
  fail(message: string): never {
    throw new DecodeError('MALFORMED', message, this.raw.position)
  }

  /** As {@link fail}, where the reference's failure is a cast of a type or node to what it is not. */
  failCast(message: string): never {
    throw new CastError('MALFORMED', message, this.raw.position)
  }
}

/**
 * Something is not what the place asks for, and the reference finds out by a ClassCastException. As any other error it refuses
 * a tree; but a script that a deserialize node was to be replaced with leaves the node in its place.
 */
export class CastError extends DecodeError {
  static override readonly name = 'CastError'
  override readonly name = 'CastError'
}
