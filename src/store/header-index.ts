import { ID_BYTES } from './header-rows.ts'

/** Ids of one slab: 512 KiB, so that growth never copies what is there. */
export const IDS_PER_SLAB: number = 1 << 14

const SLAB_BITS = 14
const SLAB_MASK = IDS_PER_SLAB - 1

/** Smallest table: 4,096 slots. */
const MIN_SLOTS = 1 << 12

const ID_WORDS = ID_BYTES / 4

/** A hash table of ids: which place each has, for the first `count` of them. */
export interface IndexTable {
  readonly count: number
  readonly slots: Uint32Array<ArrayBuffer>
}

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
  /** The same bytes as numbers. */
  readonly #words: Uint32Array[] = []
  /** Place of an id plus one; 0 marks a free slot. */
  #slots: Uint32Array<ArrayBuffer> = new Uint32Array(MIN_SLOTS)

  /**
   * The index of ids that are there already, all slabs but the last full.
   *
   * @param slabs of {@link IDS_PER_SLAB} ids each; kept, not copied
   * @param count ids in all slabs together
   * @param table as {@link table} gave it, for the first of these ids; made anew when there is none, or it has not the right size
   */
  static ofSlabs(base: number, slabs: readonly Uint8Array[], count: number, table?: IndexTable): HeaderIndex {
    const index = new HeaderIndex()
    index.#base = base
    index.#count = count
    for (const slab of slabs) index.#addSlab(slab)
    let slots = MIN_SLOTS
    while (count * 4 > slots * 3) slots *= 2
    if (table?.slots.length === slots && table.count <= count) {
      index.#slots = table.slots
      for (let place = table.count; place < count; place++) index.#insert(place)
    } else {
      index.#rehash(slots)
    }
    return index
  }

  /** The table that finds ids, as it is now. A view. */
  table(): IndexTable {
    return { count: this.#count, slots: this.#slots }
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

  /** Ids from a place on, as far as they share its slab. A view. */
  idsFrom(place: number, count: number): Uint8Array {
    const at = (place & SLAB_MASK) * ID_BYTES
    return this.#slabs[place >>> SLAB_BITS]!.subarray(at, at + count * ID_BYTES)
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
    if (n === this.#slabs.length) this.#addSlab(new Uint8Array(IDS_PER_SLAB * ID_BYTES))
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
    this.#words.length = this.#slabs.length
  }

  #addSlab(slab: Uint8Array): void {
    this.#slabs.push(slab)
    this.#words.push(new Uint32Array(slab.buffer, slab.byteOffset, slab.length / 4))
  }

  #equals(place: number, id: Uint8Array): boolean {
    const slab = this.#slabs[place >>> SLAB_BITS]!
    const at = (place & SLAB_MASK) * ID_BYTES
    for (let i = 0; i < ID_BYTES; i++) if (slab[at + i] !== id[i]) return false
    return true
  }

  #wordOf(place: number): number {
    return ofMachine(this.#words[place >>> SLAB_BITS]![(place & SLAB_MASK) * ID_WORDS]!)
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
    const slots = new Uint32Array(size)
    for (const [n, words] of this.#words.entries()) {
      insertAll(slots, words, n * IDS_PER_SLAB, Math.min(IDS_PER_SLAB, this.#count - n * IDS_PER_SLAB))
    }
    this.#slots = slots
  }
}

/** Inserts the ids of a slab. A function of its own, so that it is compiled after the first few slabs of a start. */
function insertAll(slots: Uint32Array, words: Uint32Array, firstPlace: number, count: number): void {
  const mask = slots.length - 1
  for (let k = 0; k < count; k++) {
    let i = ofMachine(words[k * ID_WORDS]!) & mask
    while (slots[i] !== 0) i = (i + 1) & mask
    slots[i] = firstPlace + k + 1
  }
}

const LITTLE_ENDIAN = new Uint8Array(Uint32Array.of(1).buffer)[0] === 1

/** The same of a number in memory on every machine: what {@link wordAt} reads there. */
function ofMachine(word: number): number {
  if (LITTLE_ENDIAN) return word
  return (word >>> 24) | ((word >>> 8) & 0xff00) | ((word << 8) & 0xff0000) | (word << 24)
}

function wordAt(bytes: Uint8Array, at: number): number {
  return bytes[at]! | (bytes[at + 1]! << 8) | (bytes[at + 2]! << 16) | (bytes[at + 3]! << 24)
}
