import { createNobleSecp256k1 } from './secp256k1-noble.ts'
import type { Secp256k1 } from './secp256k1-types.ts'

/** The group, on the fastest backend that this platform has. */
export const secp256k1: Secp256k1 = createNobleSecp256k1()
