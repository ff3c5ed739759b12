/**
 * Sigma protocol: proofs of knowledge that a script's reduced proposition asks for.
 *
 * ```ts
 * import { dlogSecret, proveSigma, sigmaProofCost, verifySigmaProof } from './index.ts'
 *
 * const secret = dlogSecret(privateKey)
 * const proof = proveSigma(secret.image, bytesToSign, [secret], (size) => crypto.getRandomValues(new Uint8Array(size)))
 * verifySigmaProof(secret.image, bytesToSign, proof) // true
 * sigmaProofCost(secret.image)                       // 3980 JIT units
 * ```
 *
 * @packageDocumentation
 */
export { sigmaProofCost } from './cost.ts'
export { dhTupleSecret, dlogSecret, proveSigma, type RandomBytes, SigmaProveError, type SigmaSecret } from './prove.ts'
export { CHALLENGE_BYTES, RESPONSE_BYTES, verifySigmaProof } from './verify.ts'
