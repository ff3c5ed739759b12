/** Castagnoli polynomial, bits reversed. */
const POLYNOMIAL = 0x82f63b78

/** Bytes taken at a time. */
const LANES = 8

/** Table `k` gives what a byte does that has `k` bytes behind it. */
const TABLES: readonly Uint32Array[] = ((): Uint32Array[] => {
  const tables = Array.from({ length: LANES }, () => new Uint32Array(256))
  for (let n = 0; n < 256; n++) {
    let crc = n
    for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ POLYNOMIAL : crc >>> 1
    tables[0]![n] = crc
  }
  for (let k = 1; k < LANES; k++) {
    for (let n = 0; n < 256; n++) {
      const before = tables[k - 1]![n]!
      tables[k]![n] = (before >>> 8) ^ tables[0]![before & 0xff]!
    }
  }
  return tables
})()

/** CRC-32C, as LevelDB uses it. Known answer: of the text `123456789` it is e3069283. */
export function crc32c(bytes: Uint8Array): number {
  const [t0, t1, t2, t3, t4, t5, t6, t7] = TABLES as unknown as [...Uint32Array[]]
  let crc = 0xffffffff
  let i = 0
  for (; i + LANES <= bytes.length; i += LANES) {
    const low = crc ^ (bytes[i]! | (bytes[i + 1]! << 8) | (bytes[i + 2]! << 16) | (bytes[i + 3]! << 24))
    crc =
      t7![low & 0xff]! ^
      t6![(low >>> 8) & 0xff]! ^
      t5![(low >>> 16) & 0xff]! ^
      t4![low >>> 24]! ^
      t3![bytes[i + 4]!]! ^
      t2![bytes[i + 5]!]! ^
      t1![bytes[i + 6]!]! ^
      t0![bytes[i + 7]!]!
  }
  for (; i < bytes.length; i++) crc = t0![(crc ^ bytes[i]!) & 0xff]! ^ (crc >>> 8)
  return ~crc >>> 0
}
