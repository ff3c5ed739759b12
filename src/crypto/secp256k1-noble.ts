import { secp256k1 as noble } from '@noble/curves/secp256k1.js'
import { bigIntFromBytes, bigIntToBytes } from '../bytes/index.ts'
import { AFFINE_BYTES, GROUP_ORDER, notOnCurve, POINT_BYTES, Point, readsAsIdentity } from './point.ts'
import { scalarToBigInt } from './scalar.ts'
import type { Secp256k1 } from './secp256k1-types.ts'

type NoblePoint = InstanceType<typeof noble.Point>

const IDENTITY = Point.identity()

function fromNoble(p: NoblePoint): Point {
  if (p.is0()) return IDENTITY
  const affine = new Uint8Array(AFFINE_BYTES)
  const { x, y } = p.toAffine()
  affine.set(bigIntToBytes(x, 32), 0)
  affine.set(bigIntToBytes(y, 32), 32)
  return new Point(affine, false)
}

function toNoble(p: Point): NoblePoint {
  if (p.isIdentity) return noble.Point.ZERO
  return noble.Point.fromAffine({ x: bigIntFromBytes(p.affine.subarray(0, 32)), y: bigIntFromBytes(p.affine.subarray(32)) })
}

function decodeNoble(bytes: Uint8Array): NoblePoint {
  if (readsAsIdentity(bytes)) return noble.Point.ZERO
  try {
    return noble.Point.fromBytes(bytes)
  } catch {
    throw notOnCurve()
  }
}

function times(p: NoblePoint, k: bigint): NoblePoint {
  return k === 0n || p.is0() ? noble.Point.ZERO : p.multiplyUnsafe(k)
}

function encode(p: NoblePoint): Uint8Array {
  return p.is0() ? new Uint8Array(POINT_BYTES) : p.toBytes(true)
}

/** The group on `@noble/curves`: runs everywhere, audited, and the measure of the WebAssembly kernel. */
export function createNobleSecp256k1(): Secp256k1 {
  return {
    backend: 'noble',
    order: GROUP_ORDER,
    generator: fromNoble(noble.Point.BASE),
    identity: IDENTITY,
    decode: (bytes) => fromNoble(decodeNoble(bytes)),
    isValid(bytes) {
      try {
        decodeNoble(bytes)
        return true
      } catch {
        return false
      }
    },
    add: (a, b) => fromNoble(toNoble(a).add(toNoble(b))),
    negate: (a) => fromNoble(toNoble(a).negate()),
    multiply: (a, scalar) => fromNoble(times(toNoble(a), scalarToBigInt(scalar))),
    multiplyBase: (scalar) => fromNoble(times(noble.Point.BASE, scalarToBigInt(scalar))),
    combine: (k1, a, k2, b) => fromNoble(times(toNoble(a), scalarToBigInt(k1)).add(times(toNoble(b), scalarToBigInt(k2)))),
    schnorrCommitment: (z, e, h) =>
      encode(times(noble.Point.BASE, scalarToBigInt(z)).subtract(times(decodeNoble(h), scalarToBigInt(e)))),
    dhCommitment: (z, e, g, u) =>
      encode(times(decodeNoble(g), scalarToBigInt(z)).subtract(times(decodeNoble(u), scalarToBigInt(e))))
  }
}
