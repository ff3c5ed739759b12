import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { describe, it } from 'node:test'
import { toHex } from '../../src/bytes/index.ts'
import {
  DEVNET,
  DEVNET60,
  encodeCompact,
  MAINNET,
  NETWORKS,
  NetworkFileError,
  type NetworkParameters,
  parseNetworkFile,
  TESTNET
} from '../../src/chain/index.ts'
import { blake2b256 } from '../../src/crypto/index.ts'
import { committed } from '../support/vectors.ts'

describe('network presets', () => {
  it('have magic, ports and address prefixes of the reference', () => {
    const facts = (n: NetworkParameters) => [n.name, toHex(n.magic), n.defaultPort, n.defaultRestPort, n.addressPrefix]
    assert.deepEqual(facts(MAINNET), ['mainnet', '01000204', 9030, 9053, 0])
    assert.deepEqual(facts(TESTNET), ['testnet', '02030203', 9023, 9052, 16])
    assert.deepEqual(facts(DEVNET), ['devnet', '02020404', 9021, 9052, 16])
    assert.deepEqual(facts(DEVNET60), ['devnet60', '02020404', 9021, 9052, 16])
  })

  it('have initial difficulty and launch version of the reference', () => {
    assert.equal(encodeCompact(MAINNET.difficulty.initialDifficulty), 100734821)
    for (const network of [TESTNET, DEVNET, DEVNET60]) {
      assert.equal(encodeCompact(network.difficulty.initialDifficulty), 0x01010000)
      assert.equal(network.difficulty.eip37, null)
      assert.equal(network.genesisId, null)
      assert.equal(network.checkpoint, null)
    }
    assert.deepEqual(
      [MAINNET, TESTNET, DEVNET, DEVNET60].map((n) => n.launchParameters.blockVersion),
      [1, 4, 3, 4]
    )
    assert.deepEqual(TESTNET.launchParameters.proposedRulesToDisable, [215, 409])
    assert.deepEqual(
      [...MAINNET.launchParameters.values],
      [
        [1, 1250000],
        [2, 360],
        [3, 524288],
        [4, 1000000],
        [5, 100],
        [6, 2000],
        [7, 100],
        [8, 100]
      ]
    )
  })

  it('have difficulty, voting, limits and activation heights of the reference', () => {
    const facts = ({ difficulty: d, voting: v, ...n }: NetworkParameters) => ({
      interval: d.blockIntervalMs,
      epoch: [d.epochLength, d.useLastEpochs],
      eip37: d.eip37 === null ? null : [d.eip37.activationHeight, d.eip37.epochLength],
      version2: [v.version2ActivationHeight, d.version2.difficulty],
      voting: [v.votingLength, v.softForkEpochs, v.activationEpochs],
      keep: [n.keepVersions, n.headerChainDiff, n.makeSnapshotEvery],
      eip27: [n.reemission.activationHeight, n.reemission.reemissionStartHeight, n.reemission.checkReemissionRules],
      protocol: [n.protocolVersion, n.maxTransactionCost, n.penaltyScoreThreshold, n.p2pNipopows]
    })
    assert.deepEqual(facts(MAINNET), {
      interval: 120_000,
      epoch: [1024, 8],
      eip37: [844_673, 128],
      version2: [417_792, 0x6f98d5000000n],
      voting: [1024, 32, 32],
      keep: [200, 100, 52_224],
      eip27: [777_217, 2_080_800, false],
      protocol: [4, 4_900_000, 500, 2]
    })
    assert.deepEqual(facts(TESTNET), {
      interval: 45_000,
      epoch: [128, 8],
      eip37: null,
      version2: [2_147_483_647, 0x20n],
      voting: [128, 32, 32],
      keep: [200, 800, 52_224],
      eip27: [100_000_001, 1_860_400, false],
      protocol: [4, 800_000, 500_000, 1]
    })
    for (const network of [DEVNET, DEVNET60]) {
      assert.deepEqual(facts(network), {
        interval: 100,
        epoch: [16, 8],
        eip37: null,
        version2: [128, 0x20n],
        voting: [128, 8, 8],
        keep: [200, 100, 52_224],
        eip27: [777_217, 2_080_800, false],
        protocol: [4, 1_000_000, 500, 1]
      })
    }
  })

  it('have genesis, checkpoint and keys of the reference', () => {
    assert.equal(MAINNET.difficulty.initialDifficulty, 1_199_990_374_400n)
    assert.equal(toHex(MAINNET.genesisId!), 'b0244dfc267baca974a4caee06120321562784303a8a688976ae56170e4d175b')
    assert.equal(toHex(MAINNET.genesisStateDigest), 'a5df145d41ab15a01e0cd3ffbab046f0d029e5412293072ad0f5827428589b9302')
    assert.equal(MAINNET.checkpoint?.height, 1_231_454)
    assert.equal(toHex(MAINNET.checkpoint.id), 'ca5aa96a2d560f49cd5652eae4b9e16bbf410ee32365313dc16544ee5fda1e6d')
    for (const network of [TESTNET, DEVNET, DEVNET60]) {
      assert.equal(toHex(network.genesisStateDigest), 'cb63aa99a3060f341781d8662b58bf18b9ad258db4fe88d09f8f71cb668cad4502')
    }
    const { emissionNftId, reemissionTokenId, reemissionNftId } = MAINNET.reemission
    assert.deepEqual(
      [emissionNftId, reemissionTokenId, reemissionNftId].map((id) => toHex(id!)),
      [
        '20fa2bf23962cdf51b07722d6237c0c7b8a44f78856c0f7ec308dc1ef1a92a51',
        'd9a2cc8a09abfaed87afacfbb7daee79a6b26f10c6613fc13d3f3953e5521d1a',
        'd3feeffa87f2df63a7a15b4905e618ae3ce4c69a7975f171bd314d0b877927b8'
      ]
    )
    for (const network of Object.values(NETWORKS)) {
      assert.deepEqual(network.pow, { k: 32, n: 26 })
      assert.deepEqual(network.foundersKeys.map(toHex), [
        '039bb5fe52359a64c99a60fd944fc5e388cbdc4d37ff091cc841c3ee79060b8647',
        '031fb52cf6e805f80d97cde289f4f757d49accf0c83fb864b27d2cf982c37f9a8b',
        '0352ac2a471339b0d23b3d2c5ce0db0e81c969f77891b9edf0bda7fd39a78184e7'
      ])
    }
    assert.deepEqual([MAINNET.seeds[0], MAINNET.seeds.at(-1)], ['213.239.193.208:9030', '[2001:41d0:700:6662:0:0:0:0]:29031'])
    assert.deepEqual(TESTNET.seeds, ['213.239.193.208:9023', '168.138.185.215:9023', '192.234.196.165:9023'])
  })

  it('have whole keys, ids and digests', () => {
    for (const network of Object.values(NETWORKS)) {
      assert.equal(network.magic.length, 4)
      assert.equal(network.genesisStateDigest.length, 33)
      assert.deepEqual(
        network.foundersKeys.map((k) => k.length),
        [33, 33, 33]
      )
      assert.equal(network.noPremineProof.length, 5)
      assert.equal(network.makeSnapshotEvery % network.voting.votingLength, 0)
      assert.equal(network.voting.version2ActivationHeight, network.difficulty.version2.activationHeight)
    }
    // The id of the injection box on the chain.
    const injection = MAINNET.reemission.injectionBoxBytes
    assert.ok(injection !== null)
    assert.equal(toHex(blake2b256(injection)), '997369af025fa60dab11d11f94bd5492dbb8731ea3a31154a0388e329f7edf4a')
    assert.equal(MAINNET.seeds.length, 13)
    assert.equal(TESTNET.seeds.length, 3)
  })

  it('emit what the chain emits', () => {
    // 97 739 925 ERG in all, of which the founders get 4 330 792.5.
    for (const { monetary: m } of Object.values(NETWORKS)) {
      let total = 0n
      for (let h = 1; h < 2_200_000; h++) {
        const epochs = h < m.fixedRatePeriod ? 0 : 1 + Math.floor((h - m.fixedRatePeriod) / m.epochLength)
        const rate = m.fixedRate - m.oneEpochReduction * BigInt(epochs)
        if (rate <= 0n) break
        total += rate
      }
      assert.equal(total, 97_739_925n * 10n ** 9n)
      assert.equal(m.minerRewardDelay, 720)
    }
  })
})

