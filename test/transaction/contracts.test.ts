import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { fromHex, parseJson, toHex } from '../../src/bytes/index.ts'
import { NETWORKS } from '../../src/chain/index.ts'
import {
  emissionTree,
  feeTree,
  foundationTree,
  foundersProtection,
  minerRewardTree,
  p2pkTree,
  payToReemissionTree,
  reemissionTree
} from '../../src/transaction/contracts.ts'
import {
  emissionAtHeight,
  emissionInfo,
  foundationRewardAtHeight,
  issuedCoinsAfterHeight,
  minersCoinsTotal,
  minersRewardAtHeight,
  NANO_ERG,
  reemissionForHeight,
  remainingFoundationRewardAtHeight,
  totalEmission
} from '../../src/transaction/emission.ts'
import { missing, readBytes, shared } from '../support/vectors.ts'

const MAINNET = NETWORKS.mainnet.monetary
const EIP27_HEIGHT = 777_217

describe('emission', () => {
  it('has the known answers', () => {
    const heights: [height: number, emission: bigint, miner: bigint][] = [
      [1, 75n, 67_500_000_000n],
      [525_599, 75n, 67_500_000_000n],
      [525_600, 72n, 67_500_000_000n],
      [590_400, 69n, 67_500_000_000n],
      [655_200, 66n, 66n * NANO_ERG],
      [720_000, 63n, 63n * NANO_ERG],
      [1_756_800, 15n, 15n * NANO_ERG],
      [2_016_000, 3n, 3n * NANO_ERG],
      [2_080_799, 3n, 3n * NANO_ERG],
      [2_080_800, 0n, 0n]
    ]
    for (const [height, emission, miner] of heights) {
      assert.equal(emissionAtHeight(MAINNET, height), emission * NANO_ERG, String(height))
      assert.equal(minersRewardAtHeight(MAINNET, height), miner, String(height))
    }
    assert.deepEqual(totalEmission(MAINNET), { coins: 97_739_925n * NANO_ERG, lastHeight: 2_080_799 })
    assert.equal(minersCoinsTotal(MAINNET), 93_409_132_500_000_000n)
    assert.equal(remainingFoundationRewardAtHeight(MAINNET, 0), 4_330_792_500_000_000n)
  })

  it('adds up block by block', () => {
    let issued = 0n
    let founders = remainingFoundationRewardAtHeight(MAINNET, 0)
    for (let h = 1; h <= 2_081_000; h++) {
      issued += emissionAtHeight(MAINNET, h)
      founders -= foundationRewardAtHeight(MAINNET, h)
      if (h % 9_973 === 0 || h > 2_080_700) {
        assert.equal(issuedCoinsAfterHeight(MAINNET, h), issued)
        assert.equal(remainingFoundationRewardAtHeight(MAINNET, h), founders)
      }
    }
    assert.equal(founders, 0n)
  })

  it('puts aside what EIP-27 says', () => {
    const expected: [height: number, erg: bigint][] = [
      [777_216, 0n],
      [777_217, 12n],
      [1_756_800, 12n],
      [1_821_600, 9n],
      [1_886_400, 6n],
      [2_016_000, 0n],
      [2_080_800, 0n]
    ]
    for (const [height, erg] of expected) {
      assert.equal(reemissionForHeight(MAINNET, EIP27_HEIGHT, height), erg * NANO_ERG, String(height))
    }
    let sum = 0n
    for (let h = EIP27_HEIGHT; h < 2_080_800; h++) sum += reemissionForHeight(MAINNET, EIP27_HEIGHT, h)
    assert.equal(sum, 13_698_996n * NANO_ERG)
  })

  const answers = 'mainnet/emission-at.json.gz'
  it('answers as /emission/at of a reference node', { skip: missing(answers) }, () => {
    const all = parseJson(new TextDecoder().decode(readBytes(shared(answers)))) as ReadonlyMap<
      string,
      ReadonlyMap<string, number | bigint>
    >
    assert.ok(all.size >= 5)
    for (const [height, answer] of all) {
      const info = emissionInfo(MAINNET, EIP27_HEIGHT, Number(height))
      for (const [field, value] of answer) {
        assert.equal(BigInt(info[field as keyof typeof info]), BigInt(value), `${field} at ${height}`)
      }
    }
  })
})

