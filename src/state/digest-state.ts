import { DecodeError, EncodeError, IdMap, toHex } from '../bytes/index.ts'
import { BLOCK_RULES, ruleFailure, unnumberedFailure } from '../chain/index.ts'
import type { Box, TransactionDecoder } from '../transaction/index.ts'
import { verifyAdProof } from './ad-proof.ts'
import {
  type Application,
  type BlockOptions,
  blockFailure,
  type Prepared,
  prepareTransactions,
  type VerifyTransaction,
  verifyBlock
} from './application.ts'
import type { Block } from './block.ts'
import { stateChanges } from './changes.ts'
import { appendBlock, contextStateRoot, type StateContext } from './context.ts'

/** Boxes that a block needs from the state; or why its proof does not show them. */
function boxesOf(block: Block, context: StateContext, proof: Uint8Array, decoder: TransactionDecoder): IdMap<Box> | string {
  try {
    const changes = stateChanges(block.transactions)
    if (!changes.ok) return `Two inputs spend box ${toHex(changes.doubleSpent)}`
    const proved = verifyAdProof(contextStateRoot(context), block.header.stateRoot, proof, changes.operations)
    if (!proved.ok) return proved.reason
    const boxes = new IdMap<Box>()
    for (const value of proved.values) {
      const box = decoder.decodeBox(value)
      boxes.set(box.id, box)
    }
    return boxes
  } catch (error) {
    // An output that was read under the block's versions may have no encoding under those that boxes are written by.
    if (error instanceof EncodeError) return `A box of the block cannot be written: ${error.message}`
    if (error instanceof DecodeError) return `A box of the state cannot be read: ${error.message}`
    throw error
  }
}

/**
 * Applies a block to a state of which only the digest is known, up to the verification of its transactions: rule 302 for
 * the proof, everything that {@link appendBlock} checks, and the AD proof from the state before the block to the header's
 * state root. As in the reference a proof or root that does not fit makes rule 113 fail: no box can be found then
 * (`DigestState.scala`).
 */
export function prepareDigestBlock(
  context: StateContext,
  block: Block,
  decoder: TransactionDecoder,
  options: BlockOptions
): Prepared {
  const { header, proof } = block
  if (proof === undefined) {
    const failure = unnumberedFailure('AD_PROOFS_MISSING', 'A block without AD proofs cannot be applied to a digest')
    return { ok: false, failure: blockFailure('sections', failure) }
  }
  const appended = appendBlock(context, header, block.extension, block.transactionsSize, options)
  if (!appended.ok) return { ok: false, failure: blockFailure('context', appended.failure) }
  const boxes = boxesOf(block, context, proof, decoder)
  // Below a checkpoint no transaction asks for boxes. The reference checks the root there with the whole state, and without one does
  // not look at it any more (`UtxoState.scala`, `DigestState.scala`). Here it counts either way: rules 500 and 501 are no matter of
  // who keeps what, and the chain up to a checkpoint is known to keep them.
  if (typeof boxes === 'string' && header.height <= options.checkpointHeight) {
    return { ok: false, failure: blockFailure('state', ruleFailure(BLOCK_RULES.digestIncorrect, boxes)) }
  }
  const stateBox = typeof boxes === 'string' ? boxes : (id: Uint8Array): Box | undefined => boxes.get(id)
  return { ok: true, prepared: prepareTransactions(block, appended.context, stateBox, options) }
}

/** Applies a block to a digest at once. */
export function applyDigestBlock(
  context: StateContext,
  block: Block,
  decoder: TransactionDecoder,
  options: BlockOptions,
  verify: VerifyTransaction
): Application {
  const prepared = prepareDigestBlock(context, block, decoder, options)
  return prepared.ok ? verifyBlock(prepared.prepared, verify) : prepared
}
