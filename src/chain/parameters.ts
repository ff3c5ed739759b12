import { DecodeError } from '../bytes/index.ts'
import { EXTENSION_KEY_BYTES, EXTENSION_PREFIX, type ExtensionField } from './extension.ts'
import type { LaunchParameters } from './networks/types.ts'
import {
  decodeSettingsUpdate,
  EMPTY_SETTINGS_UPDATE,
  encodeSettingsUpdate,
  settingsUpdatesEqual,
  type ValidationSettingsUpdate
} from './validation-settings.ts'

/** Ids of what miners vote on (`Parameters.scala`). A negative id votes for a decrease. */
export const PARAMETER = {
  storageFeeFactor: 1,
  minValuePerByte: 2,
  maxBlockSize: 3,
  maxBlockCost: 4,
  tokenAccessCost: 5,
  inputCost: 6,
  dataInputCost: 7,
  outputCost: 8,
  subblocksPerBlock: 9,
  /** Only in votes. */
  softFork: 120,
  softForkVotesCollected: 121,
  softForkStartingHeight: 122,
  blockVersion: 123,
  /** Not a number: the settings update that a soft-fork would activate. */
  softForkDisablingRules: 124
} as const

/** Value of parameter 9 when it appears with block version 4. */
export const SUBBLOCKS_PER_BLOCK_DEFAULT = 30

/** Ids that the first block of an epoch may vote for (`Parameters.parametersDescs`): no decreases, not 9. */
export const OPENING_VOTES: ReadonlySet<number> = new Set([1, 2, 3, 4, 5, 6, 7, 8, PARAMETER.softFork])

/** `Int.MaxValue / 2`, where a parameter without a maximum of its own stops. */
const DEFAULT_MAX = 0x3fffffff

const STEPS: ReadonlyMap<number, number> = new Map([
  [PARAMETER.storageFeeFactor, 25_000],
  [PARAMETER.minValuePerByte, 10],
  [PARAMETER.subblocksPerBlock, 1]
])

const MINIMA: ReadonlyMap<number, number> = new Map([
  [PARAMETER.storageFeeFactor, 0],
  [PARAMETER.minValuePerByte, 0],
  [PARAMETER.maxBlockSize, 16_384],
  [PARAMETER.maxBlockCost, 16_384],
  [PARAMETER.subblocksPerBlock, 2]
])

const MAXIMA: ReadonlyMap<number, number> = new Map([
  [PARAMETER.storageFeeFactor, 2_500_000],
  [PARAMETER.minValuePerByte, 10_000],
  [PARAMETER.subblocksPerBlock, 2048]
])

/**
 * Value of a parameter after an approved vote: one step up or down, a hundredth by default; at or beyond its limit it
 * stays. A step may overshoot the limit.
 */
export function steppedValue(id: number, value: number, up: boolean): number {
  const step = STEPS.get(id) ?? Math.max(1, Math.trunc(value / 100))
  if (up) return value < (MAXIMA.get(id) ?? DEFAULT_MAX) ? (value + step) | 0 : value
  return value > (MINIMA.get(id) ?? 0) ? (value - step) | 0 : value
}

/** A rule needs a parameter that the last epoch's extension left out. The reference fails there without a rule number. */
export class MissingParameterError extends Error {
  static override readonly name: string = 'MissingParameterError'
  override readonly name: string = 'MissingParameterError'
  readonly code = 'PARAMETER_MISSING'
  readonly id: number

  constructor(id: number) {
    super(`parameter ${id} is not set`)
    this.id = id
  }
}

/** System parameters in force since the start of a voting epoch. Immutable. */
export class Parameters {
  /** Height of the block that set them; 0 before the first epoch start. */
  readonly height: number
  /** Signed 32-bit values by id (a signed byte). */
  readonly table: ReadonlyMap<number, number>
  readonly proposedUpdate: ValidationSettingsUpdate

  constructor(
    height: number,
    table: ReadonlyMap<number, number>,
    proposedUpdate: ValidationSettingsUpdate = EMPTY_SETTINGS_UPDATE
  ) {
    this.height = height
    this.table = table
    this.proposedUpdate = proposedUpdate
  }

  /** @throws MissingParameterError */
  get(id: number): number {
    const value = this.table.get(id)
    if (value === undefined) throw new MissingParameterError(id)
    return value
  }

  /** A copy with one value set. */
  with(id: number, value: number): Parameters {
    return new Parameters(this.height, new Map(this.table).set(id, value), this.proposedUpdate)
  }

  /** Cost of storing one byte for a storage period, nanoErg. */
  get storageFeeFactor(): number {
    return this.get(PARAMETER.storageFeeFactor)
  }

