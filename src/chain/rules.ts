/**
 * What a failed rule means: `fatal` marks the modifier invalid for good and blames its sender, `recoverable` may pass when
 * tried again later.
 */
export type Severity = 'fatal' | 'recoverable'

/** A numbered validation rule of the reference (`ValidationRules.scala`). */
export interface ValidationRule {
  readonly number: number
  /** Name in the reference. */
  readonly name: string
  /** Stable code of ours, for programs. */
  readonly code: string
  readonly severity: Severity
  /** True when a soft-fork vote may switch the rule off. */
  readonly mayBeDisabled: boolean
  /** The sentence that the reference reports. */
  readonly text: string
}

function fatal(number: number, name: string, code: string, text: string): ValidationRule {
  return { number, name, code, severity: 'fatal', mayBeDisabled: false, text }
}

function recoverable(number: number, name: string, code: string, text: string): ValidationRule {
  return { number, name, code, severity: 'recoverable', mayBeDisabled: false, text }
}

/**
 * Rules a header must pass to enter the header chain. They run against the initial rule set, so no vote switches them off.
 * Numbers 202 and 212..215 are not among them: the former does not exist, the latter judge votes when the block is applied.
 */
export const HEADER_RULES = {
  genesisParent: fatal(200, 'hdrGenesisParent', 'HEADER_GENESIS_PARENT', 'Genesis header should have genesis parent id'),
  genesisFromConfig: fatal(
    201,
    'hdrGenesisFromConfig',
    'HEADER_GENESIS_ID',
    'Genesis header id should be equal to id from the config'
  ),
  genesisHeight: fatal(203, 'hdrGenesisHeight', 'HEADER_GENESIS_HEIGHT', 'Genesis height should be 1'),
  parent: recoverable(204, 'hdrParent', 'HEADER_PARENT_UNKNOWN', 'Parent header should be known'),
  nonIncreasingTimestamp: fatal(
    205,
    'hdrNonIncreasingTimestamp',
    'HEADER_TIMESTAMP_NOT_INCREASING',
    "Header timestamp should be greater than the parent's"
  ),
  height: fatal(206, 'hdrHeight', 'HEADER_HEIGHT', "A header height should be greater by one than the parent's"),
  pow: fatal(207, 'hdrPoW', 'HEADER_POW_INVALID', 'A header should contain correct PoW solution'),
  requiredDifficulty: fatal(
    208,
    'hdrRequiredDifficulty',
    'HEADER_DIFFICULTY',
    'A header should contain correct required difficulty'
  ),
  tooOld: fatal(
    209,
    'hdrTooOld',
    'HEADER_TOO_OLD',
    'A header height should not be older than current height minus <config.keepVersions>'
  ),
  parentSemantics: fatal(210, 'hdrParentSemantics', 'HEADER_PARENT_INVALID', 'Parent header should not be marked as invalid'),
  futureTimestamp: recoverable(
    211,
    'hdrFutureTimestamp',
    'HEADER_TIMESTAMP_FUTURE',
    'Header timestamp should not be more than ten block intervals in the future'
  ),
  checkpoint: fatal(216, 'hdrCheckpoint', 'HEADER_CHECKPOINT', 'Chain is failing checkpoint validation'),
  alreadyApplied: fatal(300, 'alreadyApplied', 'ALREADY_APPLIED', 'Double application of a modifier is prohibited')
} as const satisfies Record<string, ValidationRule>
