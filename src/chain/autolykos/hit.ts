import { bigIntFromBytes } from '../../bytes/index.ts'
import { autolykosV2Hit, blake2b256 } from '../../crypto/index.ts'
import { INITIAL_VERSION } from '../constants.ts'
import type { Header } from '../header.ts'
import { autolykosTableSize } from './table-size.ts'

/** The message a proof of work is for: hash of the header without its solution (`AutolykosPowScheme.msgByHeader`). */
export function powMessage(header: Header): Uint8Array {
  return blake2b256(header.bytesWithoutPow)
}

/** Hit of a version 2 or later header, 32 bytes big-endian. */
export function powHitBytes(header: Header): Uint8Array {
  return autolykosV2Hit(powMessage(header), header.nonce, header.height, autolykosTableSize(header.version, header.height))
}

/**
 * The number compared with the target: `d` of version 1, the puzzle's hash of later versions (`AutolykosPowScheme.powHit`).
 * NiPoPoW measures headers by it.
 */
export function powHit(header: Header): bigint {
  return header.version === INITIAL_VERSION ? header.powDistance : bigIntFromBytes(powHitBytes(header))
}
