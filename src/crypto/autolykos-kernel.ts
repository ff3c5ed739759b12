import { bigIntFromBytes, bigIntToBytes, concatBytes } from '../bytes/index.ts'
import { blake2b256, blake2b256Concat } from './blake2b.ts'

/** Elements summed in a solution (`k` of the k-sum problem). */
export const AUTOLYKOS_K = 32
const GROUP_ORDER = 0xfffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141n
/** Hashes at or above this are hashed again before they are reduced: the largest multiple of the order below 2^256. */
const MODULUS_LIMIT = (2n ** 256n / GROUP_ORDER) * GROUP_ORDER

/** The constant `M` of Autolykos: 0, 1, … 1023 as 8 big-endian bytes each. */
const M = ((): Uint8Array => {
  const out = new Uint8Array(8192)
  const view = new DataView(out.buffer)
  for (let i = 0; i < 1024; i++) view.setUint32(8 * i + 4, i)
  return out
})()

/** What ErgoScript's `Global.powHit` may ask; headers ask with k = 32, a 32-byte message, 8 and 4 more bytes. */
export interface AutolykosV2Query {
  /** Number of elements, 2..32. */
  k: number
  msg: Uint8Array
  nonce: Uint8Array
  /** `h`: for headers the height as four big-endian bytes. */
  height: Uint8Array
  /** `N`, 16 .. 2^31-1. */
  tableSize: number
}

function be4(value: number): Uint8Array {
  return Uint8Array.of(value >>> 24, value >>> 16, value >>> 8, value)
}

/** `genIndexes` of the reference: 32 overlapping four-byte windows of the hash, wrapped around, modulo the table size. */
export function autolykosIndexes(seed: Uint8Array, k: number, tableSize: number): number[] {
  const hash = blake2b256(seed)
  const out: number[] = []
  for (let i = 0; i < k; i++) {
    const word = hash[i]! * 0x1000000 + (hash[(i + 1) & 31]! << 16) + (hash[(i + 2) & 31]! << 8) + hash[(i + 3) & 31]!
    out.push(word % tableSize)
  }
  return out
}

/**
 * Hit of an Autolykos 2 solution (`Autolykos2PowValidation.hitForVersion2`), 32 bytes big-endian: valid when it is below
 * the target.
 *
 * @param msg hash of the header without its solution, 32 bytes
 * @param nonce 8 bytes
 * @param tableSize `N` of the header's height
 */
export function autolykosV2Hit(msg: Uint8Array, nonce: Uint8Array, height: number, tableSize: number): Uint8Array {
  return autolykosV2HitForMessage({ k: AUTOLYKOS_K, msg, nonce, height: be4(height), tableSize })
}

/** The general form (`hitForVersion2ForMessageWithChecks`), any lengths, 32 bytes big-endian.
 *
 * @throws RangeError when k is not within 2..32 or the table size not within 16..2^31-1
 */
export function autolykosV2HitForMessage(query: AutolykosV2Query): Uint8Array {
  const { k, msg, nonce, height, tableSize } = query
  if (!(k >= 2 && k <= AUTOLYKOS_K)) throw new RangeError(`k of ${k} is not within 2..32`)
  if (!(tableSize >= 16 && tableSize <= 0x7fffffff)) throw new RangeError(`table size ${tableSize} is not within 16..2^31-1`)
  const pre = blake2b256Concat(msg, nonce)
  const i = Number(bigIntFromBytes(pre.subarray(24)) % BigInt(tableSize))
  const f = blake2b256Concat(be4(i), height, M).subarray(1)
  let sum = 0n
  for (const index of autolykosIndexes(concatBytes(f, msg, nonce), k, tableSize)) {
    sum += bigIntFromBytes(blake2b256Concat(be4(index), height, M).subarray(1))
  }
  return blake2b256(bigIntToBytes(sum, 32))
}

/**
 * `f` of an Autolykos 1 solution: the sum of the 32 elements modulo the group order. The solution holds when
 * f * w = d * G + pk and d is below the target.
 *
 * @param msg hash of the header without its solution, 32 bytes
 * @param nonce 8 bytes
 * @param pk miner's key, 33 bytes
 * @param w one-time key, 33 bytes
 * @param tableSize `N`, 2^26 for headers of version 1
 */
export function autolykosV1Sum(msg: Uint8Array, nonce: Uint8Array, pk: Uint8Array, w: Uint8Array, tableSize: number): Uint8Array {
  let sum = 0n
  for (const index of autolykosIndexes(concatBytes(msg, nonce), AUTOLYKOS_K, tableSize)) {
    let hash = blake2b256Concat(be4(index), M, pk, msg, w)
    while (bigIntFromBytes(hash) >= MODULUS_LIMIT) hash = blake2b256(hash)
    sum += bigIntFromBytes(hash) % GROUP_ORDER
  }
  return bigIntToBytes(sum % GROUP_ORDER, 32)
}
