import { ID_BYTES } from './header-rows.ts'

/** Ids of one slab: 512 KiB, so that growth never copies what is there. Also the unit of {@link HeaderIdFile}. */
export const IDS_PER_SLAB = 1 << 14

const SLAB_BITS = 14
const SLAB_MASK = IDS_PER_SLAB - 1

/** Smallest table: 4,096 slots. */
const MIN_SLOTS = 1 << 12

/** Slots of one bucket of a bulk build: 16 KiB of table, which a core keeps in its nearest cache. */
const BUCKET_SLOTS = 1 << 12

/** Ids sorted into buckets at a time: bounds what a bulk build needs beside the table to 2 MiB. */
const BULK_IDS = 1 << 18

/**
 * Ids of the best chain in memory, both ways: height → id and id → height.
 *
 * 32 bytes for each id and, in a table kept at most three quarters full, 4 bytes for each slot: about 77 MB for 1.9 million
 * headers. Ids are hashes, so their first bytes are used as they are.
 */
export class HeaderIndex {
  /** Height of the first id held; 1 unless the chain starts at an anchor. */
  #base = 1
  #count = 0
  readonly #slabs: Uint8Array[] = []
  /** Place of an id plus one; 0 marks a free slot. */
  #slots = new Uint32Array(MIN_SLOTS)

  /**
   * The index of ids that are there already, all slabs but the last full. The slabs are kept, not copied.
   *
   * @param count ids in all slabs together
   */
  static ofSlabs(base: number, slabs: readonly Uint8Array[], count: number): HeaderIndex {
    const index = new HeaderIndex()
    index.#base = base
    index.#count = count
    index.#slabs.push(...slabs)
    let slots = MIN_SLOTS
    while (count * 4 > slots * 3) slots *= 2
    index.#rehash(slots)
    return index
  }

  /** Height of the last id; `base - 1` when empty. */
  get height(): number {
    return this.#base + this.#count - 1
  }

  get base(): number {
    return this.#base
  }

  get size(): number {
    return this.#count
  }

  /** Sets where an empty index starts. */
  startAt(height: number): void {
    if (this.#count > 0) throw new RangeError('a filled header index cannot move its start')
    this.#base = height
  }

  /** View of the id at a height; undefined outside the chain. */
  idAt(height: number): Uint8Array | undefined {
    const place = height - this.#base
    if (place < 0 || place >= this.#count) return undefined
    const at = (place & SLAB_MASK) * ID_BYTES
    return this.#slabs[place >>> SLAB_BITS]!.subarray(at, at + ID_BYTES)
  }

  /** A full slab: `IDS_PER_SLAB` ids from place `n * IDS_PER_SLAB` on. A view. */
  slab(n: number): Uint8Array {
    return this.#slabs[n]!
  }

  /** Height of an id of the chain. */
  heightOf(id: Uint8Array): number | undefined {
    const slots = this.#slots
    const mask = slots.length - 1
    for (let i = wordAt(id, 0) & mask; ; i = (i + 1) & mask) {
      const entry = slots[i]!
      if (entry === 0) return undefined
      if (this.#equals(entry - 1, id)) return this.#base + entry - 1
    }
  }

  /** Appends an id after the last. */
  append(id: Uint8Array): void {
    const place = this.#count
    const n = place >>> SLAB_BITS
    if (n === this.#slabs.length) this.#slabs.push(new Uint8Array(IDS_PER_SLAB * ID_BYTES))
    this.#slabs[n]!.set(id, (place & SLAB_MASK) * ID_BYTES)
    this.#count = place + 1
    if (this.#count * 4 > this.#slots.length * 3) this.#rehash(this.#slots.length * 2)
    else this.#insert(place)
  }

  /** Forgets everything above a height. */
  truncate(height: number): void {
    const keep = Math.max(0, height - this.#base + 1)
    while (this.#count > keep) {
      this.#count--
      this.#remove(this.#count)
    }
    this.#slabs.length = Math.ceil(this.#count / IDS_PER_SLAB)
  }

  #equals(place: number, id: Uint8Array): boolean {
    const slab = this.#slabs[place >>> SLAB_BITS]!
    const at = (place & SLAB_MASK) * ID_BYTES
    for (let i = 0; i < ID_BYTES; i++) if (slab[at + i] !== id[i]) return false
    return true
  }

  #wordOf(place: number): number {
    return wordAt(this.#slabs[place >>> SLAB_BITS]!, (place & SLAB_MASK) * ID_BYTES)
  }

  #insert(place: number): void {
    const slots = this.#slots
    const mask = slots.length - 1
    let i = this.#wordOf(place) & mask
    while (slots[i] !== 0) i = (i + 1) & mask
    slots[i] = place + 1
  }

  /** Linear probing without tombstones: what follows the hole is moved back when its own slot allows. */
  #remove(place: number): void {
    const slots = this.#slots
    const mask = slots.length - 1
    let hole = this.#wordOf(place) & mask
    while (slots[hole] !== place + 1) hole = (hole + 1) & mask
    slots[hole] = 0
    for (let i = (hole + 1) & mask; slots[i] !== 0; i = (i + 1) & mask) {
      const home = this.#wordOf(slots[i]! - 1) & mask
      if (((i - home) & mask) >= ((i - hole) & mask)) {
        slots[hole] = slots[i]!
        slots[i] = 0
        hole = i
      }
    }
  }

  #rehash(size: number): void {
    this.#slots = new Uint32Array(size)
    for (let from = 0; from < this.#count; from += BULK_IDS) this.#insertRange(from, Math.min(this.#count, from + BULK_IDS))
  }

  /** Inserts ids sorted by where they go, since a table of millions of slots costs a cache miss for each that goes anywhere. */
  #insertRange(from: number, to: number): void {
    const slots = this.#slots
    const mask = slots.length - 1
    const buckets = Math.ceil(slots.length / BUCKET_SLOTS)
    const ends = new Uint32Array(buckets + 1)
    for (let place = from; place < to; place++) ends[Math.floor((this.#wordOf(place) & mask) / BUCKET_SLOTS) + 1]!++
    for (let b = 0; b < buckets; b++) ends[b + 1]! += ends[b]!
    const homes = new Uint32Array(to - from)
    const places = new Uint32Array(to - from)
    for (let place = from; place < to; place++) {
      const home = this.#wordOf(place) & mask
      const at = ends[Math.floor(home / BUCKET_SLOTS)]!++
      homes[at] = home
      places[at] = place
    }
    for (let k = 0; k < homes.length; k++) {
      let i = homes[k]!
      while (slots[i] !== 0) i = (i + 1) & mask
      slots[i] = places[k]! + 1
    }
  }
}

function wordAt(bytes: Uint8Array, at: number): number {
  return bytes[at]! | (bytes[at + 1]! << 8) | (bytes[at + 2]! << 16) | (bytes[at + 3]! << 24)
}
