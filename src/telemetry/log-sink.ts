import type { ComponentLogger, Logger } from '@libp2p/interface'
import { formatMessage, oneLine, stackOf } from './format-message.ts'

/** Most important first. */
const LEVELS = ['error', 'warn', 'info', 'debug', 'trace'] as const
export type LogLevel = (typeof LEVELS)[number]

/** A logger of js-libp2p with the two levels that people read. Called as a function it writes at `debug`. */
export interface NodeLogger extends Logger {
  info(formatter: unknown, ...args: unknown[]): void
  warn(formatter: unknown, ...args: unknown[]): void
  newScope(name: string): NodeLogger
}

/** Values beside a message, for machines. */
export type LogFields = Readonly<Record<string, string | number | boolean | null>>

export interface LogSinkInit {
  /** Least important level that is written. */
  readonly level: LogLevel
  readonly format: 'plain' | 'json'
  /** Takes finished lines, without the line feed. */
  readonly write: (line: string) => void
  /** Clock in milliseconds. */
  readonly now: () => number
  /**
   * Components that are written at every level, as in the variable `DEBUG` of libp2p: `ergo:sync:*,-ergo:sync:peer`.
   */
  readonly debug?: string
}

/** Components of our own; what others call an error is often just a peer that left. */
const OWN_PREFIX = 'ergo'

const escapeRegExp = (text: string): string => text.replace(/[.+?^${}()|[\]\\]/g, '\\$&')

/** Tests of a `DEBUG` variable: patterns separated by commas or spaces, `*` for anything, `-` in front to leave out. */
function componentFilter(patterns: string): (component: string) => boolean {
  const all = patterns.split(/[\s,]+/).filter((p) => p !== '')
  const compile = (list: string[]): RegExp[] => list.map((p) => new RegExp(`^${escapeRegExp(p).replaceAll('*', '.*')}$`))
  const wanted = compile(all.filter((p) => !p.startsWith('-')))
  const unwanted = compile(all.filter((p) => p.startsWith('-')).map((p) => p.slice(1)))
  return (component) => wanted.some((r) => r.test(component)) && !unwanted.some((r) => r.test(component))
}

/**
 * Where all lines of a node's log go. One sink a node; it is the `logger` among the components of libp2p, so that
 * services log through it with `components.logger.forComponent('ergo:sync')`.
 *
 * Every record is one line: control characters in it are escaped, whoever sent them.
 */
export class LogSink implements ComponentLogger {
  readonly #init: LogSinkInit
  readonly #threshold: number
  readonly #isDebugged: (component: string) => boolean

  constructor(init: LogSinkInit) {
    this.#init = init
    this.#threshold = LEVELS.indexOf(init.level)
    this.#isDebugged = componentFilter(init.debug ?? '')
  }

  forComponent(name: string): NodeLogger {
    const isDebugged = this.#isDebugged(name)
    const isOn = (level: LogLevel): boolean => isDebugged || LEVELS.indexOf(level) <= this.#threshold
    const at = (level: LogLevel): ((formatter: unknown, ...args: unknown[]) => void) => {
      if (!isOn(level)) return () => {}
      return (formatter, ...args) => {
        const stack = isOn('debug') ? stackOf([formatter, ...args]) : undefined
        this.#write(level, name, formatMessage(formatter, args), stack === undefined ? {} : { stack })
      }
    }
    const errorLevel = name === OWN_PREFIX || name.startsWith(`${OWN_PREFIX}:`) ? 'error' : 'debug'
    return Object.assign(at('debug'), {
      enabled: isOn('debug'),
      error: at(errorLevel),
      warn: at('warn'),
      info: at('info'),
      trace: at('trace'),
      newScope: (scope: string) => this.forComponent(`${name}:${scope}`)
    })
  }

  /**
   * Writes a line that programs look for.
   *
   * @param event - stable name, e.g. `block-applied`; in plain lines it stands in front of the message
   * @param message - says to people what the fields say to programs
   * @param fields - only in JSON: plain lines would say everything twice
   */
  event(level: LogLevel, component: string, event: string, message: string, fields: LogFields = {}): void {
    if (LEVELS.indexOf(level) > this.#threshold && !this.#isDebugged(component)) return
    this.#write(level, component, oneLine(message), fields, event)
  }

  #write(level: LogLevel, component: string, message: string, fields: LogFields, event?: string): void {
    const time = new Date(this.#init.now()).toISOString()
    if (this.#init.format === 'json') {
      const record = { time, level, component, ...(event === undefined ? {} : { event }), message, ...fields }
      this.#init.write(JSON.stringify(record))
      return
    }
    const { stack } = fields
    const head = event === undefined ? message : `${event}: ${message}`
    const trace = stack === undefined ? '' : ` stack=${oneLine(String(stack))}`
    this.#init.write(`${time} ${level.padEnd(5)} ${component} ${head}${trace}`)
  }
}
