import { secp256k1 as noble } from '@noble/curves/secp256k1.js'
import { bigIntFromBytes, bigIntToBytes } from '../bytes/index.ts'
import { AFFINE_BYTES, GROUP_ORDER, POINT_BYTES, Point, PointError, type Scalar } from './point.ts'
import type { Secp256k1 } from './secp256k1-types.ts'

type NoblePoint = InstanceType<typeof noble.Point>

function fromNoble(p: NoblePoint): Point {
  const affine = new Uint8Array(AFFINE_BYTES)
  if (!p.is0()) {
    const { x, y } = p.toAffine()
    affine.set(bigIntToBytes(x, 32), 0)
    affine.set(bigIntToBytes(y, 32), 32)
  }
  return new Point(affine)
}

function toNoble(p: Point): NoblePoint {
  if (p.isIdentity) return noble.Point.ZERO
  return noble.Point.fromAffine({ x: bigIntFromBytes(p.affine.subarray(0, 32)), y: bigIntFromBytes(p.affine.subarray(32)) })
}

function toNumber(scalar: Scalar): bigint {
  const n = (typeof scalar === 'bigint' ? scalar : bigIntFromBytes(scalar)) % GROUP_ORDER
  return n < 0n ? n + GROUP_ORDER : n
}

function decodeNoble(bytes: Uint8Array): NoblePoint {
  if (bytes.length !== POINT_BYTES) {
    throw new PointError('POINT_LENGTH', `group element has ${bytes.length} bytes, not ${POINT_BYTES}`)
  }
  if (bytes[0] === 0) return noble.Point.ZERO
  if (bytes[0] !== 2 && bytes[0] !== 3) throw new PointError('POINT_PREFIX', `group element starts with byte ${bytes[0]}`)
  try {
    return noble.Point.fromBytes(bytes)
  } catch {
    throw new PointError('POINT_NOT_ON_CURVE', 'no point of the curve has this x coordinate')
  }
}

function times(p: NoblePoint, k: bigint): NoblePoint {
  return k === 0n || p.is0() ? noble.Point.ZERO : p.multiplyUnsafe(k)
}

function encode(p: NoblePoint): Uint8Array {
  return p.is0() ? new Uint8Array(POINT_BYTES) : p.toBytes(true)
}

/** The group on `@noble/curves`: runs everywhere, audited, and the measure of every other backend. */
export function createNobleSecp256k1(): Secp256k1 {
  return {
    backend: 'noble',
    order: GROUP_ORDER,
    generator: fromNoble(noble.Point.BASE),
    identity: new Point(new Uint8Array(AFFINE_BYTES)),
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
    multiply: (a, scalar) => fromNoble(times(toNoble(a), toNumber(scalar))),
    multiplyBase: (scalar) => fromNoble(times(noble.Point.BASE, toNumber(scalar))),
    combine: (k1, a, k2, b) => fromNoble(times(toNoble(a), toNumber(k1)).add(times(toNoble(b), toNumber(k2)))),
    schnorrCommitment: (z, e, h) => encode(times(noble.Point.BASE, toNumber(z)).subtract(times(decodeNoble(h), toNumber(e)))),
    dhCommitment: (z, e, g, u) => encode(times(decodeNoble(g), toNumber(z)).subtract(times(decodeNoble(u), toNumber(e))))
  }
}
