/** An id that only says which it is: 32 bytes that begin with the number. */
export function numberedId(n: number): Uint8Array {
  const id = new Uint8Array(32)
  new DataView(id.buffer).setUint32(0, n)
  return id
}
