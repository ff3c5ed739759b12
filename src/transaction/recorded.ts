import { DecodeError, type JsonValue } from '../bytes/index.ts'
import {
  decodeSettingsUpdate,
  EMPTY_SETTINGS_UPDATE,
  INTERPRETER_60_VERSION,
  Parameters,
  parseHeader,
  ValidationSettings
} from '../chain/index.ts'
import { DEFAULT_VERSIONS, type Versions } from '../ergotree/index.ts'
import type { Box } from './box.ts'
import type { BlockFields, ValidationContext } from './context.ts'
import type { TransactionDecoder } from './decode.ts'
import { JsonField, JsonFieldError } from './json-fields.ts'
import type { Transaction } from './transaction.ts'
import { validateTransaction } from './validation/validate.ts'
import { refuseUnnumbered, type TransactionFailure, type ValidationStage } from './validation/verdict.ts'

/** Length of a state digest. */
const DIGEST_BYTES = 33

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

function decoded<T>(field: JsonField, decode: (bytes: Uint8Array) => T): T {
  try {
    return decode(field.hex())
  } catch (error) {
    if (error instanceof DecodeError) throw field.fail(`cannot be read: ${error.message}`)
    throw error
  }
}

function parameterTable(fields: JsonField): Parameters {
  const table = new Map<number, number>()
  for (const [id, value] of fields.members()) {
    if (!/^\d{1,3}$/.test(id)) throw value.fail('has no number for a name')
    table.set(Number(id), value.integer(-0x80000000, 0x7fffffff))
  }
  return new Parameters(0, table)
}

/**
 * Context of a line: headers as scripts see them (newest first), fields of the block, parameters by id, the update of the
 * validation settings in force as hex (nothing: the initial ones).
 *
 * @throws JsonFieldError
 */
export function parseRecordedContext(json: JsonValue, options: RecordedContextOptions = {}): RecordedContext {
  const line = new JsonField(json)
  const headers = line
    .get('headers')
    .items()
    .map((field) => decoded(field, parseHeader))
  const pre = line.get('preHeader')
  const block: BlockFields = {
    version: pre.get('version').integer(-128, 127),
    parentId: pre.get('parentId').hex(),
    timestamp: pre.get('timestamp').long(),
    nBits: pre.get('nBits').integer(0, 0xffffffff),
    height: pre.get('height').integer(0, 0x7fffffff),
    minerPk: pre.get('minerPk').hex(),
    votes: pre.get('votes').hex()
  }
  const settings = decoded(line.get('settings'), (update) =>
    ValidationSettings.initial.updated(update.length === 0 ? EMPTY_SETTINGS_UPDATE : decodeSettingsUpdate(update))
  )
  const context = {
    block,
    headers,
    previousStateDigest: headers[0]?.stateRoot ?? options.genesisStateDigest ?? new Uint8Array(DIGEST_BYTES),
    parameters: parameterTable(line.get('parameters')),
    settings,
    reemission: options.reemission
  }
  return { name: line.get('ctx').string(), context }
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
 * @throws JsonFieldError
 */
export function parseRecordedTransaction(json: JsonValue): RecordedTransaction {
  const line = new JsonField(json)
  const bytesList = (key: string): Uint8Array[] =>
    line
      .get(key)
      .items()
      .map((field) => field.hex())
  const height = line.get('height')
  return {
    name: line.get('name').string(),
    context: line.get('ctx').string(),
    tx: line.get('tx').hex(),
    inputBoxes: bytesList('inputBoxes'),
    dataBoxes: bytesList('dataBoxes'),
    accumulatedCost: line.get('accumulatedCost').integer(0, Number.MAX_SAFE_INTEGER),
    height: height.isMissing ? undefined : height.integer(0, 0x7fffffff)
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

function boxes(list: readonly Uint8Array[], name: string, decoder: TransactionDecoder): Box[] {
  return list.map((bytes, i) => {
    try {
      return decoder.decodeBox(bytes)
    } catch (error) {
      if (error instanceof DecodeError) throw new JsonFieldError(`${name}[${i}]`, `cannot be read: ${error.message}`)
      throw error
    }
  })
}

/**
 * Judges a recorded transaction from its bytes.
 *
 * @throws JsonFieldError when a box cannot be read
 * @throws ScriptFaultError when a script could not be judged
 */
export function judgeRecorded(
  recorded: RecordedTransaction,
  context: ValidationContext,
  decoder: TransactionDecoder
): RecordedAnswer {
  const { name, height } = recorded
  const inputs = boxes(recorded.inputBoxes, 'inputBoxes', decoder)
  const dataInputs = boxes(recorded.dataBoxes, 'dataBoxes', decoder)
  const place = height === undefined ? context : { ...context, block: { ...context.block, height } }
  const tx = decodeOrRefuse(recorded.tx, versionsOfBlock(context.block.version), decoder)
  if ('stage' in tx) return { name, valid: false, stage: tx.stage, rule: tx.rule, id: null, message: tx.message }
  const id = tx.idHex
  const verdict = validateTransaction({ tx, inputs, dataInputs }, place, recorded.accumulatedCost)
  if (verdict.valid) return { name, valid: true, cost: verdict.cost, id }
  return { name, valid: false, stage: verdict.stage, rule: verdict.rule, id, message: verdict.message }
}

function decodeOrRefuse(bytes: Uint8Array, versions: Versions, decoder: TransactionDecoder): Transaction | TransactionFailure {
  try {
    return decoder.decodeTransaction(bytes, versions)
  } catch (error) {
    if (error instanceof DecodeError) return refuseUnnumbered('parse', 'TX_UNREADABLE', error.message)
    throw error
  }
}
