import { createNobleSecp256k1 } from './secp256k1-noble.ts'
import type { Secp256k1 } from './secp256k1-types.ts'
import { createWasmSecp256k1 } from './secp256k1-wasm.ts'

/** A backend by name. Asked for `wasm` where that cannot run, it is `undefined`. */
export function createSecp256k1(name: 'wasm' | 'noble'): Secp256k1 | undefined {
  return name === 'wasm' ? createWasmSecp256k1() : createNobleSecp256k1()
}

let chosen: Secp256k1 | undefined
const backend = (): Secp256k1 => (chosen ??= createWasmSecp256k1() ?? createNobleSecp256k1())

/** The group on the fastest backend here, which is made at first use. */
export const secp256k1: Secp256k1 = {
  get backend() {
    return backend().backend
  },
  get order() {
    return backend().order
  },
  get generator() {
    return backend().generator
  },
  get identity() {
    return backend().identity
  },
  decode: (bytes) => backend().decode(bytes),
  isValid: (bytes) => backend().isValid(bytes),
  add: (a, b) => backend().add(a, b),
  negate: (a) => backend().negate(a),
  multiply: (a, scalar) => backend().multiply(a, scalar),
  multiplyBase: (scalar) => backend().multiplyBase(scalar),
  combine: (k1, a, k2, b) => backend().combine(k1, a, k2, b),
  schnorrCommitment: (z, e, h) => backend().schnorrCommitment(z, e, h),
  dhCommitment: (z, e, g, u) => backend().dhCommitment(z, e, g, u)
}