describe('contracts of the protocol', () => {
  const KEY = '038b0f29a60fa8d7e1aeafbe512288a6c6bc696547bbf8247db23c95e83014513c'

  it('writes the trees of mainnet', () => {
    assert.equal(
      toHex(emissionTree(MAINNET)),
      '101004020e36100204a00b08cd0279be667ef9dcbbac55a06295ce870b07029bfcdb2dce28d959f2815b16f81798ea02d192a39a8cc7a70173007301' +
        '10010204020404040004c0fd4f05808c82f5f6030580b8c9e5ae040580f882ad16040204c0944004c0f407040004000580f882ad16d1968303019' +
        '1a38cc7a7019683020193c2b2a57300007473017302830108cdeeac93a38cc7b2a573030001978302019683040193b1a5730493c2a7c2b2a57305' +
        '0093958fa3730673079973089c73097e9a730a9d99a3730b730c0599c1a7c1b2a5730d00938cc7b2a5730e0001a390c1a7730f'
    )
    assert.equal(
      toHex(foundationTree(MAINNET)),
      '100e040004c094400580809cde91e7b0010580acc7f03704be944004808948058080c7b7e4992c0580b4c4c32104fe884804c0fd4f0580bcc1960b04' +
        'befd4f05000400ea03d192c1b2a5730000958fa373019a73029c73037e997304a305958fa373059a73069c73077e997308a305958fa373099c730a' +
        '7e99730ba305730cd193c2a7c2b2a5730d00d5040800'
    )
    assert.equal(
      toHex(
        foundersProtection(
          [
            '039bb5fe52359a64c99a60fd944fc5e388cbdc4d37ff091cc841c3ee79060b8647',
            '031fb52cf6e805f80d97cde289f4f757d49accf0c83fb864b27d2cf982c37f9a8b',
            '0352ac2a471339b0d23b3d2c5ce0db0e81c969f77891b9edf0bda7fd39a78184e7'
          ].map(fromHex)
        )
      ),
      '98040483030808cd039bb5fe52359a64c99a60fd944fc5e388cbdc4d37ff091cc841c3ee79060b864708cd031fb52cf6e805f80d97cde289f4f757d4' +
        '9accf0c83fb864b27d2cf982c37f9a8b08cd0352ac2a471339b0d23b3d2c5ce0db0e81c969f77891b9edf0bda7fd39a78184e7'
    )
    assert.equal(
      toHex(
        payToReemissionTree({ reemissionNftId: fromHex('d3feeffa87f2df63a7a15b4905e618ae3ce4c69a7975f171bd314d0b877927b8') })
      ),
      '193c03040004000e20d3feeffa87f2df63a7a15b4905e618ae3ce4c69a7975f171bd314d0b877927b8d1938cb2e4c6b2a5730000020c4d0e73010001' +
        '7302'
    )
  })

  it('writes the trees of a network with a reward delay of one block and no re-emission token', () => {
    // Decoded from the addresses that /emission/scripts of such a node answers.
    assert.equal(
      toHex(reemissionTree({ minerRewardDelay: 1 }, { reemissionNftId: null, reemissionStartHeight: 2_080_800 })),
      '19e60110040004000e000400040004020580dac4090404040004020e351002040208cd0279be667ef9dcbbac55a06295ce870b07029bfcdb2dce28d959' +
        'f2815b16f81798ea02d192a39a8cc7a70173007301100102040204c080fe010580f882ad160400d196830301938cb2e4c6b2a5730000020c4d0e7301' +
        '0001730293c2a7c2b2a5730300978302019683030191c1b2a5730400c1a790c1b2a5730500730693b1a5730796830501938cc7b2a573080001a396' +
        '83020193c2b2a573090074730a730b830108cdeeac93a38cc7b2a5730c000192a3730d91a38cc7a70193730e99c1a7c1b2a5730f00'
    )
    assert.equal(
      toHex(payToReemissionTree({ reemissionNftId: null })),
      '191c03040004000e00d1938cb2e4c6b2a5730000020c4d0e730100017302'
    )
    assert.equal(toHex(minerRewardTree(1, fromHex(KEY))), `1002040208cd${KEY}ea02d192a39a8cc7a70173007301`)
    assert.equal(toHex(p2pkTree(fromHex(KEY))), `0008cd${KEY}`)
  })

  it('writes the fee tree', () => {
    // Most frequent output of mainnet after P2PK.
    assert.equal(
      toHex(feeTree(720)),
      '1005040004000e36100204a00b08cd0279be667ef9dcbbac55a06295ce870b07029bfcdb2dce28d959f2815b16f81798ea02d192a39a8cc7a70173007301' +
        '1001020402d19683030193a38cc7b2a57300000193c2b2a57301007473027303830108cdeeac93b1a57304'
    )
  })
})
