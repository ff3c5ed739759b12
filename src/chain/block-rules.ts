import type { Severity, ValidationRule } from './rules.ts'

function rule(
  number: number,
  name: string,
  code: string,
  mayBeDisabled: boolean,
  text: string,
  severity: Severity = 'fatal'
): ValidationRule {
  return { number, name, code, severity, mayBeDisabled, text }
}

/** Rules of votes, block sections, extensions and whole blocks (`ValidationRules.scala`). */
export const BLOCK_RULES = {
  votesNumber: rule(212, 'hdrVotesNumber', 'VOTES_NUMBER', true, 'Number of non-zero votes should be <= 2'),
  votesDuplicates: rule(213, 'hdrVotesDuplicates', 'VOTES_DUPLICATES', false, 'A header votes should contain no duplicates'),
  votesContradictory: rule(
    214,
    'hdrVotesContradictory',
    'VOTES_CONTRADICTORY',
    false,
    'A header votes should contain no contradictory votes'
  ),
  votesUnknown: rule(
    215,
    'hdrVotesUnknown',
    'VOTES_UNKNOWN',
    true,
    'First header of an epoch should not contain a vote for unknown parameter'
  ),
  sectionNoHeader: rule(
    301,
    'bsNoHeader',
    'SECTION_NO_HEADER',
    false,
    'A header for a block section should be known',
    'recoverable'
  ),
  sectionCorrespondsToHeader: rule(
    302,
    'bsCorrespondsToHeader',
    'SECTION_NOT_OF_HEADER',
    false,
    'Block sections should correspond to the declared header'
  ),
  sectionHeaderValid: rule(
    303,
    'bsHeaderValid',
    'SECTION_HEADER_INVALID',
    false,
    'A header for the block section should not be marked as invalid'
  ),
  headersChainSynced: rule(
    304,
    'bsHeadersChainSynced',
    'SECTION_HEADERS_NOT_SYNCED',
    false,
    'Headers-chain is not synchronized yet',
    'recoverable'
  ),
  sectionTooOld: rule(
    305,
    'bsTooOld',
    'SECTION_TOO_OLD',
    false,
    'Block section should correspond to a block header that is not pruned yet'
  ),
  blockTransactionsSize: rule(
    306,
    'bsBlockTransactionsSize',
    'BLOCK_TRANSACTIONS_SIZE',
    true,
    'Size of block transactions section should not exceed <maxBlockSize>'
  ),
  blockTransactionsCost: rule(
    307,
    'bsBlockTransactionsCost',
    'BLOCK_TRANSACTIONS_COST',
    false,
    'Accumulated cost of block transactions should not exceed <maxBlockCost>'
  ),
  extensionSize: rule(400, 'exSize', 'EXTENSION_SIZE', true, 'Size of extension section should not exceed 32768'),
  interlinksEncoding: rule(401, 'exIlEncoding', 'INTERLINKS_ENCODING', true, 'Interlinks should be packed properly'),
  interlinksStructure: rule(402, 'exIlStructure', 'INTERLINKS_STRUCTURE', true, 'Interlinks should have the correct structure'),
  extensionKeyLength: rule(403, 'exKeyLength', 'EXTENSION_KEY_LENGTH', false, 'Extension fields key length should be 2'),
  extensionValueLength: rule(
    404,
    'exValueLength',
    'EXTENSION_VALUE_LENGTH',
    true,
    'Extension field value length should be <= 64'
  ),
  extensionDuplicateKeys: rule(
    405,
    'exDuplicateKeys',
    'EXTENSION_DUPLICATE_KEYS',
    true,
    'An extension should not contain duplicate keys'
  ),
  extensionEmpty: rule(406, 'exEmpty', 'EXTENSION_EMPTY', true, 'Extension of non-genesis block should not be empty'),
  forkVote: rule(
    407,
    'exCheckForkVote',
    'FORK_VOTE_PROHIBITED',
    true,
    'Voting for fork could be started only after activation period of a previous soft-fork'
  ),
  parseParameters: rule(
    408,
    'exParseParameters',
    'PARAMETERS_UNREADABLE',
    true,
    'At the beginning of the epoch, the extension should contain correctly packed parameters'
  ),
  matchParameters: rule(
    409,
    'exMatchParameters',
    'PARAMETERS_MISMATCH',
    true,
    'At the beginning of the epoch, the extension should contain all the system parameters'
  ),
  blockVersion: rule(
    410,
    'exBlockVersion',
    'BLOCK_VERSION_MISMATCH',
    true,
    'Versions in header and parameters section should be equal'
  ),
  parseValidationSettings: rule(
    411,
    'exParseValidationSettings',
    'VALIDATION_SETTINGS_UNREADABLE',
    true,
    'At the beginning of the epoch, the extension should contain correctly packed validation settings'
  ),
  matchValidationSettings: rule(
    412,
    'exMatchValidationSettings',
    'VALIDATION_SETTINGS_MISMATCH',
    true,
    'At the beginning of the epoch, the extension should contain all the validation settings'
  ),
  interlinksUnableToValidate: rule(
    413,
    'exIlUnableToValidate',
    'INTERLINKS_UNCHECKABLE',
    true,
    'Unable to validate interlinks',
    'recoverable'
  ),
  // Not in the reference's table: a vote may list it, but nothing switches it off.
  matchParameters60: rule(
    414,
    'exMatchParameters60',
    'PARAMETERS_MISMATCH_60',
    false,
    'At the beginning of the epoch, the extension should contain only parameters that are in force'
  ),
  operationFailed: rule(
    500,
    'fbOperationFailed',
    'STATE_OPERATION_FAILED',
    false,
    'Operations against the state AVL+ tree should be successful'
  ),
  digestIncorrect: rule(
    501,
    'fbDigestIncorrect',
    'STATE_DIGEST_INCORRECT',
    false,
    'Calculated AVL+ digest should be equal to one written in the block header'
  )
} as const satisfies Record<string, ValidationRule>

/** Why a block was refused. */
export interface RuleFailure {
  /** Number of the first rule that failed; null where the reference fails without naming one. */
  readonly rule: number | null
  /** Stable code, see {@link BLOCK_RULES}. */
  readonly code: string
  readonly severity: Severity
  readonly message: string
}

/** A failed rule as a value. */
export function ruleFailure(failed: ValidationRule, detail: string): RuleFailure {
  return { rule: failed.number, code: failed.code, severity: failed.severity, message: `${failed.text}. ${detail}` }
}

/** A failure that the reference reports as a plain exception, without a rule. */
export function unnumberedFailure(code: string, message: string): RuleFailure {
  return { rule: null, code, severity: 'fatal', message }
}
