import assert from 'node:assert/strict'
import { concatBytes, toHex } from '../../src/bytes/index.ts'
import { extensionRoot, verifyPow } from '../../src/chain/index.ts'
import { AvlVerifier, type LabelHash } from '../../src/crypto/avltree/index.ts'
import { blake2b256, blake2b256Into, merkleRoot, secp256k1 } from '../../src/crypto/index.ts'
import {
  type Block,
  blockOptions,
  contextStateRoot,
  decodeBlock,
  prepareDigestBlock,
  type StateContext,
  stateChanges
} from '../../src/state/index.ts'
import {
  type BlockScriptContext,
  scriptContextOf,
  TransactionDecoder,
  type TransactionWithBoxes,
  verifyScripts
} from '../../src/transaction/index.ts'
import { type AnchoredChain, blockSections, type ChainBlock, startOf } from '../../test/support/anchored-chain.ts'

/** A tree that is a single key begins so; the key follows. */
const KEY_TREE_PREFIX = '0008cd'

/**
 * What no node can do without when it verifies some blocks: their scripts and proofs, on objects that are there already; each new
 * public key, whether it is a point of the curve; and every message that has to be hashed, once, from bytes that are there already.
 * No reading, no checks, no tree, no disk.
 */
export class BlockFloor {
  readonly #measured: readonly ChainBlock[]
  readonly #scripts: Array<{ readonly subject: TransactionWithBoxes; readonly context: BlockScriptContext }> = []
  readonly #newKeys: Uint8Array[] = []
  readonly #messages: Uint8Array[] = []
  readonly #trees: Array<() => Uint8Array> = []
  readonly #out = new Uint8Array(32)

  /** @param from index of the first block that counts */
  constructor(chain: AnchoredChain, from: number) {
    this.#measured = chain.blocks.slice(from)
    const { network, blocks } = chain
    const decoder = new TransactionDecoder()
    let context = startOf(chain)
    const keys = new Set<string>()
    for (const [i, block] of blocks.entries()) {
      const decoded = decodeBlock(block.header, blockSections(block), decoder)
      assert.ok(decoded.ok)
      const result = prepareDigestBlock(context, decoded.block, decoder, blockOptions(network))
      assert.ok(result.ok)
      const { jobs, validation } = result.prepared
      const fresh = newKeys(decoded.block, keys)
      if (i >= from) {
        for (const subject of jobs) this.#scripts.push({ subject, context: scriptContextOf(validation) })
        this.#newKeys.push(...fresh)
        this.#noteHashes(context, decoded.block)
      }
      context = result.prepared.context
    }
  }

  /** All scripts with their proofs, and new keys. */
  runScripts(): number {
    let sink = 0
    for (const { subject, context } of this.#scripts) {
      const verdict = verifyScripts(subject, context, 0)
      if (!verdict.valid) throw new Error(verdict.message)
      sink += verdict.cost
    }
    for (const key of this.#newKeys) if (!secp256k1.isValid(key)) throw new Error('a key of the vectors is no point')
    return sink
  }

  /** All hashes: proofs of work, ids, Merkle trees, labels of the state tree before and after each block. */
  runHashes(): number {
    let sink = 0
    for (const { header } of this.#measured) sink += verifyPow(header) ? 1 : 0
    for (const message of this.#messages) {
      blake2b256Into(message, this.#out, 0)
      sink ^= this.#out[0]!
    }
    for (const tree of this.#trees) sink ^= tree()[0]!
    return sink
  }

  #noteHashes(context: StateContext, block: Block): void {
    const { header, transactions, extension, proof } = block
    const note = (...parts: Uint8Array[]): void => void this.#messages.push(concatBytes(...parts))
    note(header.bytes)
    note(proof!)
    for (const root of [header.transactionsRoot, header.extensionRoot, header.adProofsRoot]) {
      note(Uint8Array.of(0), header.id, root)
    }
    for (const tx of transactions) {
      note(tx.bytesToSign)
      note(...tx.inputs.map((input) => input.proof))
      for (const box of tx.outputs) note(box.bytes)
    }
    const ids = [...transactions.map((tx) => tx.id), ...transactions.map((tx) => tx.witnessId)]
    this.#trees.push(() => merkleRoot(ids))
    this.#trees.push(() => extensionRoot(extension.fields))
    const label: LabelHash = (data) => {
      note(data)
      return blake2b256(data)
    }
    const changes = stateChanges(transactions)
    assert.ok(changes.ok)
    const init = { keyLength: 32, maxOperations: changes.operations.length, hash: label }
    const verifier = new AvlVerifier(contextStateRoot(context), proof!, init)
    for (const operation of changes.operations) verifier.perform(operation)
    assert.deepEqual(verifier.digest(), header.stateRoot)
  }
}

/** Keys of outputs that were not there before. */
function newKeys({ transactions }: Block, known: Set<string>): Uint8Array[] {
  const out: Uint8Array[] = []
  for (const { outputs } of transactions) {
    for (const { tree } of outputs) {
      const hex = toHex(tree.bytes)
      if (!hex.startsWith(KEY_TREE_PREFIX) || known.has(hex)) continue
      known.add(hex)
      out.push(tree.bytes.subarray(KEY_TREE_PREFIX.length / 2))
    }
  }
  return out
}
