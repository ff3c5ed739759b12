/**
 * The tables of the one LevelDB database. A key is one table byte and the rest; numbers are big-endian, so that rows lie in
 * order of height: what is written together lies together, and pruning is a range.
 */
export const TABLE = {
  /** name → value: schema, tips, marks of the whole store. */
  meta: 0x6d,
  /** row of canonical headers → {@link HEADERS_PER_ROW} headers with their score; the late ones, that are not in the archive. */
  headers: 0x68,
  /** segment of the header archive → where it lies in its file, and the sizes of its rows. */
  archive: 0x61,
  /** slab of canonical ids → checksums of its parts in the file that the index in memory is read from at start. */
  ids: 0x69,
  /** header id → header off the best chain. */
  forks: 0x66,
  /** header id → why it, or an ancestor of it, is invalid for good. */
  invalid: 0x78,
  /** height, header id, section type → section bytes as they travel. */
  sections: 0x73,
  /** section id → where that section lies. */
  sectionIds: 0x6a,
  /** height, header id → state after that block: what a rollback goes back to. */
  undo: 0x75,
  /** address → what is known of a peer. */
  peers: 0x70
} as const

export type Table = (typeof TABLE)[keyof typeof TABLE]

const utf8 = new TextEncoder()

/** Key of a named value. */
export function metaKey(name: string): Uint8Array {
  const text = utf8.encode(name)
  const key = new Uint8Array(1 + text.length)
  key[0] = TABLE.meta
  key.set(text, 1)
  return key
}

/** Table byte and an unsigned 32-bit number. */
export function numberKey(table: Table, n: number): Uint8Array {
  const key = new Uint8Array(5)
  key[0] = table
  key[1] = n >>> 24
  key[2] = n >>> 16
  key[3] = n >>> 8
  key[4] = n
  return key
}

/** The number behind the table byte. */
export function numberOfKey(key: Uint8Array): number {
  return ((key[1]! << 24) | (key[2]! << 16) | (key[3]! << 8) | key[4]!) >>> 0
}

/** Table byte and an id or other raw bytes. */
export function bytesKey(table: Table, bytes: Uint8Array): Uint8Array {
  const key = new Uint8Array(1 + bytes.length)
  key[0] = table
  key.set(bytes, 1)
  return key
}

/** Table byte, height, header id, and for sections their type. */
export function blockKey(table: Table, height: number, id: Uint8Array, type?: number): Uint8Array {
  const key = new Uint8Array(5 + id.length + (type === undefined ? 0 : 1))
  key.set(numberKey(table, height))
  key.set(id, 5)
  if (type !== undefined) key[key.length - 1] = type
  return key
}

/** Half-open range of keys of a table whose number lies in `[from, to)`. */
export function numberRange(table: Table, from: number, to: number): { gte: Uint8Array; lt: Uint8Array } {
  const lt = to > 0xffffffff ? new Uint8Array([table + 1]) : numberKey(table, to)
  return { gte: numberKey(table, from), lt }
}

/** All keys of a table. */
export function tableRange(table: Table): { gte: Uint8Array; lt: Uint8Array } {
  return { gte: new Uint8Array([table]), lt: new Uint8Array([table + 1]) }
}
