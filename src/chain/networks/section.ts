import { fromHex, type JsonObject, type JsonValue } from '../../bytes/index.ts'

/** Thrown when a network file cannot be used; says which field is wrong. */
export class NetworkFileError extends Error {
  override readonly name: string = 'NetworkFileError'
  readonly code: string = 'NETWORK_FILE'
  /** Path of the field, e.g. `chain.voting.votingLength`; empty when the whole text is wrong. */
  readonly field: string

  constructor(field: string, message: string) {
    super(field === '' ? message : `${field}: ${message}`)
    this.field = field
  }
}

const DURATION = /^(\d+)\s*(ms|s|m|h)$/
const UNIT_MS: Readonly<Record<string, number>> = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000 }
/** Largest int of the reference. */
export const INT_MAX = 0x7fffffff

/** One object of the file. Every key must be asked for: {@link done} refuses those that were not. */
export class Section {
  readonly #path: string
  readonly #object: JsonObject
  readonly #asked = new Set<string>()

  constructor(path: string, value: JsonValue | undefined) {
    this.#path = path
    if (value === undefined) this.#object = new Map()
    else if (value instanceof Map) this.#object = value
    else throw new NetworkFileError(path, 'must be an object')
  }

  #field(key: string): string {
    return this.#path === '' ? key : `${this.#path}.${key}`
  }

  fail(key: string, message: string): NetworkFileError {
    return new NetworkFileError(this.#field(key), message)
  }

  raw(key: string): JsonValue | undefined {
    this.#asked.add(key)
    return this.#object.get(key)
  }

  section(key: string): Section {
    return new Section(this.#field(key), this.raw(key))
  }

  /** The key's value as `read` understands it, else the base's. */
  #get<T>(key: string, base: T, read: (value: JsonValue) => T | undefined, expected: string): T {
    const value = this.raw(key)
    if (value === undefined) return base
    const out = read(value)
    if (out === undefined) throw this.fail(key, `must be ${expected}`)
    return out
  }

  int(key: string, base: number, min: number, max = INT_MAX): number {
    const read = (v: JsonValue) => (typeof v === 'number' && Number.isInteger(v) && v >= min && v <= max ? v : undefined)
    return this.#get(key, base, read, min === max ? `${min}` : `an integer of ${min}..${max}`)
  }

  amount(key: string, base: bigint): bigint {
    const read = (v: JsonValue) =>
      (typeof v === 'number' && Number.isInteger(v)) || typeof v === 'bigint' ? BigInt(v) : undefined
    const value = this.#get(key, base, read, 'an integer')
    if (value < 0n || value >= 1n << 63n) throw this.fail(key, 'must be an integer of 0..2^63-1')
    return value
  }

  bool(key: string, base: boolean): boolean {
    return this.#get(key, base, (v) => (typeof v === 'boolean' ? v : undefined), 'true or false')
  }

  text(key: string, base: string, pattern: RegExp, expected: string): string {
    return this.#get(key, base, (v) => (typeof v === 'string' && pattern.test(v) ? v : undefined), expected)
  }

  texts(key: string, base: readonly string[]): readonly string[] {
    const read = (v: JsonValue) =>
      Array.isArray(v) && v.every((x) => typeof x === 'string') ? (v as readonly string[]) : undefined
    return this.#get(key, base, read, 'a list of strings')
  }

  /** Hex of `size` bytes; of any size when that is null. */
  hex<T extends Uint8Array | null>(key: string, base: T, size: number | null): Uint8Array | T {
    const expected = size === null ? 'hex bytes' : `${size} bytes in hex`
    return this.#get<Uint8Array | T>(key, base, (v) => hexBytes(v, size), expected)
  }

  /** As {@link hex}; an empty string stands for nothing. */
  optionalHex(key: string, base: Uint8Array | null, size: number | null): Uint8Array | null {
    return this.raw(key) === '' ? null : this.hex(key, base, size)
  }

  /** Milliseconds: `100ms`, `45s`, `2m`, `1h`, or a number of milliseconds. */
  durationMs(key: string, base: number): number {
    const read = (v: JsonValue) => {
      if (typeof v === 'number') return Number.isInteger(v) && v > 0 ? v : undefined
      const match = typeof v === 'string' ? DURATION.exec(v) : null
      return match === null || Number(match[1]) === 0 ? undefined : Number(match[1]) * UNIT_MS[match[2]!]!
    }
    return this.#get(key, base, read, 'a duration such as 100ms, 45s or 2m')
  }

  /** A positive number in hex of any length, as the reference writes difficulties. */
  difficulty(key: string, base: bigint): bigint {
    const read = (v: JsonValue) =>
      typeof v === 'string' && /^(?:[0-9a-fA-F]{2}){1,32}$/.test(v) && BigInt(`0x${v}`) > 0n ? BigInt(`0x${v}`) : undefined
    return this.#get(key, base, read, 'a positive number in hex')
  }

  /** Refuses keys that nobody asked for. */
  done(): void {
    for (const key of this.#object.keys()) {
      if (!this.#asked.has(key)) throw this.fail(key, `is not a known setting; known here: ${[...this.#asked].join(', ')}`)
    }
  }
}

function hexBytes(value: JsonValue, size: number | null): Uint8Array | undefined {
  if (typeof value !== 'string' || !/^(?:[0-9a-fA-F]{2})*$/.test(value)) return undefined
  return size === null || value.length === 2 * size ? fromHex(value) : undefined
}
