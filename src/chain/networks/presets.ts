import { fromHex } from '../../bytes/index.ts'
import { AUTOLYKOS } from '../autolykos/table-size.ts'
import { FOUNDERS_KEYS, launchParameters, MONETARY, TEST_GENESIS_STATE_DIGEST, TEST_NO_PREMINE_PROOF } from './common.ts'
import type { NetworkName, NetworkParameters } from './types.ts'

/** The money chain (`mainnet.conf`). */
export const MAINNET: NetworkParameters = {
  name: 'mainnet',
  base: 'mainnet',
  magic: Uint8Array.of(1, 0, 2, 4),
  defaultPort: 9030,
  defaultRestPort: 9053,
  addressPrefix: 0,
  protocolVersion: 4,
  seeds: [
    '213.239.193.208:9030',
    '159.65.11.55:9030',
    '165.227.26.175:9030',
    '159.89.116.15:9030',
    '136.244.110.145:9030',
    '94.130.108.35:9030',
    '51.75.147.1:9020',
    '221.165.214.185:9030',
    '217.182.197.196:9030',
    '173.212.220.9:9030',
    '176.9.65.58:9130',
    '213.152.106.56:9030',
    '[2001:41d0:700:6662:0:0:0:0]:29031'
  ],
  genesisId: fromHex('b0244dfc267baca974a4caee06120321562784303a8a688976ae56170e4d175b'),
  genesisStateDigest: fromHex('a5df145d41ab15a01e0cd3ffbab046f0d029e5412293072ad0f5827428589b9302'),
  genesisBoxes: null,
  noPremineProof: [
    '00000000000000000014c2e2e7e33d51ae7e66f6ccb6942c3437127b36c33747',
    '0xd07a97293468d9132c5a2adab2e52a23009e6798608e47b0d2623c7e3e923463',
    'Brexit: both Tory sides play down risk of no-deal after business alarm',
    '述评：平衡、持续、包容——新时代应对全球化挑战的中国之道',
    'Дивиденды ЧТПЗ вырастут на 33% на акцию'
  ],
  foundersKeys: FOUNDERS_KEYS,
  pow: AUTOLYKOS,
  difficulty: {
    blockIntervalMs: 120_000,
    epochLength: 1024,
    useLastEpochs: 8,
    initialDifficulty: 0x011765000000n,
    eip37: { activationHeight: 844_673, epochLength: 128 },
    version2: { activationHeight: 417_792, difficulty: 0x6f98d5000000n }
  },
  voting: { votingLength: 1024, softForkEpochs: 32, activationEpochs: 32, version2ActivationHeight: 417_792 },
  launchParameters: launchParameters(1),
  monetary: MONETARY,
  reemission: {
    checkReemissionRules: false,
    emissionNftId: fromHex('20fa2bf23962cdf51b07722d6237c0c7b8a44f78856c0f7ec308dc1ef1a92a51'),
    reemissionTokenId: fromHex('d9a2cc8a09abfaed87afacfbb7daee79a6b26f10c6613fc13d3f3953e5521d1a'),
    reemissionNftId: fromHex('d3feeffa87f2df63a7a15b4905e618ae3ce4c69a7975f171bd314d0b877927b8'),
    activationHeight: 777_217,
    reemissionStartHeight: 2_080_800,
    injectionBoxBytes: fromHex(
      '80a8d6b9071003040005808098f4e9b5ca6a0402d1ed91c1b2a4730000730193c5a7c5b2a47302008f9e2d0220fa2bf23962cdf51b07722d6237c0' +
        'c7b8a44f78856c0f7ec308dc1ef1a92a5101d9a2cc8a09abfaed87afacfbb7daee79a6b26f10c6613fc13d3f3953e5521d1a808088fccdbcc323' +
        '00fca71b8b95f6ad14ce600a126c8842334d40d35f8754176c4cda2c95219f19f700'
    )
  },
  checkpoint: { height: 1_231_454, id: fromHex('ca5aa96a2d560f49cd5652eae4b9e16bbf410ee32365313dc16544ee5fda1e6d') },
  headerChainDiff: 100,
  keepVersions: 200,
  makeSnapshotEvery: 52_224,
  maxTransactionCost: 4_900_000,
  penaltyScoreThreshold: 500,
  p2pNipopows: 2
}