describe('network files', () => {
  it('give the recorded devnets', () => {
    for (const [chain, name, version] of [
      ['v4', 'devnet60', 4],
      ['vote', 'devnet', 3]
    ] as const) {
      const network = parseNetworkFile(readFileSync(committed(`chain/devnet-${chain}-network.json`), 'utf8'))
      assert.equal(network.name, name)
      assert.equal(network.launchParameters.blockVersion, version)
      assert.equal(toHex(network.magic), '02020404')
      assert.deepEqual(network.difficulty, {
        blockIntervalMs: 100,
        epochLength: 16,
        useLastEpochs: 8,
        initialDifficulty: 1n,
        eip37: null,
        version2: { activationHeight: 2147483647, difficulty: 0x20n }
      })
      assert.deepEqual(network.voting, {
        votingLength: 32,
        softForkEpochs: 2,
        activationEpochs: 2,
        version2ActivationHeight: 2147483647
      })
      assert.deepEqual(network.monetary, { ...DEVNET.monetary, minerRewardDelay: 1 })
      assert.equal(toHex(network.genesisStateDigest), '840ca0b8aec2d7a6c4f1589ca6070c8a5ed5924c835cdb8f816aa773b6fe1b6302')
      assert.equal(network.makeSnapshotEvery, 256)
      assert.equal(network.headerChainDiff, 1000000)
      assert.equal(network.keepVersions, 200)
    }
  })

  it('take everything that is not named from the base', () => {
    for (const base of ['mainnet', 'testnet', 'devnet', 'devnet60'] as const) {
      assert.deepEqual(parseNetworkFile(`{"base":"${base}"}`), NETWORKS[base])
    }
    const own = parseNetworkFile('{"base":"testnet","name":"mine","chain":{"blockInterval":"2m"}}')
    assert.deepEqual(own, {
      ...TESTNET,
      name: 'mine',
      difficulty: { ...TESTNET.difficulty, blockIntervalMs: 120_000 }
    })
  })

  it('read every setting', () => {
    const network = parseNetworkFile(`{
      "base": "mainnet", "name": "all", "magic": "0a0B0c0d", "port": 1, "restPort": 2, "seeds": ["a:1"], "launchBlockVersion": 2,
      "chain": {
        "protocolVersion": 3, "addressPrefix": 32, "blockInterval": 7, "epochLength": 9, "eip37EpochLength": 10, "useLastEpochs": 11,
        "initialDifficultyHex": "0102", "genesisId": "", "genesisStateDigestHex": "${'01'.repeat(33)}", "makeSnapshotEvery": 24,
        "noPremineProof": ["x"], "foundersPubkeys": ["02${'00'.repeat(31)}01"],
        "powScheme": { "powType": "autolykos", "k": 32, "n": 26 },
        "monetary": { "fixedRatePeriod": 1, "fixedRate": 9007199254740993, "foundersInitialReward": 3, "epochLength": 4,
          "oneEpochReduction": 5, "minerRewardDelay": 6 },
        "voting": { "votingLength": 12, "softForkEpochs": 13, "activationEpochs": 14, "version2ActivationHeight": 15,
          "version2ActivationDifficultyHex": "10" },
        "reemission": { "checkReemissionRules": true, "emissionNftId": "${'02'.repeat(32)}", "reemissionTokenId": "",
          "reemissionNftId": "${'03'.repeat(32)}", "activationHeight": 17, "reemissionStartHeight": 18, "injectionBoxBytesEncoded": "04" }
      },
      "node": { "headerChainDiff": 19, "keepVersions": 20, "maxTransactionCost": 21, "checkpoint": { "height": 22, "blockId": "${'05'.repeat(32)}" } }
    }`)
    assert.deepEqual(network, {
      ...MAINNET,
      name: 'all',
      magic: Uint8Array.of(10, 11, 12, 13),
      defaultPort: 1,
      defaultRestPort: 2,
      seeds: ['a:1'],
      addressPrefix: 32,
      protocolVersion: 3,
      genesisId: null,
      genesisStateDigest: new Uint8Array(33).fill(1),
      noPremineProof: ['x'],
      foundersKeys: [Uint8Array.of(2, ...new Array<number>(31).fill(0), 1)],
      difficulty: {
        blockIntervalMs: 7,
        epochLength: 9,
        useLastEpochs: 11,
        initialDifficulty: 0x102n,
        eip37: { activationHeight: 844_673, epochLength: 10 },
        version2: { activationHeight: 15, difficulty: 16n }
      },
      voting: { votingLength: 12, softForkEpochs: 13, activationEpochs: 14, version2ActivationHeight: 15 },
      launchParameters: { ...MAINNET.launchParameters, blockVersion: 2 },
      monetary: {
        fixedRatePeriod: 1,
        fixedRate: 9007199254740993n,
        foundersInitialReward: 3n,
        epochLength: 4,
        oneEpochReduction: 5n,
        minerRewardDelay: 6
      },
      reemission: {
        checkReemissionRules: true,
        emissionNftId: new Uint8Array(32).fill(2),
        reemissionTokenId: null,
        reemissionNftId: new Uint8Array(32).fill(3),
        activationHeight: 17,
        reemissionStartHeight: 18,
        injectionBoxBytes: Uint8Array.of(4)
      },
      makeSnapshotEvery: 24,
      checkpoint: { height: 22, id: new Uint8Array(32).fill(5) },
      headerChainDiff: 19,
      keepVersions: 20,
      maxTransactionCost: 21
    })
  })

  it('fail with the name of the field', () => {
    const fails = (field: string, text: string) => {
      assert.throws(
        () => parseNetworkFile(text),
        (error: unknown) => {
          assert.ok(error instanceof NetworkFileError)
          assert.equal(error.field, field)
          assert.equal(error.code, 'NETWORK_FILE')
          assert.ok(error.message.includes(field))
          return true
        }
      )
    }
    const devnet = (rest: string) => `{"base":"devnet",${rest}}`
    fails('', 'not json')
    fails('', '[]')
    fails('base', '{}')
    fails('base', '{"base":"other"}')
    fails('name', devnet('"name":"../x"'))
    fails('magic', devnet('"magic":"0202"'))
    fails('magic', devnet('"magic":[2,2,4,4]'))
    fails('port', devnet('"port":65536'))
    fails('extra', devnet('"extra":1'))
    fails('chain', devnet('"chain":3'))
    fails('chain.epochlength', devnet('"chain":{"epochlength":16}'))
    fails('chain.epochLength', devnet('"chain":{"epochLength":0}'))
    fails('chain.epochLength', devnet('"chain":{"epochLength":2000000000,"useLastEpochs":2}'))
    fails('chain.useLastEpochs', devnet('"chain":{"useLastEpochs":1}'))
    // Only chains of type mainnet have EIP-37.
    fails('chain.eip37EpochLength', devnet('"chain":{"eip37EpochLength":128}'))
    fails('chain.blockInterval', devnet('"chain":{"blockInterval":"fast"}'))
    fails('chain.blockInterval', devnet('"chain":{"blockInterval":"0s"}'))
    fails('chain.initialDifficultyHex', devnet('"chain":{"initialDifficultyHex":"00"}'))
    fails('chain.genesisStateDigestHex', devnet('"chain":{"genesisStateDigestHex":"00"}'))
    fails('chain.genesisId', devnet('"chain":{"genesisId":"00"}'))
    fails('chain.makeSnapshotEvery', devnet('"chain":{"makeSnapshotEvery":100}'))
    fails('chain.noPremineProof', devnet('"chain":{"noPremineProof":[1]}'))
    fails('chain.foundersPubkeys', devnet('"chain":{"foundersPubkeys":["00"]}'))
    fails('chain.powScheme.k', devnet('"chain":{"powScheme":{"k":31}}'))
    fails('chain.powScheme.powType', devnet('"chain":{"powScheme":{"powType":"fake"}}'))
    fails('chain.powScheme.difficulty', devnet('"chain":{"powScheme":{"difficulty":1}}'))
    fails('chain.monetary.fixedRate', devnet('"chain":{"monetary":{"fixedRate":-1}}'))
    fails('chain.monetary.fixedRate', devnet('"chain":{"monetary":{"fixedRate":1.5}}'))
    fails('chain.voting.votingLength', devnet('"chain":{"voting":{"votingLength":"32"}}'))
    fails('chain.voting.other', devnet('"chain":{"voting":{"other":1}}'))
    fails('chain.reemission.checkReemissionRules', devnet('"chain":{"reemission":{"checkReemissionRules":"no"}}'))
    fails('node.keepVersions', devnet('"node":{"keepVersions":-1}'))
    fails('node.checkpoint.blockId', devnet('"node":{"checkpoint":{"height":5}}'))
    fails('node.checkpoint', devnet('"node":{"checkpoint":5}'))
    fails('node.mining', devnet('"node":{"mining":true}'))
    assert.equal(parseNetworkFile('{"base":"mainnet","node":{"checkpoint":null}}').checkpoint, null)
  })
})
