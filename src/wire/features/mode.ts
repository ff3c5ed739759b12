import { DecodeError, type Reader, type Writer } from '../../bytes/index.ts'
import { MODE_FEATURE_LIMIT_BYTES } from '../constants.ts'

/** `blocksToKeep` of a node that keeps every full block. */
export const ALL_BLOCKS_KEPT = -1
/** `blocksToKeep` of a node that started from a snapshot of the UTXO set. */
export const UTXO_SET_BOOTSTRAPPED = -2
/** Value of `nipopowFlag` in a node that bootstrapped its headers with a NiPoPoW (suffix proof of KMZ17). */
export const NIPOPOW_FLAG = 1

/** Feature 16: how a peer operates. A peer without it is never asked for headers or sections by the reference. */
export interface ModeFeature {
  readonly kind: 'mode'
  readonly stateType: 'utxo' | 'digest'
  readonly verifyingTransactions: boolean
  /** Present when the peer lacks old headers because it bootstrapped with a NiPoPoW. */
  readonly nipopowFlag?: number
  /** {@link ALL_BLOCKS_KEPT}, {@link UTXO_SET_BOOTSTRAPPED}, or how many last full blocks it has. */
  readonly blocksToKeep: number
}

const STATE_TYPES = ['utxo', 'digest'] as const

/** Surplus bytes are ignored: they are room for later versions. */
export function readMode(r: Reader): ModeFeature {
  if (r.remaining >= MODE_FEATURE_LIMIT_BYTES) {
    throw new DecodeError('LIMIT_EXCEEDED', `mode feature of ${r.remaining} bytes`, r.position)
  }
  const at = r.position
  const stateType = STATE_TYPES[r.u8()]
  if (stateType === undefined) throw new DecodeError('MALFORMED', 'unknown state type', at)
  const verifyingTransactions = r.i8() > 0
  const nipopowFlag = r.option(() => r.int())
  const blocksToKeep = r.int()
  return { kind: 'mode', stateType, verifyingTransactions, ...(nipopowFlag === undefined ? {} : { nipopowFlag }), blocksToKeep }
}

export function writeMode(w: Writer, f: ModeFeature): void {
  w.u8(STATE_TYPES.indexOf(f.stateType))
    .u8(f.verifyingTransactions ? 1 : 0)
    .option(f.nipopowFlag, (flag) => w.int(flag))
    .int(f.blocksToKeep)
}
