import { bytesEqual, DecodeError, EncodeError, Reader, Writer } from '../bytes/index.ts'
import type { ValidationRule } from './rules.ts'

/** Status of a rule of the script language as voted into the chain (`RuleStatus.scala`). */
export type ScriptRuleStatus =
  | { readonly kind: 'enabled' }
  | { readonly kind: 'disabled' }
  | { readonly kind: 'replaced'; readonly newRule: number }
  | { readonly kind: 'changed'; readonly bytes: Uint8Array }

export interface ScriptRuleUpdate {
  readonly rule: number
  readonly status: ScriptRuleStatus
}

/** Changes to the rules, as a soft-fork proposes or activates them (`ErgoValidationSettingsUpdate.scala`). */
export interface ValidationSettingsUpdate {
  /** Rules of blocks and transactions that are off. Signed 16-bit numbers. */
  readonly rulesToDisable: readonly number[]
  readonly statusUpdates: readonly ScriptRuleUpdate[]
}

export const EMPTY_SETTINGS_UPDATE: ValidationSettingsUpdate = { rulesToDisable: [], statusUpdates: [] }

/** Numbers of script rules are written less this (`ValidationRules.FirstRuleId`). */
const FIRST_SCRIPT_RULE = 1000

/**
 * Rules that no vote may switch off; a blob that lists one cannot be read. Numbers without a rule are not in here, so they
 * may be listed, to no effect.
 */
const PERMANENT_RULES: ReadonlySet<number> = new Set([
  ...[100, 101, 102, 103, 104, 105, 106, 107, 108, 109, 112, 113, 114, 115, 116, 117, 119, 122],
  ...[200, 201, 203, 204, 205, 206, 207, 208, 209, 210, 211, 213, 214, 216],
  ...[300, 301, 302, 303, 304, 305, 307, 403, 500, 501]
])

/**
 * Script rules that a status can be given to: those of the reference's initial table, which is the one of version 5
 * (so 1016..1018 are not in it). A status for another number makes the settings unreadable.
 */
const KNOWN_SCRIPT_RULES: ReadonlySet<number> = new Set([
  ...[1000, 1001, 1002, 1003, 1004, 1005, 1006, 1007, 1008, 1009, 1010, 1011, 1012, 1013, 1014, 1015, 1019]
])

const STATUS = { enabled: 1, disabled: 2, replaced: 3, changed: 4 } as const

function toShort(value: number): number {
  return (value << 16) >> 16
}

function readStatus(r: Reader): ScriptRuleStatus {
  const size = r.ushort('rule status size')
  switch (r.u8()) {
    case STATUS.enabled:
      return { kind: 'enabled' }
    case STATUS.disabled:
      return { kind: 'disabled' }
    case STATUS.replaced:
      return { kind: 'replaced', newRule: toShort(r.ushort('new rule') + FIRST_SCRIPT_RULE) }
    case STATUS.changed:
      return { kind: 'changed', bytes: r.bytes(size).slice() }
    default:
      r.skip(size)
      return { kind: 'replaced', newRule: 0 }
  }
}

/** A count that wraps to a negative number reads as none (`getUInt().toInt`). */
function readCount(r: Reader, what: string): number {
  const count = r.uint(what) | 0
  return count <= 0 ? 0 : r.checkCount(count, r.remaining, 1, what)
}

/**
 * Reads an update: the value of extension field 00 7c, and the joined values of the fields 02 xx. Bytes behind it are
 * ignored, as in the reference.
 *
 * @throws DecodeError also when a rule is listed that may not be switched off
 */
export function decodeSettingsUpdate(bytes: Uint8Array): ValidationSettingsUpdate {
  return readSettingsUpdate(new Reader(bytes))
}

/** {@link decodeSettingsUpdate} at a reader's position. */
export function readSettingsUpdate(r: Reader): ValidationSettingsUpdate {
  const rulesToDisable: number[] = []
  for (let n = readCount(r, 'number of rules to disable'); n > 0; n--) rulesToDisable.push(toShort(r.ushort('rule')))
  for (const rule of rulesToDisable) {
    if (PERMANENT_RULES.has(rule)) throw new DecodeError('MALFORMED', `rule ${rule} may not be disabled`)
  }
  const statusUpdates: ScriptRuleUpdate[] = []
  for (let n = readCount(r, 'number of rule statuses'); n > 0; n--) {
    const rule = toShort(r.ushort('script rule') + FIRST_SCRIPT_RULE)
    statusUpdates.push({ rule, status: readStatus(r) })
  }
  return { rulesToDisable, statusUpdates }
}

/**
 * Writes an update.
 *
 * @throws EncodeError for what can be read but not written: negative rule numbers, a status of unknown code
 */
