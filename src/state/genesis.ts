import { Writer } from '../bytes/index.ts'
import type { NetworkParameters } from '../chain/index.ts'
import { AvlProver } from '../crypto/avltree/index.ts'
import { blake2b256 } from '../crypto/index.ts'
import {
  emissionTree,
  FALSE_TREE,
  foundationTree,
  foundersProtection,
  minersCoinsTotal,
  NANO_ERG,
  remainingFoundationRewardAtHeight
} from '../transaction/index.ts'

/** Keys of the UTXO tree: box ids. */
export const BOX_ID_BYTES = 32

const TRANSACTION_ID_BYTES = 32

const encoder = new TextEncoder()

/** What a network must say for its genesis boxes to follow. */
export type GenesisSettings = Pick<NetworkParameters, 'genesisBoxes' | 'monetary' | 'noPremineProof' | 'foundersKeys'>

/** A register holding bytes: type code of `Coll[Byte]`, length, bytes. */
function bytesRegister(value: Uint8Array): Uint8Array {
  return new Writer(value.length + 8).u8(0x0e).ushort(value.length).bytes(value).toBytes()
}

/** Bytes of a box of the state before block 1: no tokens, creation height 0, transaction id of zeros, index 0. */
function genesisBox(value: bigint, tree: Uint8Array, registers: readonly Uint8Array[]): Uint8Array {
  const w = new Writer(512).ulong(value).bytes(tree).uint(0).u8(0).u8(registers.length)
  for (const register of registers) w.bytes(register)
  return w.bytes(new Uint8Array(TRANSACTION_ID_BYTES)).ushort(0).toBytes()
}

/** Boxes of the state before block 1: all coins to be mined, the proof of no premine, the foundation's (`ErgoState.genesisBoxes`). */
export function genesisBoxes(settings: GenesisSettings): readonly Uint8Array[] {
  if (settings.genesisBoxes !== null) return settings.genesisBoxes
  const { monetary } = settings
  const founders = remainingFoundationRewardAtHeight(monetary, 0)
  return [
    genesisBox(minersCoinsTotal(monetary), emissionTree(monetary), []),
    genesisBox(
      NANO_ERG,
      FALSE_TREE,
      settings.noPremineProof.map((text) => bytesRegister(encoder.encode(text)))
    ),
    // The one ERG is the coin of the no-premine box.
    genesisBox(founders - NANO_ERG, foundationTree(monetary), [bytesRegister(foundersProtection(settings.foundersKeys))])
  ]
}

/** A prover that holds the state before block 1. */
export function genesisProver(settings: GenesisSettings): AvlProver {
  const prover = new AvlProver({ keyLength: BOX_ID_BYTES })
  for (const value of genesisBoxes(settings)) {
    const result = prover.perform({ kind: 'insert', key: blake2b256(value), value })
    if (!result.ok) throw result.error
  }
  prover.prove()
  return prover
}
