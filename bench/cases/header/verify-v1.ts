import secp256k1 from 'secp256k1'
import { checkPow } from '../../../src/chain/index.ts'
import type { TimedCase } from '../../harness.ts'
import { assertAll, bytes32, type Commitment, checkV1, each, mainnetHeaders, sodiumBlake2b } from './support.ts'

/** `d * G - f * w` on libsecp256k1, which has no double multiplication for arbitrary points: two, and a sum. */
const native: Commitment = (d, f, w) =>
  secp256k1.publicKeyCombine([
    secp256k1.publicKeyCreate(bytes32(d)),
    secp256k1.publicKeyNegate(secp256k1.publicKeyTweakMul(w, f))
  ])

export const bench: TimedCase = {
  name: 'header/verify-v1',
  workload:
    'Autolykos 1 of mainnet headers 1 to 2000, from bytes to verdict, against the same code on sodium-native and libsecp256k1',
  setup() {
    const headers = mainnetHeaders(['headers-1-2000'], 2000)
    const backend = sodiumBlake2b()
    const checks = {
      ours: (h: (typeof headers)[number]): boolean => checkPow(h) === null,
      native: (h: (typeof headers)[number]): boolean => checkV1(h, backend, native)
    }
    return {
      verify: () => assertAll(headers.slice(0, 300), checks),
      candidates: { ours: each(headers, checks.ours), native: each(headers, checks.native) },
      comparisons: { 'vs-native': { of: 'ours', against: 'native', as: 'ratio' } }
    }
  }
}
