import { fromHex, type JsonObject, type JsonValue, toHex } from '../bytes/index.ts'
import { DIGEST_BYTES, NONCE_BYTES, POINT_BYTES, STATE_ROOT_BYTES, VOTES_BYTES } from './constants.ts'
import { decodeCompact } from './difficulty/compact.ts'
import type { Header } from './header.ts'
import { INFINITY_POINT, type PowSolution, SOLUTION_W_V2 } from './header-fields.ts'
import { hasValidPoints } from './header-points.ts'
import { headerFromFields } from './header-scan.ts'

/** A header as the node's REST API shows it (`Header.jsonEncoder`). Write it with `stringifyJson`: numbers may be `bigint`. */
export interface HeaderJson {
  readonly extensionId: string
  /** Decimal digits. */
  readonly difficulty: string
  readonly votes: string
  readonly timestamp: number | bigint
  /** Bytes of the header, and one more when it comes from a store. */
  readonly size: number
  readonly unparsedBytes: string
  readonly stateRoot: string
  readonly height: number
  readonly nBits: number
  readonly version: number
  readonly id: string
  readonly adProofsRoot: string
  readonly transactionsRoot: string
  readonly extensionHash: string
  readonly powSolutions: PowSolutionJson
  readonly adProofsId: string
  readonly transactionsId: string
  readonly parentId: string
}

/** Solution part of {@link HeaderJson}; `d` is a JSON number of up to about 77 digits. */
export interface PowSolutionJson {
  readonly pk: string
  readonly w: string
  readonly n: string
  readonly d: number | bigint
}

/** Thrown when JSON is not a header. */
export class HeaderJsonError extends Error {
  override readonly name: string = 'HeaderJsonError'
  readonly code: string = 'HEADER_JSON'
  /** The field that is wrong or missing. */
  readonly field: string

  constructor(field: string, expected: string) {
    super(`header field ${field} must be ${expected}`)
    this.field = field
  }
}

/** A number where it is exact, else a bigint: what a lossless JSON reader returns for the same digits. */
function plain(value: bigint): number | bigint {
  const number = Number(value)
  return Number.isSafeInteger(number) ? number : value
}

/**
 * What the reference's `size` counts beside the header: the type byte that stands before it in its store, and that its parser
 * has consumed with it. Headers that never came from a store have it without.
 */
const STORED_TYPE_BYTES = 1

/**
 * The REST shape of a header.
 *
 * @param stored false for headers that the reference would not have read from its store, e.g. those of a received proof;
 *   changes `size` only
 */
export function headerToJson(header: Header, stored = true): HeaderJson {
  return {
    extensionId: toHex(header.extensionId),
    difficulty: decodeCompact(header.nBits).toString(),
    votes: toHex(header.votes),
    timestamp: plain(header.timestampExact),
    size: header.size + (stored ? STORED_TYPE_BYTES : 0),
    unparsedBytes: toHex(header.unparsedBytes),
    stateRoot: toHex(header.stateRoot),
    height: header.height,
    nBits: header.nBits,
    version: header.version,
    id: header.idHex,
    adProofsRoot: toHex(header.adProofsRoot),
    transactionsRoot: toHex(header.transactionsRoot),
    extensionHash: toHex(header.extensionRoot),
    powSolutions: powSolutionToJson(header.powSolution),
    adProofsId: toHex(header.adProofsId),
    transactionsId: toHex(header.transactionsId),
    parentId: toHex(header.parentId)
  }
}

export function powSolutionToJson(solution: PowSolution): PowSolutionJson {
  return { pk: toHex(solution.pk), w: toHex(solution.w), n: toHex(solution.nonce), d: plain(solution.d) }
}

/** Fields of an object, each checked as it is read. Missing and `null` are the same, as for the reference's optional fields. */
class FieldReader {
  readonly #object: JsonObject
  readonly #prefix: string

  constructor(value: JsonValue | undefined, prefix: string) {
    if (!(value instanceof Map)) throw new HeaderJsonError(prefix === '' ? '(whole)' : prefix.slice(0, -1), 'an object')
    this.#object = value
    this.#prefix = prefix
  }

  get(field: string): JsonValue | undefined {
    return this.#object.get(field) ?? undefined
  }

  /** Hex of `size` bytes; of any size when that is null. */
  hex(field: string, size: number | null, missing?: Uint8Array): Uint8Array {
    const value = this.get(field)
    if (value === undefined && missing !== undefined) return missing
    const fits = typeof value === 'string' && /^(?:[0-9a-fA-F]{2})*$/.test(value) && (size === null || value.length === 2 * size)
    if (!fits) throw new HeaderJsonError(this.#prefix + field, size === null ? 'hex' : `${size} bytes in hex`)
    return fromHex(value)
  }

  integer(field: string, min: bigint, max: bigint, missing?: bigint): bigint {
    const value = this.get(field)
    if (value === undefined && missing !== undefined) return missing
    const exact = typeof value === 'bigint' || Number.isSafeInteger(value)
    const big = exact ? BigInt(value as number | bigint) : undefined
    if (big === undefined || big < min || big > max)
      throw new HeaderJsonError(this.#prefix + field, `an integer of ${min}..${max}`)
    return big
  }
}

/** `pk`, `w` and `d` may be left out, as they do not matter from version 2 on (`AutolykosSolution.jsonDecoder`). */
export function powSolutionFromJson(json: JsonValue | undefined): PowSolution {
  const f = new FieldReader(json, 'powSolutions.')
  return {
    pk: f.hex('pk', POINT_BYTES, INFINITY_POINT),
    w: f.hex('w', POINT_BYTES, SOLUTION_W_V2),
    nonce: f.hex('n', NONCE_BYTES),
    // 255 bytes are all that a header can hold.
    d: f.integer('d', 0n, (1n << 2040n) - 1n, 0n)
  }
}

/**
 * A header of the REST shape, read by `parseJson`. The fields that follow from others (id, size, section ids, difficulty) are
 * not looked at: ids are computed from bytes.
 *
 * @throws HeaderJsonError naming the field
 * @throws EncodeError when the values make no header together
 */
export function headerFromJson(json: JsonValue): Header {
  const f = new FieldReader(json, '')
  const version = Number(f.integer('version', -128n, 127n))
  const header = headerFromFields({
    version,
    parentId: f.hex('parentId', DIGEST_BYTES),
    adProofsRoot: f.hex('adProofsRoot', DIGEST_BYTES),
    transactionsRoot: f.hex('transactionsRoot', DIGEST_BYTES),
    stateRoot: f.hex('stateRoot', STATE_ROOT_BYTES),
    timestamp: f.integer('timestamp', -(1n << 63n), (1n << 63n) - 1n),
    extensionRoot: f.hex('extensionHash', DIGEST_BYTES),
    nBits: Number(f.integer('nBits', 0n, 0xffffffffn)),
    height: Number(f.integer('height', 0n, 0x7fffffffn)),
    votes: f.hex('votes', VOTES_BYTES),
    unparsedBytes: f.hex('unparsedBytes', null, new Uint8Array(0)),
    powSolution: powSolutionFromJson(f.get('powSolutions'))
  })
  if (!hasValidPoints(header)) throw new HeaderJsonError('powSolutions', 'a solution whose points are on the curve')
  return header
}
