import sodium from 'sodium-native'
import { checkPow } from '../../../src/chain/index.ts'
import type { TimedCase } from '../../harness.ts'
import { assertAll, checkV2, each, mainnetHeaders, sodiumBlake2b } from './support.ts'

/** Hashes of 8,200 bytes in one check: the bound that no code with one stream can pass. */
const ELEMENTS = 33

export const bench: TimedCase = {
  name: 'header/verify-v2',
  workload:
    'Autolykos 2 of mainnet headers, versions 2 to 4, from bytes to verdict, against the same code on sodium-native; *of-bound*: against 33 hashes of 8,200 bytes alone',
  setup() {
    const headers = [
      ...mainnetHeaders(['headers-curated'], 40).filter((h) => h.version >= 2),
      ...mainnetHeaders(['headers-before-1795968'], 350)
    ]
    const backend = sodiumBlake2b()
    const ours = (h: (typeof headers)[number]): boolean => checkPow(h) === null
    const native = (h: (typeof headers)[number]): boolean => checkV2(h, backend)
    const message = new Uint8Array(8200)
    const out = new Uint8Array(32)
    return {
      verify: () => assertAll(headers, { ours, native }),
      candidates: {
        ours: each(headers, ours),
        'on sodium': each(headers, native),
        'sodium hashes alone'(n) {
          let sink = 0
          for (let i = 0; i < n * ELEMENTS; i++) {
            message[3] = i
            sodium.crypto_generichash(out, message)
            sink ^= out[i & 31]!
          }
          return sink
        }
      },
      comparisons: {
        'vs-sodium': { of: 'ours', against: 'on sodium', as: 'ratio' },
        'of-bound': { of: 'ours', against: 'sodium hashes alone', as: 'ratio' }
      }
    }
  }
}
