import { bigIntFromBytes, bigIntToBytes, concatBytes } from '../bytes/index.ts'
import { blake2bBackend } from './blake2b.ts'
import { autolykosConstant, type Blake2bBackend, HASH_BYTES } from './blake2b-backend.ts'
import { GROUP_ORDER } from './point.ts'

/** Elements summed in a solution (`k` of the k-sum problem). */
const K = 32
/** Height field of elements as headers have it: four bytes, big-endian. */
const HEIGHT_BYTES = 4

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

/** `genIndexes` of the reference: overlapping four-byte windows of the hash, wrapped around, modulo the table size. */
export function autolykosIndexes(
  seed: Uint8Array,
  k: number,
  tableSize: number,
  backend: Blake2bBackend = blake2bBackend()
): number[] {
  const hash = backend.hash(seed)
  const out: number[] = []
  for (let i = 0; i < k; i++) out.push(word(hash, i) % tableSize)
  return out
}

/** Four bytes from `at` as a number, those past the end taken from the start. */
function word(hash: Uint8Array, at: number): number {
  const byte = (i: number): number => hash[(at + i) % HASH_BYTES]!
  return byte(0) * 0x1000000 + ((byte(1) << 16) | (byte(2) << 8) | byte(3))
}

/** The last eight bytes of a hash, as an unsigned number modulo `n` < 2^31, in steps that stay below 2^53. */
function lastWordModulo(hash: Uint8Array, n: number): number {
  const low = word(hash, 28)
  let r = word(hash, 24) % n
  r = (r * 0x10000 + (low >>> 16)) % n
  return (r * 0x10000 + (low & 0xffff)) % n
}

/** Sum of digests that stand one after the other, without the first `skip` bytes of each, as `size` big-endian bytes. */
function sumDigests(digests: Uint8Array, skip: number, size: number): Uint8Array {
  const out = new Uint8Array(size)
  let carry = 0
  for (let i = 1; i <= size; i++) {
    if (i <= HASH_BYTES - skip) for (let at = HASH_BYTES - i; at < digests.length; at += HASH_BYTES) carry += digests[at]!
    out[size - i] = carry
    carry >>>= 8
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
export function autolykosV2Hit(
  msg: Uint8Array,
  nonce: Uint8Array,
  height: number,
  tableSize: number,
  backend: Blake2bBackend = blake2bBackend()
): Uint8Array {
  const heightBytes = Uint8Array.of(height >>> 24, height >>> 16, height >>> 8, height)
  return autolykosV2HitForMessage({ k: K, msg, nonce, height: heightBytes, tableSize }, backend)
}

/**
 * The general form (`hitForVersion2ForMessageWithChecks`), any lengths, 32 bytes big-endian.
 *
 * @throws RangeError when k is not within 2..32 or the table size not within 16..2^31-1
 */
export function autolykosV2HitForMessage(query: AutolykosV2Query, backend: Blake2bBackend = blake2bBackend()): Uint8Array {
  const { k, msg, nonce, height, tableSize } = query
  if (!(k >= 2 && k <= K)) throw new RangeError(`k of ${k} is not within 2..32`)
  if (!(tableSize >= 16 && tableSize <= 0x7fffffff)) throw new RangeError(`table size ${tableSize} is not within 16..2^31-1`)
  const elements = elementsOf(height, backend)
  const first = lastWordModulo(backend.concat([msg, nonce]), tableSize)
  const seed = concatBytes(elements([first]).subarray(1), msg, nonce)
  const digests = elements(autolykosIndexes(seed, k, tableSize, backend))
  return backend.hash(sumDigests(digests, 1, HASH_BYTES))
}

/** Makes elements `H(index || height || M)`; only a height of four bytes, which all headers have, takes the fast way. */
function elementsOf(height: Uint8Array, backend: Blake2bBackend): (indexes: readonly number[]) => Uint8Array {
  if (height.length === HEIGHT_BYTES) return (indexes) => backend.elements({ version: 2, bytes: height }, indexes)
  const rest = concatBytes(height, autolykosConstant())
  return (indexes) => concatBytes(...indexes.map((i) => backend.concat([Uint8Array.of(i >>> 24, i >>> 16, i >>> 8, i), rest])))
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
 * @throws RangeError when a length is wrong
 */
export function autolykosV1Sum(
  msg: Uint8Array,
  nonce: Uint8Array,
  pk: Uint8Array,
  w: Uint8Array,
  tableSize: number,
  backend: Blake2bBackend = blake2bBackend()
): Uint8Array {
  if (msg.length !== 32 || pk.length !== 33 || w.length !== 33) throw new RangeError('msg, pk and w are 32, 33 and 33 bytes')
  const indexes = autolykosIndexes(concatBytes(msg, nonce), K, tableSize, backend)
  const digests = backend.elements({ version: 1, bytes: concatBytes(pk, msg, w) }, indexes)
  for (let at = 0; at < digests.length; at += HASH_BYTES) rejectLarge(digests.subarray(at, at + HASH_BYTES), backend)
  const sum = bigIntFromBytes(sumDigests(digests, 0, HASH_BYTES + 1)) % GROUP_ORDER
  return bigIntToBytes(sum, HASH_BYTES)
}

/**
 * `hashModQ` of the reference: hashes again while the number is not below the largest multiple of the order under 2^256,
 * which is the order itself. It is above 2^256 - 2^129, so hardly any hash needs a look.
 */
function rejectLarge(digest: Uint8Array, backend: Blake2bBackend): void {
  while (digest[0] === 0xff && digest[1] === 0xff && bigIntFromBytes(digest) >= GROUP_ORDER) {
    backend.hashInto(digest.slice(), digest, 0)
  }
}
