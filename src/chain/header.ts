import { bigIntFromBytes, Reader, toHex } from '../bytes/index.ts'
import { blake2b256 } from '../crypto/index.ts'
import { GENESIS_HEIGHT, INITIAL_VERSION, MODIFIER_TYPES, NONCE_BYTES, POINT_BYTES } from './constants.ts'
import { type HeaderFields, type PowSolution, SOLUTION_W_V2 } from './header-fields.ts'
import { sectionId } from './section-ids.ts'

/** Offset of the timestamp: version, three digests and the state root stand before it. */
export const TIMESTAMP_AT = 130

/** A timestamp of so many bytes is below 2^49, so a number holds it; today's have six. One of ten may be negative. */
const SAFE_TIMESTAMP_BYTES = 7

const EMPTY = new Uint8Array(0)

/**
 * A block header: one byte array and offsets into it. Fields are getters, nothing is copied or decoded before it is asked for.
 *
 * The bytes are always the canonical ones (what the reference writes after reading), so `id` is their hash. Byte fields are
 * views: do not write to them. A header may look into a larger buffer, e.g. the message it came in; {@link detach} frees that.
 *
 * Headers come from `parseHeader`, `scanHeader`, `readHeader` or `headerFromFields`.
 */
export class Header {
  /** Signed byte; selects layout and proof-of-work algorithm, whatever the height is. */
  readonly version: number
  readonly height: number
  readonly #buffer: Uint8Array
  readonly #start: number
  /** Offset of the extension root. */
  readonly #middle: number
  /** Offset of the votes. */
  readonly #votes: number
  /** Offset of the solution. */
  readonly #solution: number
  readonly #end: number
  #id: Uint8Array | undefined
  #idHex: string | undefined
  #level: number | undefined

  /** @internal Offsets must have been checked; use `scanHeader`. */
  constructor(
    buffer: Uint8Array,
    start: number,
    middle: number,
    votes: number,
    solution: number,
    end: number,
    version: number,
    height: number
  ) {
    this.#buffer = buffer
    this.#start = start
    this.#middle = middle
    this.#votes = votes
    this.#solution = solution
    this.#end = end
    this.version = version
    this.height = height
  }

