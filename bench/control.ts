import sodium from 'sodium-native'

const message = new Uint8Array(8200).fill(7)
const digest = Buffer.alloc(32)

/** The fixed task that tells whether the machine changed its pace: BLAKE2b-256 of 8,200 bytes in native code. */
export function control(n: number): number {
  let sink = 0
  for (let i = 0; i < n; i++) {
    sodium.crypto_generichash(digest, message)
    sink ^= digest[i & 31]!
  }
  return sink
}
