import { ID_BYTES } from './header-rows.ts'

/** Ids of one slab: 2 MiB, so that growth never copies what is there. */
const IDS_PER_SLAB = 1 << 16

/** Smallest table: 4,096 slots. */
const MIN_SLOTS = 1 << 12

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
  #slabs: Uint8Array[] = []
  /** Place of an id plus one; 0 marks a free slot. */
  #slots = new Uint32Array(MIN_SLOTS)

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
    return this.#idAtPlace(place)
  }

  /** Height of an id of the chain. */
  heightOf(id: Uint8Array): number | undefined {
    const slots = this.#slots
    const mask = slots.length - 1
    for (let i = slotOf(id) & mask; ; i = (i + 1) & mask) {
      const entry = slots[i]!
      if (entry === 0) return undefined
      if (this.#equals(entry - 1, id)) return this.#base + entry - 1
    }
  }

  /** Appends ids (one or more, concatenated) after the last. */
  append(ids: Uint8Array): void {
    for (let at = 0; at < ids.length; at += ID_BYTES) {
      const place = this.#count
      if (place % IDS_PER_SLAB === 0) this.#slabs[place / IDS_PER_SLAB] ??= new Uint8Array(IDS_PER_SLAB * ID_BYTES)
      const slab = this.#slabs[Math.floor(place / IDS_PER_SLAB)]!
      slab.set(ids.subarray(at, at + ID_BYTES), (place % IDS_PER_SLAB) * ID_BYTES)
      this.#count = place + 1
      if (this.#count * 4 > this.#slots.length * 3) this.#rehash(this.#slots.length * 2)
      else this.#insert(place)
    }
  }

  /** Makes room for a known number of ids at once. */
  reserve(total: number): void {
    let slots = this.#slots.length
    while (total * 4 > slots * 3) slots *= 2
    if (slots !== this.#slots.length) this.#rehash(slots)
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

  #idAtPlace(place: number): Uint8Array {
    const at = (place % IDS_PER_SLAB) * ID_BYTES
    return this.#slabs[Math.floor(place / IDS_PER_SLAB)]!.subarray(at, at + ID_BYTES)
  }

  #equals(place: number, id: Uint8Array): boolean {
    const slab = this.#slabs[Math.floor(place / IDS_PER_SLAB)]!
    const at = (place % IDS_PER_SLAB) * ID_BYTES
    for (let i = 0; i < ID_BYTES; i++) if (slab[at + i] !== id[i]) return false
    return true
  }

  #slotOfPlace(place: number): number {
    const slab = this.#slabs[Math.floor(place / IDS_PER_SLAB)]!
    return wordAt(slab, (place % IDS_PER_SLAB) * ID_BYTES)
  }

  #insert(place: number): void {
    const slots = this.#slots
    const mask = slots.length - 1
    let i = this.#slotOfPlace(place) & mask
    while (slots[i] !== 0) i = (i + 1) & mask
    slots[i] = place + 1
  }

  /** Linear probing without tombstones: what follows the hole is moved back when its own slot allows. */
  #remove(place: number): void {
    const slots = this.#slots
    const mask = slots.length - 1
    let hole = this.#slotOfPlace(place) & mask
    while (slots[hole] !== place + 1) hole = (hole + 1) & mask
    slots[hole] = 0
    for (let i = (hole + 1) & mask; slots[i] !== 0; i = (i + 1) & mask) {
      const home = this.#slotOfPlace(slots[i]! - 1) & mask
      if (((i - home) & mask) >= ((i - hole) & mask)) {
        slots[hole] = slots[i]!
        slots[i] = 0
        hole = i
      }
    }
  }

  #rehash(size: number): void {
    this.#slots = new Uint32Array(size)
    for (let place = 0; place < this.#count; place++) this.#insert(place)
  }
}

function wordAt(bytes: Uint8Array, at: number): number {
  return bytes[at]! | (bytes[at + 1]! << 8) | (bytes[at + 2]! << 16) | (bytes[at + 3]! << 24)
}

function slotOf(id: Uint8Array): number {
  return wordAt(id, 0)
}