  #view(offset: number, size: number): Uint8Array {
    return this.#buffer.subarray(offset, offset + size)
  }

  /** Size of the canonical encoding in bytes. */
  get size(): number {
    return this.#end - this.#start
  }

  /** The canonical encoding. */
  get bytes(): Uint8Array {
    return this.#buffer.subarray(this.#start, this.#end)
  }

  /** What the proof of work signs: all fields but the solution. */
  get bytesWithoutPow(): Uint8Array {
    return this.#buffer.subarray(this.#start, this.#solution)
  }

  /** blake2b-256 of {@link bytes}; computed once. */
  get id(): Uint8Array {
    return (this.#id ??= blake2b256(this.bytes))
  }

  /** {@link id} as lower-case hex; made once. */
  get idHex(): string {
    return (this.#idHex ??= toHex(this.id))
  }

  /** @internal Superblock level, once somebody has hashed the solution; use `headerLevel`. */
  get knownLevel(): number | undefined {
    return this.#level
  }

  /** @internal Keeps the level, since it costs as much as the proof of work. */
  noteLevel(level: number): void {
    this.#level = level
  }

  get parentId(): Uint8Array {
    return this.#view(this.#start + 1, 32)
  }

  get adProofsRoot(): Uint8Array {
    return this.#view(this.#start + 33, 32)
  }

  get transactionsRoot(): Uint8Array {
    return this.#view(this.#start + 65, 32)
  }

  /** AVL+ digest of the state after this block, 33 bytes. */
  get stateRoot(): Uint8Array {
    return this.#view(this.#start + 97, 33)
  }

  /** Milliseconds since 1970: exact up to 2^53, the nearest double above; {@link timestampExact} is always exact. */
  get timestamp(): number {
    const buffer = this.#buffer
    const from = this.#start + TIMESTAMP_AT
    if (this.#middle - from > SAFE_TIMESTAMP_BYTES) return Number(this.timestampExact)
    let value = 0
    for (let i = this.#middle - 1; i >= from; i--) value = value * 128 + (buffer[i]! & 0x7f)
    return value
  }

  /** Milliseconds since 1970 as the signed 64-bit number it is. */
  get timestampExact(): bigint {
    if (this.#middle - this.#start - TIMESTAMP_AT <= SAFE_TIMESTAMP_BYTES) return BigInt(this.timestamp)
    return new Reader(this.#buffer, this.#start + TIMESTAMP_AT, this.#middle).ulong()
  }

  get extensionRoot(): Uint8Array {
    return this.#view(this.#middle, 32)
  }

  /** Compact difficulty as written, unsigned 32 bits. */
  get nBits(): number {
    const b = this.#buffer
    const at = this.#middle + 32
    return ((b[at]! << 24) | (b[at + 1]! << 16) | (b[at + 2]! << 8) | b[at + 3]!) >>> 0
  }

  /** Three votes, signed bytes; 0 is no vote. */
  get votes(): Uint8Array {
    return this.#view(this.#votes, 3)
  }

  /** Fields of later versions, unknown here; empty below version 5. */
  get unparsedBytes(): Uint8Array {
    const from = this.#votes + 4
    return from < this.#solution ? this.#buffer.subarray(from, this.#solution) : EMPTY
  }

  /** Miner's key, 33 bytes compressed; 33 zero bytes are infinity. */
  get minerPk(): Uint8Array {
    return this.#view(this.#solution, POINT_BYTES)
  }

  /** One-time key of a version 1 solution; the generator for every other version. */
  get powOneTimePk(): Uint8Array {
    return this.version === INITIAL_VERSION ? this.#view(this.#solution + POINT_BYTES, POINT_BYTES) : SOLUTION_W_V2
  }

  /** Eight bytes. */
  get nonce(): Uint8Array {
    return this.#view(this.#solution + (this.version === INITIAL_VERSION ? 2 * POINT_BYTES : POINT_BYTES), NONCE_BYTES)
  }

  /** Distance `d` of a version 1 solution; 0 for every other version. */
  get powDistance(): bigint {
    if (this.version !== INITIAL_VERSION) return 0n
    return bigIntFromBytes(this.#buffer.subarray(this.#solution + 2 * POINT_BYTES + NONCE_BYTES + 1, this.#end))
  }

  /** True at height 1, which alone decides which rules apply. */
  get isGenesis(): boolean {
    return this.height === GENESIS_HEIGHT
  }

  /** Id of the block's transactions section (type 102). */
  get transactionsId(): Uint8Array {
    return sectionId(MODIFIER_TYPES.blockTransactions, this.id, this.transactionsRoot)
  }

  /** Id of the block's AD-proofs section (type 104). */
  get adProofsId(): Uint8Array {
    return sectionId(MODIFIER_TYPES.adProofs, this.id, this.adProofsRoot)
  }

  /** Id of the block's extension section (type 108). */
  get extensionId(): Uint8Array {
    return sectionId(MODIFIER_TYPES.extension, this.id, this.extensionRoot)
  }

  get powSolution(): PowSolution {
    return { pk: this.minerPk, w: this.powOneTimePk, nonce: this.nonce, d: this.powDistance }
  }

  /** All fields as plain values; byte fields are views. */
  toFields(): HeaderFields {
    return {
      version: this.version,
      parentId: this.parentId,
      adProofsRoot: this.adProofsRoot,
      transactionsRoot: this.transactionsRoot,
      stateRoot: this.stateRoot,
      timestamp: this.timestampExact,
      extensionRoot: this.extensionRoot,
      nBits: this.nBits,
      height: this.height,
      votes: this.votes,
      unparsedBytes: this.unparsedBytes,
      powSolution: this.powSolution
    }
  }

  /** The same header on a buffer of its own size, so that the one it was read from can be freed. */
  detach(): Header {
    if (this.#buffer.byteLength === this.size && this.#buffer.buffer.byteLength === this.size) return this
    const s = this.#start
    const copy = new Header(
      this.bytes.slice(),
      0,
      this.#middle - s,
      this.#votes - s,
      this.#solution - s,
      this.size,
      this.version,
      this.height
    )
    copy.#id = this.#id
    copy.#idHex = this.#idHex
    copy.#level = this.#level
    return copy
  }
}
