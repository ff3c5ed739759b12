import { concatBytes, fromHex, Writer } from '../bytes/index.ts'
import type { MonetarySettings, ReemissionSettings } from '../chain/index.ts'
import { NANO_ERG } from './emission.ts'

/*
 * The contracts that the protocol itself knows, as serialized trees. Each is a fixed expression over segregated constants, so
 * the expression stands here as bytes and only the constants are written (`ErgoTreePredef.scala`, `ReemissionContracts.scala`).
 */

/** Header of a version 0 tree with segregated constants. */
const V0_SEGREGATED = 0x10

/** Header of a version 1 tree with size and segregated constants. */
const V1_SEGREGATED = 0x19

/** Tree of one constant, the proposition `false`: guards the no-premine box. */
export const FALSE_TREE = fromHex('10010100d17300')

const GENERATOR = fromHex('0279be667ef9dcbbac55a06295ce870b07029bfcdb2dce28d959f2815b16f81798')

/** Stands for a token that a network does not have. */
const NO_TOKEN = new Uint8Array()

const int = (value: number): Uint8Array => new Writer(8).u8(0x04).int(value).toBytes()
const long = (value: bigint): Uint8Array => new Writer(12).u8(0x05).long(value).toBytes()
const bytes = (value: Uint8Array): Uint8Array => new Writer(128).u8(0x0e).ushort(value.length).bytes(value).toBytes()
const publicKey = (pk: Uint8Array): Uint8Array => concatBytes(Uint8Array.of(0x08, 0xcd), pk)

/** `Coll[Int](1)`: where the reward script's key stands among its constants. */
const KEY_POSITION = fromHex('100102')

function constants(values: readonly Uint8Array[]): Uint8Array {
  return new Writer(512)
    .uint(values.length)
    .bytes(concatBytes(...values))
    .toBytes()
}

function v0Tree(values: readonly Uint8Array[], expression: string): Uint8Array {
  return concatBytes(Uint8Array.of(V0_SEGREGATED), constants(values), fromHex(expression))
}

function v1Tree(values: readonly Uint8Array[], expression: string): Uint8Array {
  const body = concatBytes(constants(values), fromHex(expression))
  return new Writer(512).u8(V1_SEGREGATED).uint(body.length).bytes(body).toBytes()
}

/** Tree of `ProveDlog(pk)` as one constant: what a P2PK address stands for. @param pk 33 bytes */
export function p2pkTree(pk: Uint8Array): Uint8Array {
  return concatBytes(Uint8Array.of(0x00), publicKey(pk))
}

/** Guards a miner's reward: the key, and `delay` blocks of waiting. @param pk 33 bytes */
export function minerRewardTree(delay: number, pk: Uint8Array): Uint8Array {
  return v0Tree([int(delay), publicKey(pk)], 'ea02d192a39a8cc7a70173007301')
}

/** Guards fee outputs: the block's miner may join all of them in one reward output of the same block. */
export function feeTree(delay: number): Uint8Array {
  return v0Tree(
    [int(0), int(0), bytes(minerRewardTree(delay, GENERATOR)), KEY_POSITION, int(1)],
    'd19683030193a38cc7b2a57300000193c2b2a57301007473027303830108cdeeac93b1a57304'
  )
}

/** Guards the coins to be mined: gives each block its reward. */
export function emissionTree(settings: MonetarySettings): Uint8Array {
  const { fixedRatePeriod, epochLength, fixedRate, oneEpochReduction, minerRewardDelay } = settings
  return v0Tree(
    [
      int(1),
      bytes(minerRewardTree(minerRewardDelay, GENERATOR)),
      KEY_POSITION,
      int(1),
      int(2),
      int(0),
      int(fixedRatePeriod + 2 * epochLength),
      long(fixedRate - settings.foundersInitialReward),
      long(fixedRate),
      long(oneEpochReduction),
      int(1),
      int(fixedRatePeriod),
      int(epochLength),
      int(0),
      int(0),
      long(oneEpochReduction)
    ],
    'd19683030191a38cc7a7019683020193c2b2a57300007473017302830108cdeeac93a38cc7b2a573030001978302019683040193b1a5730493' +
      'c2a7c2b2a573050093958fa3730673079973089c73097e9a730a9d99a3730b730c0599c1a7c1b2a5730d00938cc7b2a5730e0001a390c1a7730f'
  )
}

