import { fromHex, JsonError, type JsonValue, parseJson } from '../../bytes/index.ts'
import { AUTOLYKOS } from '../autolykos/table-size.ts'
import { POINT_BYTES, STATE_ROOT_BYTES } from '../constants.ts'
import type { DifficultySettings } from '../difficulty/required.ts'
import { NETWORKS } from './presets.ts'
import { INT_MAX, NetworkFileError, Section } from './section.ts'
import type { MonetarySettings, NetworkName, NetworkParameters, ReemissionSettings, VotingSettings } from './types.ts'

function readVoting(s: Section, base: VotingSettings): VotingSettings {
  return {
    votingLength: s.int('votingLength', base.votingLength, 1),
    softForkEpochs: s.int('softForkEpochs', base.softForkEpochs, 1),
    activationEpochs: s.int('activationEpochs', base.activationEpochs, 1),
    version2ActivationHeight: s.int('version2ActivationHeight', base.version2ActivationHeight, 0)
  }
}

function readDifficulty(chain: Section, voting: Section, base: NetworkParameters): DifficultySettings {
  const { difficulty } = base
  const eip37Length = difficulty.eip37?.epochLength ?? null
  const epochLength = chain.int('epochLength', difficulty.epochLength, 1)
  const useLastEpochs = chain.int('useLastEpochs', difficulty.useLastEpochs, 2)
  if (epochLength >= INT_MAX / useLastEpochs) throw chain.fail('epochLength', `is too high for ${useLastEpochs} epochs`)
  return {
    blockIntervalMs: chain.durationMs('blockInterval', difficulty.blockIntervalMs),
    epochLength,
    useLastEpochs,
    initialDifficulty: chain.difficulty('initialDifficultyHex', difficulty.initialDifficulty),
    // As in the reference, only chains of type mainnet have EIP-37, from a height that is not configurable.
    eip37:
      difficulty.eip37 === null || eip37Length === null
        ? null
        : { ...difficulty.eip37, epochLength: chain.int('eip37EpochLength', eip37Length, 1) },
    version2: {
      activationHeight: voting.int('version2ActivationHeight', difficulty.version2.activationHeight, 0),
      difficulty: voting.difficulty('version2ActivationDifficultyHex', difficulty.version2.difficulty)
    }
  }
}

function readMonetary(s: Section, base: MonetarySettings): MonetarySettings {
  return {
    fixedRatePeriod: s.int('fixedRatePeriod', base.fixedRatePeriod, 0),
    fixedRate: s.amount('fixedRate', base.fixedRate),
    foundersInitialReward: s.amount('foundersInitialReward', base.foundersInitialReward),
    epochLength: s.int('epochLength', base.epochLength, 1),
    oneEpochReduction: s.amount('oneEpochReduction', base.oneEpochReduction),
    minerRewardDelay: s.int('minerRewardDelay', base.minerRewardDelay, 0)
  }
}

function readReemission(s: Section, base: ReemissionSettings): ReemissionSettings {
  return {
    checkReemissionRules: s.bool('checkReemissionRules', base.checkReemissionRules),
    emissionNftId: s.optionalHex('emissionNftId', base.emissionNftId, 32),
    reemissionTokenId: s.optionalHex('reemissionTokenId', base.reemissionTokenId, 32),
    reemissionNftId: s.optionalHex('reemissionNftId', base.reemissionNftId, 32),
    activationHeight: s.int('activationHeight', base.activationHeight, 0),
    reemissionStartHeight: s.int('reemissionStartHeight', base.reemissionStartHeight, 0),
    injectionBoxBytes: s.optionalHex('injectionBoxBytesEncoded', base.injectionBoxBytes, null)
  }
}

function readKeys(chain: Section, base: readonly Uint8Array[]): readonly Uint8Array[] {
  const key = 'foundersPubkeys'
  if (chain.raw(key) === undefined) return base
  return chain.texts(key, []).map((text) => {
    if (!/^0[23][0-9a-fA-F]{64}$/.test(text)) throw chain.fail(key, `must be ${POINT_BYTES}-byte points in hex`)
    return fromHex(text)
  })
}

