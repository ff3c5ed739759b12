import type { PowSettings } from '../autolykos/table-size.ts'
import type { HeaderRuleSettings } from '../header-rules.ts'

/** The networks we know from the start; private ones take one of them as their base. */
export type NetworkName = 'mainnet' | 'testnet' | 'devnet' | 'devnet60'

/** Voted parameters at height 0 (`LaunchParameters.scala`). */
export interface LaunchParameters {
  readonly blockVersion: number
  /** Values by parameter id, 1..8; the block version (123) stands apart. */
  readonly values: ReadonlyMap<number, number>
  /** Rules in the update that the launch parameters propose; proposing does not switch them off. */
  readonly proposedRulesToDisable: readonly number[]
}

/** How epochs of votes work (`VotingSettings.scala`). */
export interface VotingSettings {
  /** Blocks of an epoch. */
  readonly votingLength: number
  /** Epochs in which a soft-fork is voted on. */
  readonly softForkEpochs: number
  /** Epochs between its approval and its activation. */
  readonly activationEpochs: number
  /** Block version 2 is in force from here whatever the votes say. */
  readonly version2ActivationHeight: number
}

/** Emission of coins (`MonetarySettings`); amounts in nanoERG. */
export interface MonetarySettings {
  readonly fixedRatePeriod: number
  readonly fixedRate: bigint
  readonly foundersInitialReward: bigint
  readonly epochLength: number
  readonly oneEpochReduction: bigint
  /** Blocks before a miner may spend a reward. */
  readonly minerRewardDelay: number
}

/** Re-emission of EIP-27 (`ReemissionSettings.scala`). Ids are null where the network has none. */
export interface ReemissionSettings {
  /** Whether rule 123 is enforced; the contracts enforce it anyway. */
  readonly checkReemissionRules: boolean
  readonly emissionNftId: Uint8Array | null
  readonly reemissionTokenId: Uint8Array | null
  readonly reemissionNftId: Uint8Array | null
  readonly activationHeight: number
  readonly reemissionStartHeight: number
  /** The box that brings the tokens in, whole. */
  readonly injectionBoxBytes: Uint8Array | null
}

/** Everything that makes one network differ from another. */
export interface NetworkParameters extends HeaderRuleSettings {
  /** Name of the network; names its data directory. */
  readonly name: string
  /** The preset it is, or is based on. */
  readonly base: NetworkName
  /** First four bytes of every frame. */
  readonly magic: Uint8Array
  readonly defaultPort: number
  readonly defaultRestPort: number
  /** Network part of an address's first byte. */
  readonly addressPrefix: number
  /** Highest block version that we speak and announce. */
  readonly protocolVersion: number
  /** `host:port` of the peers to begin with, IPv6 in brackets. */
  readonly seeds: readonly string[]
  /** AVL+ digest of the state before block 1, 33 bytes. */
  readonly genesisStateDigest: Uint8Array
  /** The boxes of that state where they are given whole; null when they follow from the settings below. */
  readonly genesisBoxes: readonly Uint8Array[] | null
  /** Strings in the no-premine box, registers R4.. in order. */
  readonly noPremineProof: readonly string[]
  /** Compressed keys of which two of three sign for the founders' box. */
  readonly foundersKeys: readonly Uint8Array[]
  readonly pow: PowSettings
  readonly voting: VotingSettings
  readonly launchParameters: LaunchParameters
  readonly monetary: MonetarySettings
  readonly reemission: ReemissionSettings
  /** The header chain counts as synced when its tip is no older than this many block intervals. */
  readonly headerChainDiff: number
  /** Blocks between two snapshots of the state. */
  readonly makeSnapshotEvery: number
  /** Cost above which the pool refuses a transaction. Policy, not consensus. */
  readonly maxTransactionCost: number
  /** Score at which a misbehaving peer is banned. */
  readonly penaltyScoreThreshold: number
  /** NiPoPoW proofs to compare before one is trusted. */
  readonly p2pNipopows: number
}
