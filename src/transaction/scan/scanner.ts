import { bytesEqual, Reader } from '../../bytes/index.ts'
import {
  DEFAULT_VERSIONS,
  type ErgoTree,
  type ParsedErgoTree,
  readErgoTree,
  ScriptReader,
  type Versions,
  writeErgoTree
} from '../../ergotree/index.ts'
import { TreeCache } from '../tree-cache.ts'
import { PointCache } from './point-cache.ts'

/** Answer of a scan that leaves the judgement to the exact codec. */
export const GIVE_UP = -1

/** Longest encoding of a 64-bit number. */
const MAX_VLQ64_BYTES = 10

/** Length of an encoded group element. */
const POINT_BYTES = 33

/** Header, type and kind of proposition before the key. */
const KEY_TREE_BYTES = 3 + POINT_BYTES

const NOTHING = new Uint8Array()

/** What scanning remembers across transactions. It holds facts about bytes only, so it never goes stale. */
export class ScanCaches {
  readonly trees = new TreeCache()
  readonly points = new PointCache()
}

/**
 * Cursor of the quick pass over transactions and boxes: it finds where parts end and makes sure that they stand in the one
 * form in which the reference would write them anew, without building anything.
 *
 * Whatever is unusual - another encoding of the same value, a rare type, a broken rule - is not judged here: a method then
 * answers false, undefined or {@link GIVE_UP}, and the caller reads the same bytes by the exact codec.
 */
export class Scanner {
  buffer: Uint8Array = NOTHING
  end = 0
  position = 0
  versions: Versions = DEFAULT_VERSIONS
  readonly #caches: ScanCaches

  constructor(caches: ScanCaches) {
    this.#caches = caches
  }

  /** Sets the cursor on other bytes: one scanner serves all transactions. */
  start(buffer: Uint8Array, position: number, end: number, versions: Versions): this {
    this.buffer = buffer
    this.position = position
    this.end = end
    this.versions = versions
    return this
  }

  /** Takes `size` bytes. @returns false when they are not there */
  skip(size: number): boolean {
    const to = this.position + size
    if (to > this.end) return false
    this.position = to
    return true
  }

  /** The next byte, or {@link GIVE_UP} at the end. */
  byte(): number {
    return this.position < this.end ? this.buffer[this.position++]! : GIVE_UP
  }

  /** A number of at most four bytes, below 2^28, in its shortest form; else {@link GIVE_UP}. */
  vlq(): number {
    const { buffer, end } = this
    let at = this.position
    let value = 0
    for (let shift = 0; shift < 28 && at < end; shift += 7) {
      const b = buffer[at++]!
      value |= (b & 0x7f) << shift
      if (b < 0x80) {
        if (b === 0 && shift > 0) return GIVE_UP
        this.position = at
        return value
      }
    }
    return GIVE_UP
  }

  /** Passes over a number of up to 64 bits in its shortest form. @returns false for any other */
  skipVlq64(): boolean {
    const { buffer } = this
    const from = this.position
    const last = from + MAX_VLQ64_BYTES - 1
    for (let at = from; at <= last && at < this.end; at++) {
      const b = buffer[at]!
      if (b >= 0x80) continue
      // A tenth byte holds one bit.
      if ((b === 0 && at > from) || (at === last && b > 1)) return false
      this.position = at + 1
      return true
    }
    return false
  }

  /** Passes over a group element in its only encoding. */
  skipPoint(): boolean {
    const at = this.position
    if (!this.skip(POINT_BYTES)) return false
    const tag = this.buffer[at]!
    if (tag === 2 || tag === 3) return this.#caches.points.isValid(this.buffer, at)
    for (let i = at; i < this.position; i++) if (this.buffer[i] !== 0) return false
    return true
  }

  /** Takes a tree that parses by itself and is written as it was read; undefined for any other. */
  tree(): ParsedErgoTree | undefined {
    const { buffer, position, end, versions } = this
    const tree = this.#caches.trees.find(versions.activated, buffer, position, end) ?? this.#parseTree()
    if (tree !== undefined) this.position = position + tree.bytes.length
    return tree
  }

  #parseTree(): ParsedErgoTree | undefined {
    const { versions } = this
    try {
      const copy = this.#copyOfTree()
      const tree = this.#readTree(copy, 0, copy.length)
      if (tree.kind !== 'parsed' || !bytesEqual(writeErgoTree(tree, versions), copy)) return undefined
      this.#caches.trees.add(versions.activated, tree)
      return tree
    } catch {
      return undefined
    }
  }

  /** The bytes of the tree here, a copy, so that what is kept does not hold on to a whole block. */
  #copyOfTree(): Uint8Array {
    const { buffer, position, end } = this
    // Most new trees are single keys, whose length is known; of others it takes a reading to know it.
    if (isKeyTree(buffer, position, end)) return buffer.slice(position, position + KEY_TREE_BYTES)
    return this.#readTree(buffer, position, end).bytes.slice()
  }

  /** A reader of its own: definitions or constants from outside, if the tree needs any, are not there, and it fails. */
  #readTree(buffer: Uint8Array, from: number, to: number): ErgoTree {
    const { points } = this.#caches
    return readErgoTree(new ScriptReader(new Reader(buffer, from, to), this.versions, (bytes) => points.isValid(bytes)))
  }
}

/** Does a tree stand here that is a single key (`0008cd` and the key)? */
function isKeyTree(buffer: Uint8Array, at: number, end: number): boolean {
  return at + KEY_TREE_BYTES <= end && buffer[at] === 0 && buffer[at + 1] === 8 && buffer[at + 2] === 0xcd
}
