/**
 * State of a chain: what its blocks have left, and whether another may follow.
 *
 * A state that knows only the digest of its boxes applies a block with its AD proof:
 *
 * ```ts
 * import { applyDigestBlock, decodeBlock, genesisContext, verifyTransaction } from '../state/index.ts'
 *
 * let state = genesisContext(network.genesisStateDigest, parametersAtLaunch(network.launchParameters))
 * const decoder = new TransactionDecoder()
 * const decoded = decodeBlock(header, { transactions, extension, adProofs }, decoder)   // rule 302
 * if (decoded.ok) {
 *   const result = applyDigestBlock(state, decoded.block, decoder, options, verifyTransaction)
 *   if (result.ok) state = result.applied.context
 *   else console.log(result.failure.rule, result.failure.message)
 * }
 * ```
 *
 * To spread its transactions over threads: {@link prepareDigestBlock} gives independent jobs, {@link finishBlock} puts their
 * verdicts together.
 *
 * @packageDocumentation
 */
export { type AdProofResult, verifyAdProof } from './ad-proof.ts'
export { type ActiveParameters, type Anchor, anchorContext, decodeActiveParameters } from './anchor.ts'
export {
  type Application,
  type AppliedBlock,
  type BlockFailure,
  type BlockOptions,
  type BlockStage,
  blockFailure,
  finishBlock,
  type Prepared,
  type PreparedBlock,
  prepareTransactions,
  type VerifyTransaction,
  verifyBlock,
  verifyTransaction
} from './application.ts'
export { type Block, type BlockSections, type DecodedBlock, decodeBlock } from './block.ts'
export {
  type BlockLine,
  BlockLineError,
  type CaseLine,
  parseBlockLine,
  parseCaseLine,
  parseParametersJson,
  sectionsOf
} from './block-line.ts'
export { type BoxEffects, type StateChanges, stateChanges } from './changes.ts'
export {
  type AppendOptions,
  appendBlock,
  type ContextResult,
  contextHeight,
  contextStateRoot,
  genesisContext,
  LAST_HEADERS,
  type StateContext
} from './context.ts'
export { decodeContext, encodeContext } from './context-codec.ts'
export { applyDigestBlock, prepareDigestBlock } from './digest-state.ts'
export { BOX_ID_BYTES, type GenesisSettings, genesisBoxes, genesisProver } from './genesis.ts'
export { type UpcomingVotes, upcomingParameters } from './upcoming.ts'
export {
  BlockContextError,
  type BlockFileFailure,
  type BlockFileInit,
  type BlockFileSummary,
  BlockFileVerifier,
  BlockJudge,
  blockOptions
} from './verify-blocks.ts'
