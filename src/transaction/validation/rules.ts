import type { ValidationRule } from '../../chain/index.ts'

function fatal(number: number, name: string, code: string, mayBeDisabled: boolean, text: string): ValidationRule {
  return { number, name, code, severity: 'fatal', mayBeDisabled, text }
}

/**
 * Rules of transactions (`ValidationRules.scala`), in the order of their numbers. 118 (txBoxToSpend) exists in the reference's
 * table but nothing there evaluates it. 307 belongs to blocks: the cost of a transaction counts from what earlier ones used.
 */
export const TX_RULES = {
  noInputs: fatal(100, 'txNoInputs', 'TX_NO_INPUTS', false, 'A transaction should have at least one input'),
  noOutputs: fatal(101, 'txNoOutputs', 'TX_NO_OUTPUTS', false, 'A transaction should have at least one output'),
  manyInputs: fatal(102, 'txManyInputs', 'TX_MANY_INPUTS', false, 'A number of transaction inputs should not exceed 32767'),
  manyDataInputs: fatal(
    103,
    'txManyDataInputs',
    'TX_MANY_DATA_INPUTS',
    false,
    'A number transaction data inputs should not exceed 32767'
  ),
  manyOutputs: fatal(104, 'txManyOutputs', 'TX_MANY_OUTPUTS', false, 'A number of transaction outputs should not exceed 32767'),
  negativeOutput: fatal(
    105,
    'txNegativeOutput',
    'TX_NEGATIVE_OUTPUT',
    false,
    'Erg amount for a transaction output should not be negative'
  ),
  outputSum: fatal(
    106,
    'txOutputSum',
    'TX_OUTPUT_SUM',
    false,
    'Sum of transaction output values should not exceed 9223372036854775807'
  ),
  inputsUnique: fatal(107, 'txInputsUnique', 'TX_INPUTS_NOT_UNIQUE', false, 'There should be no duplicate inputs'),
  positiveAssets: fatal(
    108,
    'txPositiveAssets',
    'TX_ASSETS_NOT_POSITIVE',
    false,
    'All token amounts of transaction outputs should be positive'
  ),
  assetsInOneBox: fatal(
    109,
    'txAssetsInOneBox',
    'TX_ASSETS_IN_ONE_BOX',
    false,
    'A number of tokens within a box should not exceed 255 and sum of assets of one type should not exceed 9223372036854775807'
  ),
  dust: fatal(
    111,
    'txDust',
    'TX_DUST',
    true,
    'Every output of the transaction should contain at least <minValuePerByte * outputSize> nanoErgs'
  ),
  future: fatal(112, 'txFuture', 'TX_FUTURE', false, 'Transaction outputs should have creationHeight not exceeding block height'),
  boxesToSpend: fatal(113, 'txBoxesToSpend', 'TX_INPUT_UNKNOWN', false, 'Every input of the transaction should be in UTXO'),
  dataBoxes: fatal(114, 'txDataBoxes', 'TX_DATA_INPUT_UNKNOWN', false, 'Every data input of the transaction should be in UTXO'),
  inputsSum: fatal(115, 'txInputsSum', 'TX_INPUT_SUM', false, 'Sum of transaction inputs should not exceed 9223372036854775807'),
  ergPreservation: fatal(
    116,
    'txErgPreservation',
    'TX_ERG_NOT_PRESERVED',
    false,
    'Amount of Ergs in inputs should be equal to amount of Erg in outputs'
  ),
  assetsPreservation: fatal(
    117,
    'txAssetsPreservation',
    'TX_ASSETS_NOT_PRESERVED',
    false,
    'For every token, its amount in outputs should not exceed its amount in inputs'
  ),
  scriptValidation: fatal(
    119,
    'txScriptValidation',
    'TX_SCRIPT',
    false,
    'Scripts of all transaction inputs should pass verification'
  ),
  boxSize: fatal(120, 'txBoxSize', 'TX_BOX_SIZE', true, 'Box size should not exceed 4096'),
  boxPropositionSize: fatal(
    121,
    'txBoxPropositionSize',
    'TX_BOX_PROPOSITION_SIZE',
    true,
    'Box proposition size should not exceed 4096'
  ),
  negativeHeight: fatal(
    122,
    'txNegHeight',
    'TX_NEGATIVE_HEIGHT',
    false,
    'Transaction outputs should have non-negative creationHeight'
  ),
  reemission: fatal(123, 'txReemission', 'TX_REEMISSION', true, 'Transaction should conform EIP-27 rules'),
  monotonicHeight: fatal(
    124,
    'txMonotonicHeight',
    'TX_HEIGHT_DECREASES',
    true,
    'Creation height of any output should be not less than creation heights of inputs'
  ),
  blockCost: fatal(
    307,
    'bsBlockTransactionsCost',
    'BLOCK_COST',
    false,
    'Accumulated cost of block transactions should not exceed <maxBlockCost>'
  )
} as const satisfies Record<string, ValidationRule>
