import { isIP } from 'node:net'
import { multiaddr } from '@multiformats/multiaddr'
import { z } from 'zod'
import { type Endpoint, formatEndpoint, parseEndpoint } from './endpoint.ts'
import { formatDuration, formatSize, parseDuration, parseSize } from './units.ts'

/** What TOML can hold and flags can spell. */
export type RawValue = string | number | boolean | readonly RawValue[]

/** How a setting's value looks outside (file, flag, environment) and inside. */
export interface Kind<T> {
  /** From the raw value of a file. */
  readonly schema: z.ZodType<T>
  /** Completes the sentence "… is not", e.g. `an integer from 1 to 1000`. */
  readonly allowed: string
  /** The same for one item, in a list. */
  readonly allowedItem?: string
  /** All there is to choose from, where that is a few words. */
  readonly words?: readonly string[]
  /** How flags and environment variables spell it; the schema then judges the value as if a file had it. */
  readonly spelling: 'text' | 'integer' | 'switch' | 'list'
  /** Inside value back to the raw form. */
  readonly format: (value: T) => RawValue
}

/** A kind whose raw form is text: `parse` gives undefined for text that is not allowed. */
function parsed<T>(allowed: string, parse: (text: string) => T | undefined, format: (value: T) => string): Kind<T> {
  const schema = z.string().transform((text, context): T => {
    const value = parse(text)
    if (value !== undefined) return value
    context.issues.push({ code: 'custom', message: 'not allowed', input: text })
    return z.NEVER
  })
  return { schema: schema as unknown as z.ZodType<T>, allowed, spelling: 'text', format }
}

const same = (text: string): string => text

export const text = (allowed: string, pattern: RegExp): Kind<string> =>
  parsed(allowed, (t) => (pattern.test(t) ? t : undefined), same)

export const path: Kind<string> = text('a path', /^[^\0]+$/)

export function integer(min: number, max: number, unit = ''): Kind<number> {
  return {
    schema: z.int().min(min).max(max),
    allowed: `an integer from ${min} to ${max}${unit}`,
    spelling: 'integer',
    format: (n) => n
  }
}

export const toggle: Kind<boolean> = {
  schema: z.boolean(),
  allowed: 'true or false',
  spelling: 'switch',
  format: (b) => b
}

const anyOf = (words: readonly string[]): string =>
  words.length < 2 ? words.join('') : `${words.slice(0, -1).join(', ')} or ${words.at(-1)}`

export function choice<const T extends string>(values: readonly T[]): Kind<T> {
  return { schema: z.enum(values as unknown as [T]), allowed: anyOf(values), words: values, spelling: 'text', format: (v) => v }
}

/** A number, or a word that stands for one that is found out later. */
export function integerOr<const W extends string>(word: W, min: number, max: number): Kind<number | W> {
  return {
    schema: z.union([z.literal(word), z.int().min(min).max(max)]),
    allowed: `${word} or an integer from ${min} to ${max}`,
    spelling: 'integer',
    format: (v) => v
  }
}

/** Milliseconds. */
export const duration: Kind<number> = parsed('a duration such as 100ms, 30s, 2m or 1h', parseDuration, formatDuration)
/** Bytes. */
export const size: Kind<number> = parsed('a size such as 512KiB, 64MiB or 1GiB', parseSize, formatSize)

/** A peer to dial: native by host and port, or libp2p by multiaddr, whose peer id says whom to expect there. */
export const peerTarget: Kind<Endpoint | string> = parsed(
  'host:port, or a multiaddr that ends in /p2p/PEER_ID',
  (t) => {
    if (!t.startsWith('/')) return parseEndpoint(t)
    try {
      const ma = multiaddr(t)
      return ma.getComponents().some((c) => c.name === 'p2p') ? ma.toString() : undefined
    } catch {
      return undefined
    }
  },
  (value) => (typeof value === 'string' ? value : formatEndpoint(value))
)

/** An address by number: to bind, or to tell peers, who cannot be sent to look up a name. */
export const ipEndpoint: Kind<Endpoint> = parsed(
  'IP:port, with an IPv6 address in brackets',
  (t) => {
    const found = parseEndpoint(t)
    return found !== undefined && isIP(found.host) !== 0 ? found : undefined
  },
  formatEndpoint
)

export const ipAddress: Kind<string> = parsed('an IP address', (t) => (isIP(t) === 0 ? undefined : t), same)

/** Where to accept libp2p peers. Of an address that no transport is for, libp2p says nothing as long as another one works. */
export const libp2pAddress: Kind<string> = parsed(
  'a multiaddr of TCP such as /ip4/0.0.0.0/tcp/0',
  (t) => {
    try {
      const ma = multiaddr(t)
      const [host, port, ...rest] = ma.getComponents().map((c) => c.name)
      const isTcp = ['ip4', 'ip6', 'dns4', 'dns6'].includes(host!) && port === 'tcp' && rest.length === 0
      return isTcp ? ma.toString() : undefined
    } catch {
      return undefined
    }
  },
  same
)

/** A block to hold on to: its height and header id in hex. */
export interface Anchor {
  readonly height: number
  readonly id: string
}

export const anchor: Kind<Anchor> = parsed(
  'HEIGHT:HEADER_ID with 64 hex digits',
  (t) => {
    const match = /^(\d{1,9}):([0-9a-fA-F]{64})$/.exec(t)
    return match === null ? undefined : { height: Number(match[1]), id: match[2]!.toLowerCase() }
  },
  ({ height, id }) => `${height}:${id}`
)

/** A hash in hex, in lower case whatever the case it was given in. */
export const hash: Kind<string> = parsed(
  '64 hex digits',
  (t) => (/^[0-9a-fA-F]{64}$/.test(t) ? t.toLowerCase() : undefined),
  same
)

/** Root URL of a web server, without path, query, fragment or credentials, as the reference demands of `publicUrl`. */
export const rootUrl: Kind<string> = parsed(
  'an http or https URL without path, query or fragment',
  (t) => {
    if (!/^https?:\/\/[^/?#@]+\/?$/i.test(t) || !URL.canParse(t)) return undefined
    return t.replace(/\/$/, '')
  },
  same
)

export function list<T>(item: Kind<T>): Kind<readonly T[]> {
  return {
    schema: z.array(item.schema) as unknown as z.ZodType<readonly T[]>,
    allowed: `a list, each item ${item.allowed}`,
    allowedItem: item.allowed,
    ...(item.words === undefined ? {} : { words: item.words }),
    spelling: 'list',
    format: (values) => values.map(item.format)
  }
}
