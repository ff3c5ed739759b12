/** What the header cases share: the headers themselves, and the checks of `checkPow` on other people's code. */
import sodium from 'sodium-native'
import { bigIntFromBytes, bytesEqual, compareBytes, fromHex } from '../../../src/bytes/index.ts'
import { autolykosTableSize, type Header, powTarget, powTargetBytes, scanHeader } from '../../../src/chain/index.ts'
import { autolykosV1Sum, autolykosV2Hit } from '../../../src/crypto/autolykos-kernel.ts'
import { autolykosConstant, type Blake2bBackend } from '../../../src/crypto/blake2b-backend.ts'
import { missing, readJsonLines, shared } from '../../../test/support/vectors.ts'
import { BenchUnavailable, type Candidate } from '../../harness.ts'

/** Headers of recorded mainnet files, at most `limit` of each. */
export function mainnetHeaders(files: readonly string[], limit: number): Header[] {
  const paths = files.map((file) => `mainnet/${file}.jsonl.gz`)
  const absent = missing(...paths)
  if (absent !== false) throw new BenchUnavailable(absent)
  return paths.flatMap((path) =>
    readJsonLines<{ bytes?: string; header?: string }>(shared(path))
      .slice(0, limit)
      .map((line) => scanHeader(fromHex((line.bytes ?? line.header)!)))
  )
}

/** BLAKE2b of sodium-native behind our interface: one buffer for all elements, only the index is written anew. */
export function sodiumBlake2b(): Blake2bBackend {
  const constant = autolykosConstant()
  const v2 = new Uint8Array(8 + constant.length)
  const v1 = new Uint8Array(4 + constant.length + 98)
  v2.set(constant, 8)
  v1.set(constant, 4)
  const hash = (data: Uint8Array): Uint8Array => {
    const out = new Uint8Array(32)
    sodium.crypto_generichash(out, data)
    return out
  }
  const unused = (): never => {
    throw new Error('not part of a header check')
  }
  return {
    name: 'noble',
    hash,
    hashInto(data, out, offset) {
      sodium.crypto_generichash(out.subarray(offset, offset + 32), data)
    },
    concat: (parts) => hash(Buffer.concat(parts)),
    prefixed: unused,
    pair: unused,
    merkleRoot: unused,
    elements(tail, indexes) {
      const message = tail.version === 1 ? v1 : v2
      message.set(tail.bytes, tail.version === 1 ? 4 + constant.length : 4)
      const out = new Uint8Array(32 * indexes.length)
      for (let i = 0; i < indexes.length; i++) {
        const index = indexes[i]!
        message[0] = index >>> 24
        message[1] = index >>> 16
        message[2] = index >>> 8
        message[3] = index
        sodium.crypto_generichash(out.subarray(32 * i, 32 * i + 32), message)
      }
      return out
    }
  }
}

/** The version 2 check of `checkPow`, without the look at the key (which no bench of hashes should pay). */
export function checkV2(header: Header, backend: Blake2bBackend): boolean {
  const target = powTargetBytes(header.nBits)
  if (target === null) return false
  const msg = backend.hash(header.bytesWithoutPow)
  const size = autolykosTableSize(header.version, header.height)
  return compareBytes(autolykosV2Hit(msg, header.nonce, header.height, size, backend), target) < 0
}

/** `d * G - f * w` of another library, or null when it cannot say. */
export type Commitment = (d: bigint, f: Uint8Array, w: Uint8Array) => Uint8Array | null

/** The version 1 check of `checkPow`. */
export function checkV1(header: Header, backend: Blake2bBackend, commitment: Commitment): boolean {
  const target = powTarget(header.nBits)
  const d = header.powDistance
  if (target === null || d >= target) return false
  const pk = header.minerPk
  const w = header.powOneTimePk
  const f = autolykosV1Sum(backend.hash(header.bytesWithoutPow), header.nonce, pk, w, 2 ** 26, backend)
  const negated = pk.slice()
  negated[0]! ^= 1
  const found = commitment(d, f, w)
  return found !== null && bytesEqual(found, negated)
}

/** One header an operation, round and round. */
export function each(headers: readonly Header[], check: (header: Header) => boolean): Candidate {
  let at = 0
  return (n) => {
    let sink = 0
    for (let i = 0; i < n; i++) {
      if (check(headers[at]!)) sink++
      at = at + 1 === headers.length ? 0 : at + 1
    }
    return sink
  }
}

/** The same header with another nonce: must be refused. */
export function spoiled(header: Header): Header {
  const bytes = header.bytes.slice()
  const at = bytes.length - (header.version === 1 ? header.bytes.length - header.bytesWithoutPow.length - 66 : 1)
  bytes[at]! ^= 1
  return scanHeader(bytes)
}

/** Sum over `n` of what must come out when all headers pass. */
export function assertAll(headers: readonly Header[], checks: Readonly<Record<string, (header: Header) => boolean>>): void {
  for (const [name, check] of Object.entries(checks)) {
    for (const header of headers) {
      if (!check(header)) throw new Error(`${name} refuses header ${header.height}`)
      if (check(spoiled(header))) throw new Error(`${name} accepts header ${header.height} with another nonce`)
    }
  }
}

/** Unsigned 32 bytes big-endian. */
export function bytes32(value: bigint): Uint8Array {
  return fromHex(value.toString(16).padStart(64, '0'))
}

export { bigIntFromBytes }
