import { bigIntFromBytes } from '../../bytes/index.ts'
import { autolykosTableSize } from '../../chain/index.ts'
import { autolykosV2Hit, autolykosV2HitForMessage, blake2b256, secp256k1 } from '../../crypto/index.ts'
import { scriptHeaderBytesWithoutPow } from '../codec/header-data.ts'
import { type ScriptHeader, UnsignedBigIntValue, type Value } from '../values/values.ts'
import { fail } from './errors.ts'

/** Fewest and most elements of the sum that `powHit` takes, and the smallest table. */
const MIN_ELEMENTS = 2
const MAX_ELEMENTS = 32
const MIN_TABLE_SIZE = 16

/** Cost of `powHit` for any input, of hashing one block, and the bytes in a block. */
const HIT_BASE_COST = 500
const HASH_COST = 7
const HASH_CHUNK = 128

/** First version with Autolykos 2 in its headers. */
const AUTOLYKOS_2_VERSION = 2

/**
 * Number in the compact form of Bitcoin, of any 64-bit pattern (reference: `NBitsUtils.decodeCompactBits`): size in bytes, then
 * a mantissa of three bytes whose top bit is the sign.
 */
export function decodeCompactBits(compact: bigint): bigint {
  const size = Number((compact >> 24n) & 0xffn)
  const mantissa = Number(compact & 0xffffffn)
  if (size === 0) return 0n
  const bytes = new Uint8Array(size)
  for (let i = 0; i < Math.min(size, 3); i++) bytes[i] = mantissa >> (16 - 8 * i)
  const negative = bytes[0]! >= 0x80
  bytes[0]! &= 0x7f
  const magnitude = bigIntFromBytes(bytes)
  return negative ? -magnitude : magnitude
}

/** The compact form as a signed 64-bit number (reference: `NBitsUtils.encodeCompactBits`), whose sign spills for negatives. */
export function encodeCompactBits(value: bigint, bytes: number): bigint {
  let size = bytes
  let result = BigInt.asIntN(64, size <= 3 ? BigInt.asIntN(64, value) << BigInt(8 * (3 - size)) : value >> BigInt(8 * (size - 3)))
  if ((result & 0x00800000n) !== 0n) {
    result >>= 8n
    size++
  }
  result |= BigInt(size) << 24n
  return value < 0n ? result | 0x00800000n : result
}

const powResults = new WeakMap<ScriptHeader, boolean>()

/** `Header.checkPow`: Autolykos 2 only. Done once a header: it costs far more time than the operation costs. */
export function checkHeaderPow(h: ScriptHeader): boolean {
  let valid = powResults.get(h)
  if (valid === undefined) {
    valid = isPowValid(h)
    powResults.set(h, valid)
  }
  return valid
}

function isPowValid(h: ScriptHeader): boolean {
  if (h.version === AUTOLYKOS_2_VERSION - 1) fail('Autolykos v1 is not supported')
  const difficulty = decodeCompactBits(BigInt(h.nBits))
  if (difficulty === 0n) fail('difficulty is zero')
  const target = secp256k1.order / difficulty
  const msg = blake2b256(scriptHeaderBytesWithoutPow(h))
  const hit = autolykosV2Hit(msg, h.powNonce, h.height, autolykosTableSize(AUTOLYKOS_2_VERSION, h.height))
  return bigIntFromBytes(hit) < target
}

/** Cost of `Global.powHit`; the number is a 32-bit one. */
export function powHitCost(k: number, bytes: number): number {
  return (HIT_BASE_COST + Math.imul(Math.imul(k + 1, Math.trunc(bytes / HASH_CHUNK) + 1), HASH_COST)) | 0
}

/** `Global.powHit`. */
export function powHit(k: number, msg: Uint8Array, nonce: Uint8Array, h: Uint8Array, tableSize: number): Value {
  if (k < MIN_ELEMENTS || k > MAX_ELEMENTS || tableSize < MIN_TABLE_SIZE) fail('powHit arguments out of range')
  return new UnsignedBigIntValue(bigIntFromBytes(autolykosV2HitForMessage({ k, msg, nonce, height: h, tableSize })))
}
