import { DecodeError, fromHex, type JsonValue } from '../bytes/index.ts'
import {
  decodeSettingsUpdate,
  EMPTY_SETTINGS_UPDATE,
  INTERPRETER_60_VERSION,
  Parameters,
  parseHeader,
  ValidationSettings
} from '../chain/index.ts'
import { DEFAULT_VERSIONS, type Versions } from '../ergotree/index.ts'
import type { BlockFields, ValidationContext } from './context.ts'
import type { TransactionDecoder } from './decode.ts'
import { validateTransaction } from './validate.ts'
import { refuseUnnumbered, type ValidationStage } from './verdict.ts'

/** Length of a state digest. */
const DIGEST_BYTES = 33

/** A line of a file is not what it should be: says nothing about transactions. */
export class RecordedLineError extends Error {
  override readonly name: string = 'RecordedLineError'
  readonly code: string = 'RECORDED_LINE'
  readonly field: string

  constructor(field: string, problem: string) {
    super(`field ${field} ${problem}`)
    this.field = field
  }
}

/** One JSON object, field by field. */
class Fields {
  readonly #map: ReadonlyMap<string, JsonValue>
  readonly #path: string

  constructor(value: JsonValue | undefined, path = '') {
    if (!(value instanceof Map)) throw new RecordedLineError(path === '' ? '(whole)' : path, 'must be an object')
    this.#map = value as ReadonlyMap<string, JsonValue>
    this.#path = path
  }