  /** Least value of a box for each of its bytes, nanoErg. */
  get minValuePerByte(): number {
    return this.get(PARAMETER.minValuePerByte)
  }

  /** Limit for the transactions section in bytes. */
  get maxBlockSize(): number {
    return this.get(PARAMETER.maxBlockSize)
  }

  /** Limit for the cost of all transactions of a block. */
  get maxBlockCost(): number {
    return this.get(PARAMETER.maxBlockCost)
  }

  get tokenAccessCost(): number {
    return this.get(PARAMETER.tokenAccessCost)
  }

  get inputCost(): number {
    return this.get(PARAMETER.inputCost)
  }

  get dataInputCost(): number {
    return this.get(PARAMETER.dataInputCost)
  }

  get outputCost(): number {
    return this.get(PARAMETER.outputCost)
  }

  /** Set since block version 4. */
  get subblocksPerBlock(): number | undefined {
    return this.table.get(PARAMETER.subblocksPerBlock)
  }

  /** Signed byte. */
  get blockVersion(): number {
    return (this.get(PARAMETER.blockVersion) << 24) >> 24
  }

  get softForkStartingHeight(): number | undefined {
    return this.table.get(PARAMETER.softForkStartingHeight)
  }

  get softForkVotesCollected(): number | undefined {
    return this.table.get(PARAMETER.softForkVotesCollected)
  }
}

/** Parameters before the first block of a network. */
export function parametersAtLaunch({ blockVersion, values, proposedRulesToDisable }: LaunchParameters): Parameters {
  const table = new Map(values).set(PARAMETER.blockVersion, blockVersion)
  return new Parameters(0, table, { rulesToDisable: proposedRulesToDisable, statusUpdates: [] })
}

const PARAMETER_VALUE_BYTES = 4

/**
 * Parameters that an extension states (`Parameters.parseExtension`). An unreadable settings update counts as empty.
 *
 * @throws DecodeError when a key or value has another length than it must, or there is no parameter
 */
export function parseParameters(height: number, fields: readonly ExtensionField[]): Parameters {
  const table = new Map<number, number>()
  let proposed: Uint8Array | undefined
  for (const { key, value } of fields) {
    if (key.length !== EXTENSION_KEY_BYTES) throw new DecodeError('MALFORMED', 'extension key has not 2 bytes')
    if (key[0] !== EXTENSION_PREFIX.parameters) continue
    const id = (key[1]! << 24) >> 24
    if (id === PARAMETER.softForkDisablingRules) {
      proposed ??= value
      continue
    }
    if (value.length !== PARAMETER_VALUE_BYTES) throw new DecodeError('MALFORMED', `parameter ${id} has not 4 bytes`)
    table.set(id, (value[0]! << 24) | (value[1]! << 16) | (value[2]! << 8) | value[3]!)
  }
  if (table.size === 0) throw new DecodeError('MALFORMED', 'extension states no parameter')
  return new Parameters(height, table, proposed === undefined ? EMPTY_SETTINGS_UPDATE : updateOrEmpty(proposed))
}

function updateOrEmpty(bytes: Uint8Array): ValidationSettingsUpdate {
  try {
    return decodeSettingsUpdate(bytes)
  } catch (error) {
    if (error instanceof DecodeError) return EMPTY_SETTINGS_UPDATE
    throw error
  }
}

/** Extension fields that state these parameters. */
export function parameterFields(parameters: Parameters): ExtensionField[] {
  const fields = [...parameters.table].map(([id, value]) => ({
    key: Uint8Array.of(EXTENSION_PREFIX.parameters, id),
    value: Uint8Array.of(value >>> 24, value >>> 16, value >>> 8, value)
  }))
  const key = Uint8Array.of(EXTENSION_PREFIX.parameters, PARAMETER.softForkDisablingRules)
  return [...fields, { key, value: encodeSettingsUpdate(parameters.proposedUpdate) }]
}

/** How two parameter sets differ, stated ones first; undefined when they agree. */
export function parametersMismatch(stated: Parameters, computed: Parameters, mayLackSome: boolean): string | undefined {
  if (stated.height !== computed.height) return `height ${stated.height} is not ${computed.height}`
  const sizes = stated.table.size - computed.table.size
  if (mayLackSome ? sizes > 0 : sizes !== 0) return `${stated.table.size} entries where ${computed.table.size} are in force`
  if (!settingsUpdatesEqual(stated.proposedUpdate, computed.proposedUpdate)) return 'another proposed update'
  for (const [id, value] of stated.table) {
    const other = computed.table.get(id)
    if (other !== value) return `parameter ${id} is ${value} where ${other ?? 'nothing'} is in force`
  }
  return undefined
}
