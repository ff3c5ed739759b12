import { concatBytes, DecodeError } from '../bytes/index.ts'
import { BLOCK_RULES, type RuleFailure, ruleFailure, unnumberedFailure } from './block-rules.ts'
import { INTERPRETER_60_VERSION } from './constants.ts'
import { EXTENSION_PREFIX, type ExtensionField, MAX_EXTENSION_VALUE_BYTES } from './extension.ts'
import type { Header } from './header.ts'
import type { VotingSettings } from './networks/types.ts'
import {
  MissingParameterError,
  PARAMETER,
  type Parameters,
  parametersMismatch,
  parseParameters,
  SUBBLOCKS_PER_BLOCK_DEFAULT
} from './parameters.ts'
import { decodeSettingsUpdate, encodeSettingsUpdate, isWritable, ValidationSettings } from './validation-settings.ts'
import { type EpochVotes, updateParameters, votesOf } from './voting.ts'

/** What voting has settled so far: the part of a state's context that epochs change. */
export interface VotingState {
  readonly parameters: Parameters
  readonly settings: ValidationSettings
  readonly epochVotes: EpochVotes
}

/** Parameters and settings for the epoch that a block starts, or the first rule it breaks. */
export type EpochStart =
  | { readonly ok: true; readonly parameters: Parameters; readonly settings: ValidationSettings }
  | { readonly ok: false; readonly failure: RuleFailure }

/**
 * Settings that an extension states in its fields 02 xx, joined in the order of their (signed) index; none of them means
 * the initial settings (`ErgoValidationSettings.parseExtension`).
 *
 * @throws DecodeError
 */
export function parseSettings(fields: readonly ExtensionField[]): ValidationSettings {
  const parts = fields
    .filter(({ key }) => key[0] === EXTENSION_PREFIX.validationRules)
    .map(({ key, value }) => ({ index: (key[1]! << 24) >> 24, value }))
    .sort((a, b) => a.index - b.index)
  if (parts.length === 0) return ValidationSettings.initial
  return ValidationSettings.initial.updated(decodeSettingsUpdate(concatBytes(...parts.map(({ value }) => value))))
}

/** Extension fields that state these settings. */
export function settingsFields(settings: ValidationSettings): ExtensionField[] {
  if (settings.equals(ValidationSettings.initial)) return []
  const bytes = encodeSettingsUpdate(settings.updateFromInitial)
  const fields: ExtensionField[] = []
  for (let at = 0; at < bytes.length; at += MAX_EXTENSION_VALUE_BYTES) {
    const key = Uint8Array.of(EXTENSION_PREFIX.validationRules, fields.length)
    fields.push({ key, value: bytes.subarray(at, at + MAX_EXTENSION_VALUE_BYTES) })
  }
  return fields
}

/** The parsed value, or why it cannot be parsed. */
function attempt<T>(parse: () => T): { readonly value: T } | { readonly error: string } {
  try {
    return { value: parse() }
  } catch (error) {
    if (error instanceof DecodeError) return { error: error.message }
    throw error
  }
}

/**
 * Parameters and settings that this node expects at the start of an epoch. The first epoch ever, and the first after a
 * start in the middle of the chain, take the block's word (parameters of height 0).
 */
function expected(
  state: VotingState,
  header: Header,
  stated: { readonly parameters: Parameters; readonly settings: ValidationSettings },
  voting: VotingSettings
): { readonly parameters: Parameters; readonly settings: ValidationSettings } {
  let { parameters, settings } = stated
  if (state.parameters.height !== 0) {
    const forkVote = votesOf(header).includes(PARAMETER.softFork)
    const { proposedUpdate } = stated.parameters
    const update = updateParameters(state.parameters, header.height, forkVote, state.epochVotes, proposedUpdate, voting)
    parameters = update.parameters
    settings = state.settings.updated(update.activatedUpdate)
  }
  if (
    header.version >= INTERPRETER_60_VERSION &&
    parameters.subblocksPerBlock === undefined &&
    !state.settings.isActive(BLOCK_RULES.matchParameters)
  ) {
    parameters = parameters.with(PARAMETER.subblocksPerBlock, stated.parameters.subblocksPerBlock ?? SUBBLOCKS_PER_BLOCK_DEFAULT)
  }
  return { parameters, settings }
}

/**
 * Rules 408, 411, 410, 409, 414 and 412, in this order, on the extension of the first block of an epoch; the result takes
 * over what the extension states (`ErgoStateContext.processExtension`).
 */
export function processEpochStart(
  state: VotingState,
  header: Header,
  fields: readonly ExtensionField[],
  voting: VotingSettings
): EpochStart {
  try {
    return judge(state, header, fields, voting)
  } catch (error) {
    if (error instanceof MissingParameterError || error instanceof DecodeError) {
      return fail(unnumberedFailure('PARAMETERS_UNDEFINED', `Parameters of the epoch cannot be computed: ${error.message}`))
    }
    throw error
  }
}

function fail(failure: RuleFailure): EpochStart {
  return { ok: false, failure }
}

function judge(state: VotingState, header: Header, fields: readonly ExtensionField[], voting: VotingSettings): EpochStart {
  const { settings: rules } = state
  const parameters = attempt(() => parseParameters(header.height, fields))
  const settings = attempt(() => parseSettings(fields))
  // A rule that is off only changes how the reference words the refusal.
  if ('error' in parameters) {
    return fail(ruleFailure(BLOCK_RULES.parseParameters, parameters.error))
  }
  if ('error' in settings) return fail(ruleFailure(BLOCK_RULES.parseValidationSettings, settings.error))
  const stated = { parameters: parameters.value, settings: settings.value }
  const computed = expected(state, header, stated, voting)

  if (rules.isActive(BLOCK_RULES.blockVersion) && computed.parameters.blockVersion !== header.version) {
    const detail = `The header has version ${header.version} where ${computed.parameters.blockVersion} is in force`
    return fail(ruleFailure(BLOCK_RULES.blockVersion, detail))
  }
  if (rules.isActive(BLOCK_RULES.matchParameters)) {
    const mismatch = parametersMismatch(stated.parameters, computed.parameters, false)
    if (mismatch !== undefined) return fail(ruleFailure(BLOCK_RULES.matchParameters, mismatch))
  }
  if (header.version >= INTERPRETER_60_VERSION) {
    const mismatch = parametersMismatch(stated.parameters, computed.parameters, true)
    if (mismatch !== undefined) return fail(ruleFailure(BLOCK_RULES.matchParameters60, mismatch))
  }
  if (rules.isActive(BLOCK_RULES.matchValidationSettings) && !stated.settings.equals(computed.settings)) {
    return fail(ruleFailure(BLOCK_RULES.matchValidationSettings, 'They are not those in force'))
  }
  if (!isWritable(stated.parameters.proposedUpdate) || !isWritable(stated.settings.updateFromInitial)) {
    return fail(unnumberedFailure('SETTINGS_NOT_WRITABLE', 'The settings update can be read but not stored'))
  }
  return { ok: true, ...stated }
}
