import { toHex } from '../bytes/index.ts'
import type { Header, NetworkParameters } from '../chain/index.ts'
import { type BlockSections, decodeBlock } from '../state/index.ts'
import { TransactionDecoder } from '../transaction/index.ts'
import { type BlockPlan, buildBlock, type DevnetBlock } from './block-builder.ts'
import { DevnetError } from './errors.ts'
import type { DevnetKey } from './key.ts'
import { type DevnetState, genesisState, stateAfter } from './state.ts'

/** States kept: deeper forks than the reference's `keepVersions` of 200 are nobody's. */
const DEFAULT_MAX_STATES = 256

/** Parent id of the first block. */
const GENESIS_PARENT = toHex(new Uint8Array(32))

export interface DevnetMinerInit {
  readonly network: NetworkParameters
  readonly key: DevnetKey
  /** States kept, the latest ones. */
  readonly maxStates?: number
}

/** A block to be mined on a known one. */
export interface MinePlan extends Omit<BlockPlan, 'miner' | 'timestamp'> {
  /** Id of the header to build on; default: the last block that was mined or adopted, or nothing. */
  readonly parent?: Uint8Array | undefined
  /** Milliseconds since 1970; default: a block interval after the parent. Needed for the first block. */
  readonly timestamp?: number | bigint | undefined
}

/** Mines on any block that it has seen, so on any branch; keeps the states of the latest ones. */
export class DevnetMiner {
  readonly network: NetworkParameters
  readonly key: DevnetKey
  readonly genesis: DevnetState
  readonly #states = new Map<string, DevnetState>()
  readonly #maxStates: number
  readonly #decoder = new TransactionDecoder()
  #last: DevnetState

  constructor({ network, key, maxStates = DEFAULT_MAX_STATES }: DevnetMinerInit) {
    this.network = network
    this.key = key
    this.#maxStates = maxStates
    this.genesis = genesisState(network)
    this.#last = this.genesis
  }

  /** State after the last block that was mined or adopted. */
  get last(): DevnetState {
    return this.#last
  }

  /**
   * State after a block, by the id of its header.
   *
   * @throws DevnetError DEVNET_PARENT when it is not known, or no longer
   */
  stateAt(id: Uint8Array): DevnetState {
    const key = toHex(id)
    const state = key === GENESIS_PARENT ? this.genesis : this.#states.get(key)
    if (state !== undefined) return state
    throw new DevnetError('DEVNET_PARENT', `block ${key} is not among the last ${this.#maxStates}`)
  }

  /** Can it mine on the block with this header id? */
  knows(id: Uint8Array): boolean {
    return this.#states.has(toHex(id))
  }

  /**
   * Mines a block, whatever its plan asks for.
   *
   * @throws DevnetError
   */
  mine(plan: MinePlan = {}): DevnetBlock {
    const parent = plan.parent === undefined ? this.#last : this.stateAt(plan.parent)
    const due = parent.header && parent.header.timestampExact + BigInt(this.network.difficulty.blockIntervalMs)
    const timestamp = plan.timestamp ?? due
    if (timestamp === undefined) throw new DevnetError('DEVNET_PARENT', 'the first block needs a timestamp')
    const block = buildBlock(parent, { ...plan, miner: this.key, timestamp })
    this.#keep(block.state)
    return block
  }

  /**
   * Takes over a block that somebody else made. It is not verified.
   *
   * @throws DevnetError DEVNET_PARENT when its parent is not known, or its sections cannot be read or are not its own
   */
  adopt(header: Header, sections: BlockSections): DevnetState {
    const parent = this.stateAt(header.parentId)
    const decoded = decodeBlock(header, sections, this.#decoder)
    if (!decoded.ok) throw new DevnetError('DEVNET_PARENT', decoded.failure.message)
    const state = stateAfter(parent, decoded.block)
    this.#keep(state)
    return state
  }

  #keep(state: DevnetState): void {
    this.#last = state
    const key = state.header!.idHex
    this.#states.delete(key)
    this.#states.set(key, state)
    for (const oldest of this.#states.keys()) {
      if (this.#states.size <= this.#maxStates) break
      this.#states.delete(oldest)
    }
  }
}
