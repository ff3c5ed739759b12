import { fromHex, type JsonValue } from '../bytes/index.ts'

/** A JSON value does not have the shape that is expected of it. */
export class JsonFieldError extends Error {
  override readonly name: string = 'JsonFieldError'
  readonly code: string = 'JSON_FIELD'
  /** Path of the field, e.g. `outputs[0].value`. */
  readonly field: string

  constructor(field: string, problem: string) {
    super(`field ${field} ${problem}`)
    this.field = field
  }
}

/** A decimal integer of at most 20 digits. */
const WHOLE_NUMBER = /^-?\d{1,20}$/

/** One JSON value with its path, read by what it is expected to be. Every reader throws {@link JsonFieldError}. */
export class JsonField {
  readonly #value: JsonValue | undefined
  readonly #path: string

  constructor(value: JsonValue | undefined, path = '') {
    this.#value = value
    this.#path = path
  }

  fail(problem: string): JsonFieldError {
    return new JsonFieldError(this.#path === '' ? '(whole)' : this.#path, problem)
  }

  /** Absent or null. */
  get isMissing(): boolean {
    return this.#value === undefined || this.#value === null
  }

  #object(): ReadonlyMap<string, JsonValue> {
    if (!(this.#value instanceof Map)) throw this.fail('must be an object')
    return this.#value as ReadonlyMap<string, JsonValue>
  }

  /** Member of an object; it may be missing. */
  get(key: string): JsonField {
    return new JsonField(this.#object().get(key), this.#path === '' ? key : `${this.#path}.${key}`)
  }

  /** Members of an object, in order. */
  members(): [key: string, field: JsonField][] {
    return [...this.#object().keys()].map((key) => [key, this.get(key)])
  }

  items(): JsonField[] {
    const value = this.#value
    if (!Array.isArray(value)) throw this.fail('must be a list')
    return (value as readonly JsonValue[]).map((item, i) => new JsonField(item, `${this.#path}[${i}]`))
  }

  string(): string {
    if (typeof this.#value !== 'string') throw this.fail('must be a string')
    return this.#value
  }

  hex(size?: number): Uint8Array {
    let bytes: Uint8Array
    try {
      bytes = fromHex(this.string())
    } catch (error) {
      if (error instanceof RangeError) throw this.fail(`must be hex: ${error.message}`)
      throw error
    }
    if (size !== undefined && bytes.length !== size) throw this.fail(`must have ${size} bytes`)
    return bytes
  }

  /** A whole number, also as a string of digits, within the limits given. */
  bigint(min: bigint, max: bigint): bigint {
    const value = this.#value
    let number: bigint
    if (typeof value === 'bigint') number = value
    else if (typeof value === 'number' && Number.isSafeInteger(value)) number = BigInt(value)
    else if (typeof value === 'string' && WHOLE_NUMBER.test(value)) number = BigInt(value)
    else throw this.fail('must be a whole number')
    if (number < min || number > max) throw this.fail(`must be within ${min}..${max}`)
    return number
  }

  /** Signed 64 bits. */
  long(): bigint {
    return this.bigint(-0x8000_0000_0000_0000n, 0x7fff_ffff_ffff_ffffn)
  }

  integer(min: number, max: number): number {
    return Number(this.bigint(BigInt(min), BigInt(max)))
  }
}
