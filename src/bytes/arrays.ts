/**
 * The same bytes as a plain `Uint8Array`. Node's Buffer is a subclass whose `slice` does not copy, so code that copies before it
 * writes would write into its input: everything that takes bytes from outside passes them through here.
 */
export function plainBytes(bytes: Uint8Array): Uint8Array {
  return Object.getPrototypeOf(bytes) === Uint8Array.prototype
    ? bytes
    : new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.length)
}

/** True when both hold the same bytes. */
export function bytesEqual(a: Uint8Array, b: Uint8Array): boolean {
  if (a === b) return true
  if (a.length !== b.length) return false
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return false
  return true
}

/** Unsigned lexicographic order: negative when `a` sorts first. A prefix sorts before what it begins. */
export function compareBytes(a: Uint8Array, b: Uint8Array): number {
  const n = Math.min(a.length, b.length)
  for (let i = 0; i < n; i++) {
    const d = a[i]! - b[i]!
    if (d !== 0) return d
  }
  return a.length - b.length
}

/** One new array with all parts in order. */
export function concatBytes(...parts: readonly Uint8Array[]): Uint8Array {
  let size = 0
  for (const p of parts) size += p.length
  const out = new Uint8Array(size)
  let at = 0
  for (const p of parts) {
    out.set(p, at)
    at += p.length
  }
  return out
}

/** Unsigned big-endian integer of any length; empty is 0. */
export function bigIntFromBytes(bytes: Uint8Array): bigint {
  let out = 0n
  for (let i = 0; i < bytes.length; i++) out = (out << 8n) | BigInt(bytes[i]!)
  return out
}

/**
 * Unsigned big-endian encoding in exactly `size` bytes.
 *
 * @throws RangeError when the value is negative or needs more bytes
 */
export function bigIntToBytes(value: bigint, size: number): Uint8Array {
  const out = new Uint8Array(size)
  let v = value
  for (let i = size - 1; i >= 0; i--) {
    out[i] = Number(v & 0xffn)
    v >>= 8n
  }
  if (v !== 0n) throw new RangeError(`integer does not fit ${size} unsigned bytes`)
  return out
}
