import { base32 } from 'multiformats/bases/base32'
import { base58btc } from 'multiformats/bases/base58'
import { base64 } from 'multiformats/bases/base64'

/** Control characters, which a peer's name could use to forge lines or drive a terminal. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: finding them is the point
const CONTROL = /[\x00-\x1f\x7f-\x9f\u2028\u2029]/g
/** Text of one argument is cut here: a peer's name or a dumped object must not fill the log. */
const MAX_ARGUMENT_CHARS = 2000

/** Text on one line that no terminal acts on. */
export function oneLine(text: string): string {
  const escaped = text.replace(CONTROL, (c) => `\\x${c.charCodeAt(0).toString(16).padStart(2, '0')}`)
  return escaped.length > MAX_ARGUMENT_CHARS ? `${escaped.slice(0, MAX_ARGUMENT_CHARS)}...` : escaped
}

function json(value: unknown): string {
  try {
    return (
      JSON.stringify(value, (_, v) => (typeof v === 'bigint' ? v.toString() : v instanceof Uint8Array ? hex(v) : v)) ??
      String(value)
    )
  } catch {
    return String(value)
  }
}

const hex = (bytes: Uint8Array): string => Array.from(bytes, (b) => b.toString(16).padStart(2, '0')).join('')

function text(value: unknown): string {
  if (typeof value === 'string') return value
  if (value instanceof Error) return describeError(value)
  return typeof value === 'object' && value !== null ? json(value) : String(value)
}

/** `Name [CODE]: message`, with the messages of what it was caused by. */
function describeError(error: unknown): string {
  if (!(error instanceof Error)) return text(error)
  const code = 'code' in error ? ` [${String(error.code)}]` : ''
  const cause = error.cause === undefined ? '' : ` <- ${describeError(error.cause)}`
  const parts = error instanceof AggregateError ? ` (${error.errors.map(describeError).join('; ')})` : ''
  return `${error.name}${code}: ${error.message}${parts}${cause}`
}

/** As js-libp2p's logger prints what is missing. */
const orUndefined =
  (format: (value: NonNullable<unknown>) => string): ((value: unknown) => string) =>
  (value) =>
    value === undefined || value === null ? 'undefined' : format(value)

/** Bytes in one of the encodings of js-libp2p's logger, without a prefix that names it. */
const encoded = (base: { baseEncode(bytes: Uint8Array): string }): ((value: unknown) => string) =>
  orUndefined((value) => (value instanceof Uint8Array ? base.baseEncode(value) : String(value)))

/** Formatters of js-libp2p's loggers. */
const FORMATTERS: Readonly<Record<string, (value: unknown) => string>> = {
  s: text,
  d: (v) => String(Number(v)),
  i: (v) => String(Math.trunc(Number(v))),
  f: (v) => String(Number(v)),
  o: json,
  O: json,
  j: json,
  e: orUndefined(describeError),
  p: orUndefined(String),
  a: orUndefined(String),
  c: orUndefined(String),
  k: orUndefined(String),
  b: encoded(base58btc),
  t: encoded(base32),
  m: encoded(base64)
}

/**
 * A message as `printf` makes it, on one line. Arguments without a placeholder are appended.
 *
 * @param format - a format string, or any value
 */
export function formatMessage(format: unknown, args: readonly unknown[]): string {
  if (typeof format !== 'string') return [format, ...args].map((a) => oneLine(text(a))).join(' ')
  let used = 0
  const message = format.replace(/%([%a-zA-Z])/g, (whole, letter: string) => {
    if (letter === '%') return '%'
    const formatter = FORMATTERS[letter]
    if (formatter === undefined || used >= args.length) return whole
    return oneLine(formatter(args[used++]))
  })
  return [oneLine(message), ...args.slice(used).map((a) => oneLine(text(a)))].join(' ')
}

/** Stack of the first error among the arguments, for those who debug. */
export function stackOf(args: readonly unknown[]): string | undefined {
  const error = args.find((a): a is Error => a instanceof Error)
  return error?.stack
}
