import type { ParsedErgoTree } from '../ergotree/index.ts'

/** Bytes by which longer trees are looked up; no two trees that differ in them meet in one bucket, nearly. */
const KEY_BYTES = 16

/** Bytes by which trees shorter than {@link KEY_BYTES} are looked up. */
const SHORT_KEY_BYTES = 2

/** Trees of one bucket. Contracts that differ only behind their first bytes share one; the oldest gives way. */
const BUCKET_TREES = 8

/** Default bound. An expression takes some thirty times the memory of its bytes, so this is about 64 MB at most. */
const DEFAULT_MAX_BYTES = 2 << 20

/** Keys of buckets stay in the range of small integers, which maps look up fastest. */
const KEY_MASK = 0x3fffffff

interface Entry {
  /** Activated script version under which the tree was parsed. */
  readonly activated: number
  readonly tree: ParsedErgoTree
}

type Buckets = Map<number, Entry[]>

function word(buffer: Uint8Array, at: number): number {
  return buffer[at]! | (buffer[at + 1]! << 8) | (buffer[at + 2]! << 16) | (buffer[at + 3]! << 24)
}

function longKey(buffer: Uint8Array, at: number): number {
  let h = word(buffer, at)
  h = Math.imul(h ^ (h >>> 15), 0x2c1b3c6d) ^ word(buffer, at + 4)
  h = Math.imul(h ^ (h >>> 12), 0x297a2d39) ^ word(buffer, at + 8)
  h = Math.imul(h ^ (h >>> 15), 0x2c1b3c6d) ^ word(buffer, at + 12)
  h = Math.imul(h ^ (h >>> 15), 0x297a2d39)
  return (h ^ (h >>> 15)) & KEY_MASK
}

function shortKey(buffer: Uint8Array, at: number): number {
  return buffer[at]! | (buffer[at + 1]! << 8)
}

function startsWith(buffer: Uint8Array, at: number, end: number, bytes: Uint8Array): boolean {
  if (at + bytes.length > end) return false
  for (let i = bytes.length - 1; i >= 0; i--) if (buffer[at + i] !== bytes[i]) return false
  return true
}

/**
 * Parsed trees by their bytes. A block's outputs mostly carry trees that were seen before, and an unsized tree has to be
 * parsed to find its end: a known one is only compared.
 *
 * Holds trees that parse by themselves (they use no definition or constant from outside) and write back as they were read,
 * so that a match says all about the bytes at that place. The result of parsing depends on the activated script version too.
 *
 * In two generations: when the young one is full it becomes the old one, and what nobody asked for since is forgotten.
 */
export class TreeCache {
  readonly #maxBytes: number
  #young: Buckets = new Map()
  #old: Buckets = new Map()
  #youngBytes = 0

  /** @param maxBytes bound for the bytes of all trees */
  constructor(maxBytes = DEFAULT_MAX_BYTES) {
    this.#maxBytes = maxBytes / 2
  }

  /** The tree whose bytes stand at `at` and end before `end`, if it is known. */
  find(activated: number, buffer: Uint8Array, at: number, end: number): ParsedErgoTree | undefined {
    if (end - at >= KEY_BYTES) {
      const tree = this.#lookUp(longKey(buffer, at), activated, buffer, at, end)
      if (tree !== undefined) return tree
    }
    return end - at < SHORT_KEY_BYTES ? undefined : this.#lookUp(shortKey(buffer, at), activated, buffer, at, end)
  }

  #lookUp(key: number, activated: number, buffer: Uint8Array, at: number, end: number): ParsedErgoTree | undefined {
    const young = search(this.#young.get(key), activated, buffer, at, end)
    if (young !== undefined) return young.tree
    const old = search(this.#old.get(key), activated, buffer, at, end)
    if (old === undefined) return undefined
    this.#keep(key, old)
    return old.tree
  }

  /** Keeps a tree. Its bytes must be a copy of its own, not a view of something larger. */
  add(activated: number, tree: ParsedErgoTree): void {
    const { bytes } = tree
    if (bytes.length < SHORT_KEY_BYTES) return
    this.#keep(bytes.length >= KEY_BYTES ? longKey(bytes, 0) : shortKey(bytes, 0), { activated, tree })
  }

  #keep(key: number, entry: Entry): void {
    const { length } = entry.tree.bytes
    if (this.#youngBytes + length > this.#maxBytes) {
      this.#old = this.#young
      this.#young = new Map()
      this.#youngBytes = 0
    }
    this.#youngBytes += length
    const bucket = this.#young.get(key)
    if (bucket === undefined) this.#young.set(key, [entry])
    else if (bucket.unshift(entry) > BUCKET_TREES) bucket.pop()
  }
}

function search(
  bucket: readonly Entry[] | undefined,
  activated: number,
  buffer: Uint8Array,
  at: number,
  end: number
): Entry | undefined {
  if (bucket === undefined) return undefined
  for (const entry of bucket) {
    if (entry.activated === activated && startsWith(buffer, at, end, entry.tree.bytes)) return entry
  }
  return undefined
}
