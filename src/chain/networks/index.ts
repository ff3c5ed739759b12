/**
 * What makes one network differ from another: presets, and private networks from a file.
 *
 * @packageDocumentation
 */
export { launchParameters } from './common.ts'
export { parseNetworkFile } from './file.ts'
export { DEVNET, DEVNET60, MAINNET, NETWORKS, TESTNET } from './presets.ts'
export { NetworkFileError } from './section.ts'
export type {
  LaunchParameters,
  MonetarySettings,
  NetworkName,
  NetworkParameters,
  ReemissionSettings,
  VotingSettings
} from './types.ts'
