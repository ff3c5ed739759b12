import { bytesEqual, DecodeError, fromHex, type JsonValue, toHex } from '../bytes/index.ts'
import type { DifficultyHeader } from './difficulty/adjustment.ts'
import type { AncestorAt, DifficultySettings } from './difficulty/required.ts'
import type { Header } from './header.ts'
import {
  type HeaderRuleFailure,
  type HeaderRuleSettings,
  type HeaderVerdict,
  judgeHeader,
  type ParentHeader,
  type PowResult
} from './header-rules.ts'
import { scanHeader } from './header-scan.ts'
import { HEADER_RULES } from './rules.ts'

/** One header of a file. What the line says of it beside its bytes is compared with what the bytes say. */
export interface HeaderLine {
  readonly height?: number
  readonly id?: Uint8Array
  readonly bytes: Uint8Array
}

/** Thrown when a line of a file is no {@link HeaderLine}: the file is unreadable, which says nothing about headers. */
export class HeaderLineError extends Error {
  override readonly name: string = 'HeaderLineError'
  readonly code: string = 'HEADER_LINE'
  readonly field: string

  constructor(field: string, expected: string) {
    super(`field ${field} must be ${expected}`)
    this.field = field
  }
}

/** Why a header of a file is not valid. */
export interface HeaderFileFailure {
  /** Null when neither bytes nor line tell. */
  readonly height: number | null
  /** Computed from the bytes; what the line says when they cannot be read. */
  readonly id: string | null
  /** Null when no numbered rule says it: unreadable bytes, or a line that contradicts its bytes. */
  readonly rule: number | null
  readonly code: string
  readonly message: string
}

export interface HeaderFileSummary {
  readonly checked: number
  readonly valid: number
  readonly invalid: number
  /** How often a rule could not be checked for want of context, by rule number. */
  readonly unchecked: Readonly<Record<string, number>>
  /** The first {@link MAX_REPORTED_FAILURES}. */
  readonly failures: readonly HeaderFileFailure[]
}

/** Failures that a summary lists; the rest is only counted. */
export const MAX_REPORTED_FAILURES = 20

export interface HeaderFileInit {
  readonly network: HeaderRuleSettings
  /** Our clock, milliseconds since 1970. */
  readonly now: number
}

/** What later headers need of one. */
interface Seen extends ParentHeader {
  /** Headers of one run are linked to each other. */
  readonly run: number
}

/** The header just before the one at hand, whether it was good or not. */
interface Previous {
  readonly seen: Seen
  /** Broke a fatal rule, so that nothing can stand on it. */
  readonly invalid: boolean
  /** Broke any rule. */
  readonly failed: boolean
}

function windowDepth(settings: DifficultySettings): number {
  return settings.useLastEpochs * Math.max(settings.epochLength, settings.eip37?.epochLength ?? 0)
}

/**
 * Verifies headers that come one after the other, in one or more runs of consecutive heights, each against those before it.
 *
 * A header whose parent is not the header before it begins a new run when its height does not follow, or when the header
 * before it is itself bad; then what needs the parent is unchecked. Else the chain is broken, which is rule 204. Difficulty at
 * the edge of an epoch looks back over earlier runs of ascending heights, too; as nothing links those, they can confirm a
 * difficulty but not refute it.
 */
export class HeaderFileVerifier {
  readonly #network: HeaderRuleSettings
  readonly #now: number
  readonly #depth: number
  /** Good headers of this chain by height, no deeper than difficulty looks; in ascending order. */
  readonly #window = new Map<number, Seen>()
  readonly #unchecked = new Map<number, number>()
  readonly #failures: HeaderFileFailure[] = []
  #previous: Previous | undefined
  #highest = 0
  #run = 0
  #checked = 0
  #invalid = 0

  constructor(init: HeaderFileInit) {
    this.#network = init.network
    this.#now = init.now
    this.#depth = windowDepth(init.network.difficulty)
  }