/** The public test network (`testnet.conf`): block version 4 from the start, though block 1 has version 1. */
export const TESTNET: NetworkParameters = {
  name: 'testnet',
  base: 'testnet',
  magic: Uint8Array.of(2, 3, 2, 3),
  defaultPort: 9023,
  defaultRestPort: 9052,
  addressPrefix: 16,
  protocolVersion: 4,
  seeds: ['213.239.193.208:9023', '168.138.185.215:9023', '192.234.196.165:9023'],
  genesisId: null,
  genesisStateDigest: fromHex(TEST_GENESIS_STATE_DIGEST),
  genesisBoxes: null,
  noPremineProof: TEST_NO_PREMINE_PROOF,
  foundersKeys: FOUNDERS_KEYS,
  pow: AUTOLYKOS,
  difficulty: {
    blockIntervalMs: 45_000,
    epochLength: 128,
    useLastEpochs: 8,
    initialDifficulty: 1n,
    eip37: null,
    version2: { activationHeight: 2_147_483_647, difficulty: 0x20n }
  },
  voting: { votingLength: 128, softForkEpochs: 32, activationEpochs: 32, version2ActivationHeight: 2_147_483_647 },
  launchParameters: launchParameters(4, [215, 409]),
  monetary: MONETARY,
  reemission: {
    checkReemissionRules: false,
    emissionNftId: null,
    reemissionTokenId: null,
    reemissionNftId: null,
    activationHeight: 100_000_001,
    reemissionStartHeight: 1_860_400,
    injectionBoxBytes: null
  },
  checkpoint: null,
  headerChainDiff: 800,
  keepVersions: 200,
  makeSnapshotEvery: 52_224,
  maxTransactionCost: 800_000,
  penaltyScoreThreshold: 500_000,
  p2pNipopows: 1
}

/** A chain of one's own, fast and easy to mine (`devnet.conf`), launched with the rules of 5.0. */
export const DEVNET: NetworkParameters = {
  name: 'devnet',
  base: 'devnet',
  magic: Uint8Array.of(2, 2, 4, 4),
  defaultPort: 9021,
  defaultRestPort: 9052,
  addressPrefix: 16,
  protocolVersion: 4,
  seeds: [],
  genesisId: null,
  genesisStateDigest: fromHex(TEST_GENESIS_STATE_DIGEST),
  genesisBoxes: null,
  noPremineProof: TEST_NO_PREMINE_PROOF,
  foundersKeys: FOUNDERS_KEYS,
  pow: AUTOLYKOS,
  difficulty: {
    blockIntervalMs: 100,
    epochLength: 16,
    useLastEpochs: 8,
    initialDifficulty: 1n,
    eip37: null,
    version2: { activationHeight: 128, difficulty: 0x20n }
  },
  voting: { votingLength: 128, softForkEpochs: 8, activationEpochs: 8, version2ActivationHeight: 128 },
  launchParameters: launchParameters(3),
  monetary: MONETARY,
  reemission: {
    checkReemissionRules: false,
    emissionNftId: null,
    reemissionTokenId: null,
    reemissionNftId: null,
    activationHeight: 777_217,
    reemissionStartHeight: 2_080_800,
    injectionBoxBytes: null
  },
  checkpoint: null,
  headerChainDiff: 100,
  keepVersions: 200,
  makeSnapshotEvery: 52_224,
  maxTransactionCost: 1_000_000,
  penaltyScoreThreshold: 500,
  p2pNipopows: 1
}

/** {@link DEVNET} launched with the rules of 6.0. */
export const DEVNET60: NetworkParameters = {
  ...DEVNET,
  name: 'devnet60',
  base: 'devnet60',
  launchParameters: launchParameters(4)
}

/** The networks by name. */
export const NETWORKS: Readonly<Record<NetworkName, NetworkParameters>> = {
  mainnet: MAINNET,
  testnet: TESTNET,
  devnet: DEVNET,
  devnet60: DEVNET60
}