/** Guards the foundation's coins: lets out what the schedule allows, to whom R4 says. */
export function foundationTree(settings: MonetarySettings): Uint8Array {
  const { fixedRatePeriod, epochLength, oneEpochReduction, foundersInitialReward: initial } = settings
  const epoch = BigInt(epochLength)
  const second = (initial - oneEpochReduction) * epoch
  const third = (initial - 2n * oneEpochReduction) * epoch
  return v0Tree(
    [
      int(0),
      int(fixedRatePeriod),
      long(second + third),
      long(initial),
      int(fixedRatePeriod - 1),
      int(fixedRatePeriod + epochLength),
      long(third),
      long(initial - oneEpochReduction),
      int(fixedRatePeriod - 1 + epochLength),
      int(fixedRatePeriod + 2 * epochLength),
      long(initial - 2n * oneEpochReduction),
      int(fixedRatePeriod - 1 + 2 * epochLength),
      long(0n),
      int(0)
    ],
    'ea03d192c1b2a5730000958fa373019a73029c73037e997304a305958fa373059a73069c73077e997308a305958fa373099c730a7e99730ba305730c' +
      'd193c2a7c2b2a5730d00d5040800'
  )
}

/** Expression "2 of these keys", which the genesis foundation box holds in R4. @param keys 33 bytes each */
export function foundersProtection(keys: readonly Uint8Array[]): Uint8Array {
  return concatBytes(Uint8Array.of(0x98), int(2), Uint8Array.of(0x83, keys.length, 0x08), ...keys.map(publicKey))
}

/** Guards what miners pay into re-emission: may be merged into the box with the re-emission NFT (EIP-27). */
export function payToReemissionTree(settings: Pick<ReemissionSettings, 'reemissionNftId'>): Uint8Array {
  return v1Tree([int(0), int(0), bytes(settings.reemissionNftId ?? NO_TOKEN)], 'd1938cb2e4c6b2a5730000020c4d0e730100017302')
}

/** Most that the second output of a merge into re-emission may hold: its fee, 0.01 ERG. */
const MAX_MERGE_FEE = NANO_ERG / 100n

/** Coins a block from the re-emission contract, 3 ERG. */
const REEMISSION_PER_BLOCK = 3n * NANO_ERG

/** Guards coins put aside by EIP-27: pays miners after the emission has ended. */
export function reemissionTree(
  monetary: Pick<MonetarySettings, 'minerRewardDelay'>,
  settings: Pick<ReemissionSettings, 'reemissionNftId' | 'reemissionStartHeight'>
): Uint8Array {
  return v1Tree(
    [
      int(0),
      int(0),
      bytes(settings.reemissionNftId ?? NO_TOKEN),
      int(0),
      int(0),
      int(1),
      long(MAX_MERGE_FEE),
      int(2),
      int(0),
      int(1),
      bytes(minerRewardTree(monetary.minerRewardDelay, GENERATOR)),
      KEY_POSITION,
      int(1),
      int(settings.reemissionStartHeight),
      long(REEMISSION_PER_BLOCK),
      int(0)
    ],
    'd196830301938cb2e4c6b2a5730000020c4d0e73010001730293c2a7c2b2a5730300978302019683030191c1b2a5730400c1a790c1b2a5730500' +
      '730693b1a5730796830501938cc7b2a573080001a39683020193c2b2a573090074730a730b830108cdeeac93a38cc7b2a5730c000192a3730d' +
      '91a38cc7a70193730e99c1a7c1b2a5730f00'
  )
}
