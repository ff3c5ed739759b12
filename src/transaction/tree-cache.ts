import type { ParsedErgoTree } from '../ergotree/index.ts'

/** Bytes by which longer trees are looked up; no two trees that differ in them meet in one bucket, nearly. */
const KEY_BYTES = 16

/** Bytes by which trees shorter than {@link KEY_BYTES} are looked up. */
const SHORT_KEY_BYTES = 2

/** Trees of one bucket. Contracts that differ only behind their first bytes share one; the oldest gives way. */
const BUCKET_TREES = 8

/** Trees above this are parsed each time: rare, and a few would fill the cache. */
const MAX_CACHED_TREE_BYTES = 2_048

/** Default bound. An expression takes some thirty times the memory of its bytes, so this is about 32 MB at most. */
const DEFAULT_MAX_BYTES = 1 << 20

type Buckets = Map<number, ParsedErgoTree[]>

function word(buffer: Uint8Array, at: number): number {
  return buffer[at]! | (buffer[at + 1]! << 8) | (buffer[at + 2]! << 16) | (buffer[at + 3]! << 24)
}

function longKey(buffer: Uint8Array, at: number): number {
  let h = word(buffer, at)
  h = Math.imul(h ^ (h >>> 15), 0x2c1b3c6d) ^ word(buffer, at + 4)
  h = Math.imul(h ^ (h >>> 12), 0x297a2d39) ^ word(buffer, at + 8)
  h = Math.imul(h ^ (h >>> 15), 0x2c1b3c6d) ^ word(buffer, at + 12)
  return Math.imul(h ^ (h >>> 15), 0x297a2d39) | 0
}

function shortKey(buffer: Uint8Array, at: number): number {
  return buffer[at]! | (buffer[at + 1]! << 8)
}

function startsWith(buffer: Uint8Array, at: number, end: number, bytes: Uint8Array): boolean {
  if (at + bytes.length > end) return false
  for (let i = bytes.length - 1; i >= 0; i--) if (buffer[at + i] !== bytes[i]) return false
  return true
}

function search(bucket: readonly ParsedErgoTree[] | undefined, buffer: Uint8Array, at: number, end: number) {
  if (bucket === undefined) return undefined
  for (const tree of bucket) if (startsWith(buffer, at, end, tree.bytes)) return tree
  return undefined
}

/** Trees of one activated version, in two generations: when the young one is full it becomes the old one. */
class Generations {
  readonly #maxBytes: number
  #young: Buckets = new Map()
  #old: Buckets = new Map()
  #youngBytes = 0

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes / 2
  }

  find(key: number, buffer: Uint8Array, at: number, end: number): ParsedErgoTree | undefined {
    const young = search(this.#young.get(key), buffer, at, end)
    if (young !== undefined) return young
    const old = search(this.#old.get(key), buffer, at, end)
    if (old !== undefined) this.add(key, old)
    return old
  }

  add(key: number, tree: ParsedErgoTree): void {
    if (this.#youngBytes + tree.bytes.length > this.#maxBytes) {
      this.#old = this.#young
      this.#young = new Map()
      this.#youngBytes = 0
    }
    this.#youngBytes += tree.bytes.length
    const bucket = this.#young.get(key)
    if (bucket === undefined) this.#young.set(key, [tree])
    else if (bucket.unshift(tree) > BUCKET_TREES) bucket.pop()
  }
}

/**
 * Parsed trees by their bytes. A block's outputs mostly carry trees that were seen before, and an unsized tree has to be
 * parsed to find its end: a known one is only compared.
 *
 * Holds trees that parse by themselves (they use no definition or constant from outside) and write back as they were read,
 * so that a match says all about the bytes at that place. The result of parsing depends on the activated script version, so
 * each has its own.
 */
export class TreeCache {
  readonly #maxBytes: number
  readonly #long = new Map<number, Generations>()
  readonly #short = new Map<number, Generations>()

  /** @param maxBytes bound for the bytes of all trees of one activated version */
  constructor(maxBytes = DEFAULT_MAX_BYTES) {
    this.#maxBytes = maxBytes
  }

  /** The tree whose bytes stand at `at` and end before `end`, if it is known. */
  find(activated: number, buffer: Uint8Array, at: number, end: number): ParsedErgoTree | undefined {
    if (end - at >= KEY_BYTES) {
      const tree = this.#long.get(activated)?.find(longKey(buffer, at), buffer, at, end)
      if (tree !== undefined) return tree
    }
    if (end - at < SHORT_KEY_BYTES) return undefined
    return this.#short.get(activated)?.find(shortKey(buffer, at), buffer, at, end)
  }

  /** Keeps a tree. Its bytes must be a copy of its own, not a view of something larger. */
  add(activated: number, tree: ParsedErgoTree): void {
    const { bytes } = tree
    if (bytes.length < SHORT_KEY_BYTES || bytes.length > MAX_CACHED_TREE_BYTES) return
    const isLong = bytes.length >= KEY_BYTES
    const all = isLong ? this.#long : this.#short
    let trees = all.get(activated)
    if (trees === undefined) {
      trees = new Generations(this.#maxBytes / 2)
      all.set(activated, trees)
    }
    trees.add(isLong ? longKey(bytes, 0) : shortKey(bytes, 0), tree)
  }
}
