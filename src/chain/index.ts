/**
 * Chain consensus: headers and their proof of work, difficulty, numbered rules, networks.
 *
 * ```ts
 * import { parseHeader } from '../chain/index.ts'
 *
 * const header = parseHeader(bytes)          // throws DecodeError
 * console.log(header.height, header.idHex)
 * ```
 *
 * @packageDocumentation
 */
export { powHit, powMessage } from './autolykos/hit.ts'
export { GENESIS_LEVEL, headerLevel, levelOf } from './autolykos/level.ts'
export { type MinerKeys, PowSolver } from './autolykos/solver.ts'
export { AUTOLYKOS, autolykosTableSize, type PowSettings, TABLE_SIZE_BASE } from './autolykos/table-size.ts'
export { powTarget, powTargetBytes } from './autolykos/target.ts'
export { checkPow, type PowFailure, verifyPow } from './autolykos/verify.ts'
export { BLOCK_RULES, type RuleFailure, ruleFailure, unnumberedFailure } from './block-rules.ts'
export * from './constants.ts'
export {
  classicDifficulty,
  type DifficultyHeader,
  type DifficultyPoint,
  eip37Difficulty,
  interpolateDifficulty
} from './difficulty/adjustment.ts'
export { decodeCompact, encodeCompact, normaliseDifficulty } from './difficulty/compact.ts'
export {
  type AncestorAt,
  type DifficultySettings,
  difficultyHeights,
  nextRecalculationHeight,
  type RequiredDifficulty,
  recalculationHeights,
  requiredDifficulty
} from './difficulty/required.ts'
export { chainScore } from './difficulty/score.ts'
export { type EpochStart, parseSettings, processEpochStart, settingsFields, type VotingState } from './epoch-start.ts'
export {
  checkExtensionForm,
  checkExtensionSize,
  decodeExtension,
  EXTENSION_PREFIX,
  type Extension,
  type ExtensionField,
  encodeExtension,
  extensionLeaf,
  extensionRoot,
  readExtensionFields,
  writeExtensionFields
} from './extension.ts'
export { Header } from './header.ts'
export {
  type HeaderFields,
  type HeaderFieldsWithoutPow,
  INFINITY_POINT,
  type PowSolution,
  readHeaderFields,
  SOLUTION_W_V2,
  serializeHeader,
  serializeHeaderWithoutPow
} from './header-fields.ts'
export {
  type HeaderJson,
  HeaderJsonError,
  headerFromJson,
  headerToJson,
  type PowSolutionJson,
  powSolutionFromJson,
  powSolutionToJson
} from './header-json.ts'
export { hasValidPoints, parseHeader } from './header-points.ts'
export {
  type HeaderContext,
  HeaderContextError,
  type HeaderRuleFailure,
  type HeaderRuleSettings,
  type HeaderVerdict,
  judgeHeader,
  MAX_DRIFT_INTERVALS,
  type ParentHeader,
  type PowResult,
  validateHeader
} from './header-rules.ts'
export { headerFromFields, readHeader, scanHeader } from './header-scan.ts'
export {
  checkInterlinks,
  type Interlinks,
  type InterlinksParent,
  packInterlinks,
  unpackInterlinks,
  updateInterlinks
} from './interlinks.ts'
export * from './networks/index.ts'
export {
  MissingParameterError,
  OPENING_VOTES,
  PARAMETER,
  Parameters,
  parameterFields,
  parametersAtLaunch,
  parametersMismatch,
  parseParameters,
  steppedValue
} from './parameters.ts'
export { HEADER_RULES, type Severity, type ValidationRule } from './rules.ts'
export { sectionId } from './section-ids.ts'
export {
  type AdProofs,
  adProofsRoot,
  DEFAULT_PARSE_VERSIONS,
  decodeAdProofs,
  encodeAdProofs,
  type ParseVersions,
  parseVersionsOf,
  readTransactionsFrame,
  type TransactionsFrame,
  transactionsRoot,
  writeTransactionsFrame
} from './sections.ts'
export {
  decodeSettingsUpdate,
  EMPTY_SETTINGS_UPDATE,
  encodeSettingsUpdate,
  mergeSettingsUpdates,
  readSettingsUpdate,
  type ScriptRuleStatus,
  type ScriptRuleUpdate,
  settingsUpdatesEqual,
  ValidationSettings,
  type ValidationSettingsUpdate,
  writeSettingsUpdate
} from './validation-settings.ts'
export {
  type HeaderFileFailure,
  type HeaderFileInit,
  type HeaderFileSummary,
  HeaderFileVerifier,
  type HeaderLine,
  HeaderLineError,
  MAX_REPORTED_FAILURES,
  parseHeaderLine
} from './verify-headers.ts'
export {
  addVotes,
  checkForkVote,
  checkVotes,
  type EpochUpdate,
  type EpochVotes,
  isChangeApproved,
  isSoftForkApproved,
  openingVotes,
  startsVotingEpoch,
  updateParameters,
  votesOf
} from './voting.ts'