  /**
   * Takes the next header.
   *
   * @param pow what {@link checkPow} said of it; when left out, the proof of work is checked here
   * @returns why it is not valid, or undefined
   */
  add(line: HeaderLine, pow?: PowResult): HeaderFileFailure | undefined {
    this.#checked++
    const failure = this.#judge(line, pow)
    if (failure !== undefined) {
      this.#invalid++
      if (this.#failures.length < MAX_REPORTED_FAILURES) this.#failures.push(failure)
    }
    return failure
  }

  summary(): HeaderFileSummary {
    const unchecked: Record<string, number> = {}
    for (const rule of [...this.#unchecked.keys()].sort((a, b) => a - b)) unchecked[rule] = this.#unchecked.get(rule)!
    const valid = this.#checked - this.#invalid
    return { checked: this.#checked, valid, invalid: this.#invalid, unchecked, failures: [...this.#failures] }
  }

  #judge(line: HeaderLine, pow: PowResult | undefined): HeaderFileFailure | undefined {
    let header: Header
    try {
      header = scanHeader(line.bytes)
    } catch (error) {
      if (!(error instanceof DecodeError)) throw error
      this.#previous = undefined
      return unreadable(line, error.message)
    }
    const duplicate = this.#previous !== undefined && bytesEqual(this.#previous.seen.id, header.id)
    const linked = this.#previous !== undefined && bytesEqual(this.#previous.seen.id, header.parentId)
    const broken = this.#previous !== undefined && !this.#previous.failed && header.height === this.#previous.seen.height + 1
    if (!linked && !duplicate) this.#beginRun(header.height)
    const parent = linked ? this.#previous!.seen : broken ? null : undefined
    const parentInvalid = linked && this.#previous!.invalid
    const verdict = this.#verdict(header, parent, parentInvalid, duplicate, pow)
    for (const rule of verdict.unchecked) this.#unchecked.set(rule, (this.#unchecked.get(rule) ?? 0) + 1)
    if (!duplicate) this.#remember(header, verdict.failure)
    return verdict.failure === undefined ? contradiction(line, header) : ruleFailure(header, verdict.failure)
  }

  #verdict(
    header: Header,
    parent: ParentHeader | null | undefined,
    parentInvalid: boolean,
    stored: boolean,
    pow: PowResult | undefined
  ): HeaderVerdict {
    let foreign = false
    const anyAt: AncestorAt = (height) => {
      const seen = this.#window.get(height)
      if (seen !== undefined && seen.run !== this.#run) foreign = true
      return seen
    }
    const context = { network: this.#network, now: this.#now, fullBlockHeight: 0, parent, parentInvalid, stored }
    const verdict = judgeHeader(header, { ...context, ancestorAt: anyAt, ...(pow === undefined ? {} : { pow }) })
    if (verdict.failure?.rule !== HEADER_RULES.requiredDifficulty.number || !foreign) return verdict
    const linkedAt = (height: number): DifficultyHeader | undefined => {
      const seen = this.#window.get(height)
      return seen?.run === this.#run ? seen : undefined
    }
    // Rule 207 was passed on the way to 208.
    return judgeHeader(header, { ...context, ancestorAt: linkedAt, pow: null })
  }

  #beginRun(height: number): void {
    this.#run++
    if (height <= this.#highest) {
      // Not above what was seen: another chain begins.
      this.#window.clear()
      this.#highest = 0
    }
  }

  #remember(header: Header, failure: HeaderRuleFailure | undefined): void {
    const { height, nBits, timestampExact } = header
    const seen: Seen = { id: header.id, height, nBits, timestampExact, run: this.#run }
    const invalid = failure?.severity === 'fatal'
    this.#previous = { seen, invalid, failed: failure !== undefined }
    if (invalid) return
    this.#window.set(height, seen)
    if (height > this.#highest) this.#highest = height
    for (const oldest of this.#window.keys()) {
      if (oldest >= height - this.#depth) break
      this.#window.delete(oldest)
    }
  }
}

function unreadable(line: HeaderLine, message: string): HeaderFileFailure {
  const id = line.id === undefined ? null : toHex(line.id)
  return { height: line.height ?? null, id, rule: null, code: 'HEADER_UNREADABLE', message }
}

function ruleFailure(header: Header, failure: HeaderRuleFailure): HeaderFileFailure {
  return { height: header.height, id: header.idHex, rule: failure.rule, code: failure.code, message: failure.message }
}

/** What the line says against its own bytes. Comes after the rules: those judge the header, this the file. */
function contradiction(line: HeaderLine, header: Header): HeaderFileFailure | undefined {
  const failure = { height: header.height, id: header.idHex, rule: null }
  if (line.id !== undefined && !bytesEqual(line.id, header.id)) {
    return { ...failure, code: 'ID_MISMATCH', message: `the line names id ${toHex(line.id)}` }
  }
  if (line.height !== undefined && line.height !== header.height) {
    return { ...failure, code: 'HEIGHT_MISMATCH', message: `the line names height ${line.height}` }
  }
  return undefined
}

function hexField(value: JsonValue, field: string, size: number | null): Uint8Array {
  if (typeof value !== 'string' || !/^(?:[0-9a-fA-F]{2})*$/.test(value) || (size !== null && value.length !== 2 * size)) {
    throw new HeaderLineError(field, size === null ? 'hex' : `${size} bytes in hex`)
  }
  return fromHex(value)
}

/**
 * A line of a header file: `{"height","id","bytes"}`, where height and id may be missing, other fields may stand beside them,
 * and the bytes may be called `header` as in files of whole blocks.
 *
 * @param json of `parseJson`
 * @throws HeaderLineError naming the field
 */
export function parseHeaderLine(json: JsonValue): HeaderLine {
  if (!(json instanceof Map)) throw new HeaderLineError('(whole)', 'an object')
  const fields = json as ReadonlyMap<string, JsonValue>
  const bytes = fields.get('bytes') ?? fields.get('header')
  if (bytes === undefined) throw new HeaderLineError('bytes', 'given')
  const id = fields.get('id')
  const height = fields.get('height')
  if (height !== undefined && !(typeof height === 'number' && Number.isSafeInteger(height))) {
    throw new HeaderLineError('height', 'an integer')
  }
  return {
    bytes: hexField(bytes, fields.has('bytes') ? 'bytes' : 'header', null),
    ...(id === undefined ? {} : { id: hexField(id, 'id', 32) }),
    ...(height === undefined ? {} : { height })
  }
}
