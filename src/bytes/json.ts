/**
 * JSON without loss: integers of any size, and objects that keep the order of their keys.
 *
 * Amounts and scores of the node's API exceed 2^53, and the order of a context extension's variables is part of a
 * transaction's id, so `JSON.parse` and `JSON.stringify` corrupt both.
 */

/** What {@link parseJson} returns. Integers outside ±(2^53 - 1) are `bigint`, all other numbers `number`. */
export type JsonValue = null | boolean | number | bigint | string | readonly JsonValue[] | JsonObject

/** Keys in the order of the text; of a repeated key the last value at the place of the first. */
export type JsonObject = ReadonlyMap<string, JsonValue>

/** What {@link stringifyJson} takes: as {@link JsonValue}, plain objects too; members that are `undefined` are left out. */
export type JsonInput =
  | null
  | boolean
  | number
  | bigint
  | string
  | readonly JsonInput[]
  | ReadonlyMap<string, JsonInput>
  | { readonly [key: string]: JsonInput | undefined }

/** Nesting that {@link parseJson} follows. No shape of the API has more than about ten; bounds our recursion. */
const MAX_JSON_DEPTH = 128

/** Digits of one number. The largest numbers of the API are below 2^256, 78 digits; bounds the cost of `BigInt(text)`. */
const MAX_JSON_NUMBER_CHARS = 1_000

/** Thrown by {@link parseJson}: the text is not JSON, or nests or counts beyond what the API ever needs. */
export class JsonError extends Error {
  override readonly name: string = 'JsonError'
  readonly code: string = 'JSON_SYNTAX'
  /** Offset of the offending character. */
  readonly offset: number

  constructor(message: string, offset: number) {
    super(`${message} (at character ${offset})`)
    this.offset = offset
  }
}

const NUMBER = /-?(?:0|[1-9][0-9]*)(\.[0-9]+)?([eE][+-]?[0-9]+)?/y
/** A quote, a backslash, or what may not stand in a string: anything below a space. */
const PLAIN_STRING_END = /["\\]|[^ -\uffff]/g

class JsonReader {
  readonly #text: string
  #at = 0

  constructor(text: string) {
    this.#text = text
  }

  document(): JsonValue {
    const value = this.#value(0)
    this.#space()
    if (this.#at !== this.#text.length) throw this.#error('text after the end of the JSON value')
    return value
  }

  #error(message: string): JsonError {
    return new JsonError(message, this.#at)
  }

  #space(): void {
    for (;;) {
      const c = this.#text.charCodeAt(this.#at)
      if (c !== 0x20 && c !== 0x0a && c !== 0x0d && c !== 0x09) return
      this.#at++
    }
  }

  /** Takes `char` when it comes next, after white space. */
  #take(char: string): boolean {
    this.#space()
    if (this.#text[this.#at] !== char) return false
    this.#at++
    return true
  }

  #expect(char: string): void {
    if (!this.#take(char)) throw this.#error(`'${char}' expected`)
  }

  #word<T>(word: string, value: T): T {
    if (!this.#text.startsWith(word, this.#at)) throw this.#error('JSON value expected')
    this.#at += word.length
    return value
  }

  #value(depth: number): JsonValue {
    if (depth > MAX_JSON_DEPTH) throw this.#error(`nesting of more than ${MAX_JSON_DEPTH} levels`)
    this.#space()
    switch (this.#text[this.#at]) {
      case '{':
        return this.#object(depth)
      case '[':
        return this.#array(depth)
      case '"':
        return this.#string()
      case 't':
        return this.#word('true', true)
      case 'f':
        return this.#word('false', false)
      case 'n':
        return this.#word('null', null)
      default:
        return this.#number()
    }
  }

  #object(depth: number): JsonObject {
    this.#at++
    const out = new Map<string, JsonValue>()
    if (this.#take('}')) return out
    do {
      this.#space()
      const key = this.#string()
      this.#expect(':')
      out.set(key, this.#value(depth + 1))
    } while (this.#take(','))
    this.#expect('}')
    return out
  }

  #array(depth: number): readonly JsonValue[] {
    this.#at++
    const out: JsonValue[] = []
    if (this.#take(']')) return out
    do out.push(this.#value(depth + 1))
    while (this.#take(','))
    this.#expect(']')
    return out
  }

  #string(): string {
    const text = this.#text
    if (text[this.#at] !== '"') throw this.#error('string expected')
    const start = this.#at
    let from = start + 1
    for (;;) {
      PLAIN_STRING_END.lastIndex = from
      const stop = PLAIN_STRING_END.exec(text)
      if (stop === null) throw this.#error('string without end')
      if (stop[0] === '"') {
        this.#at = stop.index + 1
        // Escapes are rare: the platform's own reader knows them all.
        return from === start + 1 ? text.slice(from, stop.index) : this.#unescape(text.slice(start, this.#at), start)
      }
      if (stop[0] !== '\\') throw new JsonError('control character within a string', stop.index)
      from = stop.index + 2
    }
  }

  #unescape(literal: string, at: number): string {
    try {
      return JSON.parse(literal) as string
    } catch {
      throw new JsonError('bad escape within a string', at)
    }
  }

  #number(): number | bigint {
    NUMBER.lastIndex = this.#at
    const match = NUMBER.exec(this.#text)
    if (match === null) throw this.#error('JSON value expected')
    const literal = match[0]
    if (literal.length > MAX_JSON_NUMBER_CHARS) throw this.#error(`number of more than ${MAX_JSON_NUMBER_CHARS} characters`)
    this.#at += literal.length
    const value = Number(literal)
    if (match[1] !== undefined || match[2] !== undefined || Number.isSafeInteger(value)) return value
    return BigInt(literal)
  }
}

/**
 * Value of a JSON text.
 *
 * @throws JsonError
 */
export function parseJson(text: string): JsonValue {
  return new JsonReader(text).document()
}

/**
 * JSON text of a value.
 *
 * @param indent spaces of each level; 0 gives one line
 * @throws RangeError for numbers that JSON has no form for
 */
export function stringifyJson(value: JsonInput, indent = 0): string {
  return write(value, indent, indent > 0 ? '\n' : '')
}

function write(value: JsonInput, indent: number, line: string): string {
  switch (typeof value) {
    case 'string':
      return JSON.stringify(value)
    case 'bigint':
    case 'boolean':
      return String(value)
    case 'number':
      if (!Number.isFinite(value)) throw new RangeError(`JSON has no form for ${value}`)
      return String(value)
    default:
  }
  if (value === null) return 'null'
  const inner = line === '' ? '' : line + ' '.repeat(indent)
  if (Array.isArray(value)) {
    return block(
      '[',
      ']',
      line,
      inner,
      (value as readonly JsonInput[]).map((v) => write(v, indent, inner))
    )
  }
  const entries = value instanceof Map ? [...value.entries()] : Object.entries(value)
  const colon = line === '' ? ':' : ': '
  const items: string[] = []
  for (const [key, item] of entries) {
    if (item !== undefined) items.push(JSON.stringify(key) + colon + write(item as JsonInput, indent, inner))
  }
  return block('{', '}', line, inner, items)
}

function block(open: string, close: string, line: string, inner: string, items: readonly string[]): string {
  return items.length === 0 ? open + close : open + inner + items.join(`,${inner}`) + line + close
}