export function encodeSettingsUpdate(update: ValidationSettingsUpdate): Uint8Array {
  const w = new Writer(64)
  writeSettingsUpdate(w, update)
  return w.toBytes()
}

/** {@link encodeSettingsUpdate} into a writer. */
export function writeSettingsUpdate(w: Writer, update: ValidationSettingsUpdate): void {
  w.uint(update.rulesToDisable.length)
  for (const rule of update.rulesToDisable) w.ushort(rule)
  w.uint(update.statusUpdates.length)
  for (const { rule, status } of update.statusUpdates) {
    w.ushort(rule - FIRST_SCRIPT_RULE)
    if (status.kind === 'replaced') {
      const offset = new Writer(4).ushort(status.newRule - FIRST_SCRIPT_RULE).toBytes()
      w.ushort(offset.length).u8(STATUS.replaced).bytes(offset)
    } else if (status.kind === 'changed') {
      w.ushort(status.bytes.length).u8(STATUS.changed).bytes(status.bytes)
    } else {
      w.ushort(0).u8(STATUS[status.kind])
    }
  }
}

/** True when the reference could store the update; it refuses a block whose parameters it cannot write. */
export function isWritable(update: ValidationSettingsUpdate): boolean {
  try {
    encodeSettingsUpdate(update)
    return true
  } catch (error) {
    if (error instanceof EncodeError) return false
    throw error
  }
}

/** `a` with `b` on top: rules of both, sorted and distinct; statuses of `b` take the place of those of `a`. */
export function mergeSettingsUpdates(a: ValidationSettingsUpdate, b: ValidationSettingsUpdate): ValidationSettingsUpdate {
  const rulesToDisable = [...new Set([...a.rulesToDisable, ...b.rulesToDisable])].sort((x, y) => x - y)
  const kept = a.statusUpdates.filter((s) => !b.statusUpdates.some((t) => t.rule === s.rule))
  const statusUpdates = [...kept, ...b.statusUpdates].sort((x, y) => x.rule - y.rule)
  return { rulesToDisable, statusUpdates }
}

function statusesEqual(a: ScriptRuleStatus, b: ScriptRuleStatus): boolean {
  if (a.kind === 'replaced') return b.kind === 'replaced' && a.newRule === b.newRule
  if (a.kind === 'changed') return b.kind === 'changed' && bytesEqual(a.bytes, b.bytes)
  return a.kind === b.kind
}

/** Same rules and statuses in the same order. */
export function settingsUpdatesEqual(a: ValidationSettingsUpdate, b: ValidationSettingsUpdate): boolean {
  return (
    a.rulesToDisable.length === b.rulesToDisable.length &&
    a.rulesToDisable.every((rule, i) => rule === b.rulesToDisable[i]) &&
    a.statusUpdates.length === b.statusUpdates.length &&
    a.statusUpdates.every((s, i) => s.rule === b.statusUpdates[i]!.rule && statusesEqual(s.status, b.statusUpdates[i]!.status))
  )
}

/** Rules in force: all of them less what activated soft-forks changed (`ErgoValidationSettings.scala`). Immutable. */
export class ValidationSettings {
  /** Everything that differs from the launch, merged. */
  readonly updateFromInitial: ValidationSettingsUpdate
  /** Voted statuses of script rules; a rule that is not in here is enabled. */
  readonly scriptRuleStatuses: ReadonlyMap<number, ScriptRuleStatus>
  readonly #disabled: ReadonlySet<number>

  static readonly initial: ValidationSettings = new ValidationSettings(EMPTY_SETTINGS_UPDATE)

  private constructor(updateFromInitial: ValidationSettingsUpdate) {
    this.updateFromInitial = updateFromInitial
    this.scriptRuleStatuses = new Map(updateFromInitial.statusUpdates.map(({ rule, status }) => [rule, status]))
    this.#disabled = new Set(updateFromInitial.rulesToDisable)
  }

  /**
   * These settings with one more activated update.
   *
   * @throws DecodeError when the update gives a status to a script rule that does not exist
   */
  updated(update: ValidationSettingsUpdate): ValidationSettings {
    for (const { rule } of update.statusUpdates) {
      if (!KNOWN_SCRIPT_RULES.has(rule)) throw new DecodeError('MALFORMED', `no script rule ${rule} to give a status to`)
    }
    return new ValidationSettings(mergeSettingsUpdates(this.updateFromInitial, update))
  }

  /** False when a soft-fork switched the rule off. */
  isActive(rule: Pick<ValidationRule, 'number' | 'mayBeDisabled'>): boolean {
    return !rule.mayBeDisabled || !this.#disabled.has(rule.number)
  }

  equals(other: ValidationSettings): boolean {
    return settingsUpdatesEqual(this.updateFromInitial, other.updateFromInitial)
  }
}
