import assert from 'node:assert/strict'
import { secp256k1 as nobleCurve } from '@noble/curves/secp256k1.js'
import native from 'secp256k1'
import { bigIntFromBytes, bigIntToBytes } from '../../../src/bytes/index.ts'
import { blake2b256, secp256k1 } from '../../../src/crypto/index.ts'
import { createSecp256k1 } from '../../../src/crypto/secp256k1.ts'
import type { Candidate, TimedCase } from '../../harness.ts'

/** Proofs in a pass: enough that no key repeats soon. */
const PROOFS = 32

interface Proof {
  z: Uint8Array
  /** 192 bits, as in sigma proofs. */
  e: Uint8Array
  publicKey: Uint8Array
  commitment: Uint8Array
}

/** Real Schnorr proofs of keys made from numbers: commitment g^r, response z = r + e * x. */
function makeProofs(): Proof[] {
  const order = secp256k1.order
  return Array.from({ length: PROOFS }, (_, i) => {
    const secret = bigIntFromBytes(blake2b256(Uint8Array.of(1, i))) % order
    const nonce = bigIntFromBytes(blake2b256(Uint8Array.of(2, i))) % order
    const commitment = nobleCurve.Point.BASE.multiply(nonce).toBytes(true)
    const e = blake2b256(commitment).slice(0, 24)
    return {
      z: bigIntToBytes((nonce + bigIntFromBytes(e) * secret) % order, 32),
      e,
      publicKey: nobleCurve.Point.BASE.multiply(secret).toBytes(true),
      commitment
    }
  })
}

/** z * G - e * key with what the native package offers: two multiplications, a negation and an addition. */
function nativeCommitment({ z, e, publicKey }: Proof): Uint8Array {
  const tweak = new Uint8Array(32)
  tweak.set(e, 8)
  const part = native.publicKeyNegate(native.publicKeyTweakMul(publicKey, tweak))
  return native.publicKeyCombine([native.publicKeyCreate(z), part])
}

export const bench: TimedCase = {
  name: 'ec/sigma',
  workload:
    'commitment of a P2PK proof, z * G - e * key from and to 33 bytes, which is the elliptic curve part of verifying one input',
  setup() {
    const proofs = makeProofs()
    const noble = createSecp256k1('noble')!
    const run =
      (commit: (proof: Proof) => Uint8Array): Candidate =>
      (n) => {
        let sink = 0
        for (let i = 0; i < n; i++) sink ^= commit(proofs[i % PROOFS]!)[i % 33]!
        return sink
      }
    return {
      verify() {
        for (const proof of proofs) {
          assert.deepEqual(secp256k1.schnorrCommitment(proof.z, proof.e, proof.publicKey), proof.commitment)
          assert.deepEqual(new Uint8Array(nativeCommitment(proof)), proof.commitment)
          assert.deepEqual(noble.schnorrCommitment(proof.z, proof.e, proof.publicKey), proof.commitment)
        }
      },
      candidates: {
        ours: run((p) => secp256k1.schnorrCommitment(p.z, p.e, p.publicKey)),
        native: run(nativeCommitment),
        noble: run((p) => noble.schnorrCommitment(p.z, p.e, p.publicKey))
      },
      comparisons: {
        'vs-native': { of: 'ours', against: 'native', as: 'ratio' },
        'vs-noble': { of: 'ours', against: 'noble', as: 'speed-up' }
      }
    }
  }
}