function readPow(s: Section): void {
  s.text('powType', 'autolykos', /^autolykos$/, "'autolykos'")
  s.int('k', AUTOLYKOS.k, AUTOLYKOS.k, AUTOLYKOS.k)
  s.int('n', AUTOLYKOS.n, AUTOLYKOS.n, AUTOLYKOS.n)
  s.done()
}

function readCheckpoint(node: Section, base: NetworkParameters): NetworkParameters['checkpoint'] {
  const raw = node.raw('checkpoint')
  if (raw === undefined) return base.checkpoint
  if (raw === null) return null
  const s = node.section('checkpoint')
  const height = s.int('height', 0, 1)
  const id = s.hex('blockId', null, 32)
  if (id === null) throw s.fail('blockId', 'must be given')
  s.done()
  return { height, id }
}

function parseText(text: string): JsonValue {
  try {
    return parseJson(text)
  } catch (error) {
    if (error instanceof JsonError) throw new NetworkFileError('', error.message)
    throw error
  }
}

/**
 * A private network of a JSON text: keys and values as in the reference's configuration, on top of the preset that `base`
 * names. What the text does not say is as in that preset. Unknown keys are errors.
 *
 * ```json
 * { "name": "devnet60", "base": "devnet", "magic": "02020404", "addressPrefix": 16, "launchBlockVersion": 4,
 *   "chain": { "initialDifficultyHex": "01", "blockInterval": "100ms", "voting": { "votingLength": 32 } },
 *   "node": { "keepVersions": 200 } }
 * ```
 *
 * @throws NetworkFileError naming the field
 */
export function parseNetworkFile(text: string): NetworkParameters {
  const root = new Section('', parseText(text))
  const baseName = root.text('base', '', /^(?:mainnet|testnet|devnet|devnet60)$/, 'one of mainnet, testnet, devnet, devnet60')
  if (baseName === '') throw root.fail('base', 'must be given: mainnet, testnet, devnet or devnet60')
  const base = NETWORKS[baseName as NetworkName]
  const chain = root.section('chain')
  const voting = chain.section('voting')
  const monetary = chain.section('monetary')
  const reemission = chain.section('reemission')
  const node = root.section('node')
  const launchVersion = root.int('launchBlockVersion', base.launchParameters.blockVersion, 1, 127)
  const { magic } = base
  const network: NetworkParameters = {
    ...base,
    name: root.text('name', base.name, /^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/, 'a name of letters, digits, dots and dashes'),
    magic: root.hex('magic', magic, magic.length),
    defaultPort: root.int('port', base.defaultPort, 1, 65_535),
    defaultRestPort: root.int('restPort', base.defaultRestPort, 1, 65_535),
    seeds: root.texts('seeds', base.seeds),
    addressPrefix: chain.int('addressPrefix', root.int('addressPrefix', base.addressPrefix, 0, 240), 0, 240),
    protocolVersion: chain.int('protocolVersion', base.protocolVersion, 1, 127),
    genesisId: chain.optionalHex('genesisId', base.genesisId, 32),
    genesisStateDigest: chain.hex('genesisStateDigestHex', base.genesisStateDigest, STATE_ROOT_BYTES),
    noPremineProof: chain.texts('noPremineProof', base.noPremineProof),
    foundersKeys: readKeys(chain, base.foundersKeys),
    difficulty: readDifficulty(chain, voting, base),
    voting: readVoting(voting, base.voting),
    launchParameters: { ...base.launchParameters, blockVersion: launchVersion },
    monetary: readMonetary(monetary, base.monetary),
    reemission: readReemission(reemission, base.reemission),
    makeSnapshotEvery: chain.int('makeSnapshotEvery', base.makeSnapshotEvery, 1),
    checkpoint: readCheckpoint(node, base),
    headerChainDiff: node.int('headerChainDiff', base.headerChainDiff, 1),
    keepVersions: node.int('keepVersions', base.keepVersions, 0),
    maxTransactionCost: node.int('maxTransactionCost', base.maxTransactionCost, 1)
  }
  readPow(chain.section('powScheme'))
  for (const section of [root, chain, voting, monetary, reemission, node]) section.done()
  // A snapshot must end a voting epoch, so that the next block brings the parameters with it.
  if (network.makeSnapshotEvery % network.voting.votingLength !== 0) {
    throw chain.fail('makeSnapshotEvery', `must be divisible by the voting length of ${network.voting.votingLength}`)
  }
  return network
}
