import { checkPow, type Header } from '../../../src/chain/index.ts'
import { createBlake2b } from '../../../src/crypto/blake2b.ts'
import { createNobleSecp256k1 } from '../../../src/crypto/secp256k1-noble.ts'
import type { TimedCase } from '../../harness.ts'
import { assertAll, bytes32, checkV1, checkV2, each, mainnetHeaders } from './support.ts'

/** Enough to be fair to both, few enough for the slower. */
const HEADERS = 16

export const bench: TimedCase = {
  name: 'header/verify-vs-noble',
  workload:
    'Autolykos 1 and 2 of mainnet headers, from bytes to verdict, against the same code on @noble/hashes and @noble/curves',
  setup() {
    const v1 = mainnetHeaders(['headers-1-2000'], HEADERS)
    const v2 = mainnetHeaders(['headers-before-1795968'], HEADERS)
    const hashes = createBlake2b('noble')
    if (hashes === undefined) throw new Error('the fallback for hashes is missing')
    const curve = createNobleSecp256k1()
    const ours = (h: Header): boolean => checkPow(h) === null
    const nobleV1 = (h: Header): boolean => checkV1(h, hashes, (d, f, w) => curve.schnorrCommitment(bytes32(d), f, w))
    const nobleV2 = (h: Header): boolean => checkV2(h, hashes)
    return {
      verify() {
        assertAll(v1, { ours, nobleV1 })
        assertAll(v2, { ours, nobleV2 })
      },
      candidates: {
        'ours v1': each(v1, ours),
        'noble v1': each(v1, nobleV1),
        'ours v2': each(v2, ours),
        'noble v2': each(v2, nobleV2)
      },
      comparisons: {
        v1: { of: 'ours v1', against: 'noble v1', as: 'speed-up' },
        v2: { of: 'ours v2', against: 'noble v2', as: 'speed-up' }
      }
    }
  }
}