  #name(field: string): string {
    return this.#path === '' ? field : `${this.#path}.${field}`
  }

  get entries(): Iterable<readonly [string, JsonValue]> {
    return this.#map
  }

  has(field: string): boolean {
    return this.#map.has(field)
  }

  object(field: string): Fields {
    return new Fields(this.#map.get(field), this.#name(field))
  }

  string(field: string): string {
    const value = this.#map.get(field)
    if (typeof value !== 'string') throw new RecordedLineError(this.#name(field), 'must be a string')
    return value
  }

  hex(field: string, size?: number): Uint8Array {
    return hexBytes(this.string(field), this.#name(field), size)
  }

  hexList(field: string): Uint8Array[] {
    const value = this.#map.get(field)
    if (!Array.isArray(value)) throw new RecordedLineError(this.#name(field), 'must be a list')
    return (value as readonly JsonValue[]).map((item, i) => {
      const name = `${this.#name(field)}[${i}]`
      if (typeof item !== 'string') throw new RecordedLineError(name, 'must be a string')
      return hexBytes(item, name)
    })
  }

  integer(field: string): number {
    const value = this.#map.get(field)
    if (typeof value !== 'number' || !Number.isSafeInteger(value)) {
      throw new RecordedLineError(this.#name(field), 'must be an integer')
    }
    return value
  }

  /** A number that may be too large for a JSON number: digits in a string, or an integer. */
  long(field: string): bigint {
    const value = this.#map.get(field)
    if (typeof value === 'bigint' || (typeof value === 'number' && Number.isInteger(value))) return BigInt(value)
    if (typeof value !== 'string' || !/^-?\d{1,19}$/.test(value)) {
      throw new RecordedLineError(this.#name(field), 'must be a whole number')
    }
    return BigInt(value)
  }
}

function hexBytes(text: string, name: string, size?: number): Uint8Array {
  let bytes: Uint8Array
  try {
    bytes = fromHex(text)
  } catch {
    throw new RecordedLineError(name, 'must be hex')
  }
  if (size !== undefined && bytes.length !== size) throw new RecordedLineError(name, `must have ${size} bytes`)
  return bytes
}

/** A context of recorded transactions, by its name. */
export interface RecordedContext {
  readonly name: string
  readonly context: ValidationContext
}

/** What recorded contexts leave out. */
export interface RecordedContextOptions {
  /** State root before the first block of the network, 33 bytes. */
  readonly genesisStateDigest?: Uint8Array
  /** To enforce rule 123. */
  readonly reemission?: ValidationContext['reemission']
}

function decoded<T>(field: string, decode: () => T): T {
  try {
    return decode()
  } catch (error) {
    if (error instanceof DecodeError) throw new RecordedLineError(field, `cannot be read: ${error.message}`)
    throw error
  }
}

function parameterTable(fields: Fields): Parameters {
  const table = new Map<number, number>()
  for (const [id] of fields.entries) {
    if (!/^\d{1,3}$/.test(id)) throw new RecordedLineError(`parameters.${id}`, 'has no number for a name')
    table.set(Number(id), fields.integer(id))
  }
  return new Parameters(0, table)
}

/**
 * Context of a line: headers as scripts see them (newest first), fields of the block, parameters by id, the update of the
 * validation settings in force as hex (nothing: the initial ones).
 *
 * @throws RecordedLineError
 */
export function parseRecordedContext(json: JsonValue, options: RecordedContextOptions = {}): RecordedContext {
  const line = new Fields(json)
  const headers = line.hexList('headers').map((bytes, i) => decoded(`headers[${i}]`, () => parseHeader(bytes)))
  const pre = line.object('preHeader')
  const block: BlockFields = {
    version: pre.integer('version'),
    parentId: pre.hex('parentId'),
    timestamp: pre.long('timestamp'),
    nBits: pre.integer('nBits'),
    height: pre.integer('height'),
    minerPk: pre.hex('minerPk'),
    votes: pre.hex('votes')
  }
  const update = line.hex('settings')
  const settings = decoded('settings', () =>
    ValidationSettings.initial.updated(update.length === 0 ? EMPTY_SETTINGS_UPDATE : decodeSettingsUpdate(update))
  )
  const context = {
    block,
    headers,
    previousStateDigest: headers[0]?.stateRoot ?? options.genesisStateDigest ?? new Uint8Array(DIGEST_BYTES),
    parameters: parameterTable(line.object('parameters')),
    settings,
    reemission: options.reemission
  }
  return { name: line.string('ctx'), context }
}

/** A recorded transaction: bytes as they would arrive, and the boxes that exist for it, in the order of its inputs. */
export interface RecordedTransaction {
  readonly name: string
  /** Name of its context. */
  readonly context: string
  readonly tx: Uint8Array
  readonly inputBoxes: readonly Uint8Array[]
  readonly dataBoxes: readonly Uint8Array[]
  readonly accumulatedCost: number
  /** Block height to judge at, instead of the context's. */
  readonly height: number | undefined
}

/**
 * Transaction of a line. Whatever else the line says, the recorded answer too, is not looked at.
 *
 * @throws RecordedLineError
 */
export function parseRecordedTransaction(json: JsonValue): RecordedTransaction {
  const line = new Fields(json)
  return {
    name: line.string('name'),
    context: line.string('ctx'),
    tx: line.hex('tx'),
    inputBoxes: line.hexList('inputBoxes'),
    dataBoxes: line.hexList('dataBoxes'),
    accumulatedCost: Number(line.long('accumulatedCost')),
    height: line.has('height') ? line.integer('height') : undefined
  }
}

/** Answer to a recorded transaction. */
export type RecordedAnswer =
  | { readonly name: string; readonly valid: true; readonly cost: number; readonly id: string }
  | {
      readonly name: string
      readonly valid: false
      readonly stage: ValidationStage
      /** Null when the reference names no rule. */
      readonly rule: number | null
      /** Null when the bytes could not be read. */
      readonly id: string | null
      readonly message: string
    }

/** Script versions that the transactions of a block are read with, by the block's version. */
export function versionsOfBlock(blockVersion: number): Versions {
  if (blockVersion < INTERPRETER_60_VERSION) return DEFAULT_VERSIONS
  return { activated: blockVersion - 1, tree: blockVersion - 1 }
}

/**
 * Judges a recorded transaction from its bytes.
 *
 * @throws RecordedLineError when a box cannot be read
 * @throws ScriptFaultError when a script could not be judged
 */
export function judgeRecorded(
  recorded: RecordedTransaction,
  context: ValidationContext,
  decoder: TransactionDecoder
): RecordedAnswer {
  const { name, height } = recorded
  const inputs = recorded.inputBoxes.map((bytes, i) => decoded(`inputBoxes[${i}]`, () => decoder.decodeBox(bytes)))
  const dataInputs = recorded.dataBoxes.map((bytes, i) => decoded(`dataBoxes[${i}]`, () => decoder.decodeBox(bytes)))
  const place = height === undefined ? context : { ...context, block: { ...context.block, height } }
  let id: string | null = null
  try {
    const tx = decoder.decodeTransaction(recorded.tx, versionsOfBlock(context.block.version))
    id = tx.idHex
    const verdict = validateTransaction({ tx, inputs, dataInputs }, place, recorded.accumulatedCost)
    if (verdict.valid) return { name, valid: true, cost: verdict.cost, id }
    return { name, valid: false, stage: verdict.stage, rule: verdict.rule, id, message: verdict.message }
  } catch (error) {
    if (id !== null || !(error instanceof DecodeError)) throw error
    const { stage, rule, message } = refuseUnnumbered('parse', 'TX_UNREADABLE', error.message)
    return { name, valid: false, stage, rule, id, message }
  }
}
