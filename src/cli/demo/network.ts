import { type NetworkParameters, parseNetworkFile } from '../../chain/index.ts'

/**
 * A network that exists nowhere else: block version 4 from the second block on, difficulty 1, short epochs, rewards that may be
 * spent one block later. A network file as `--network-file` takes it.
 */
const DEMO_NETWORK = `{
  "name": "demo",
  "base": "devnet",
  "magic": "44454d4f",
  "addressPrefix": 16,
  "launchBlockVersion": 4,
  "chain": {
    "protocolVersion": 4,
    "initialDifficultyHex": "01",
    "blockInterval": "100ms",
    "epochLength": 16,
    "useLastEpochs": 8,
    "genesisStateDigestHex": "840ca0b8aec2d7a6c4f1589ca6070c8a5ed5924c835cdb8f816aa773b6fe1b6302",
    "makeSnapshotEvery": 256,
    "monetary": { "minerRewardDelay": 1 },
    "voting": {
      "votingLength": 32,
      "softForkEpochs": 2,
      "activationEpochs": 2,
      "version2ActivationHeight": 2147483647,
      "version2ActivationDifficultyHex": "20"
    },
    "reemission": { "checkReemissionRules": false }
  },
  "node": { "headerChainDiff": 1000000, "keepVersions": 200 }
}`

export function demoNetwork(): NetworkParameters {
  return parseNetworkFile(DEMO_NETWORK)
}
