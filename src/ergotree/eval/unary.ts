import { blake2b256, secp256k1, sha256 } from '../../crypto/index.ts'
import type { UnaryNode, UnaryOp } from '../ast/nodes.ts'
import { OP } from '../ast/op-codes.ts'
import { signedFromBytes } from '../values/big-int-bytes.ts'
import { GROUP_ELEMENT_BYTES, GroupElement } from '../values/group-element.ts'
import { ProveDlog } from '../values/sigma-boolean.ts'
import { ArrayColl, type BoxValue, type Coll, collLength, isSigmaBoolean, type Value } from '../values/values.ts'
import { exactBigInt } from './bigint.ts'
import { boxCreationInfo } from './box.ts'
import { collItems } from './coll.ts'
import { AND, BLAKE2B256, COST, OR, SHA256, SIGMA_PROP_BYTES, XOR_OF } from './cost.ts'
import { fail } from './errors.ts'
import type { Machine } from './machine.ts'
import { NUMERIC } from './numeric.ts'
import { asSigma, propBytes, sigmaOfBoolean } from './sigma.ts'
import { asBoolean, asBox, asBytes, asColl, asGroupElement, asLong, asOption } from './type-check.ts'

/** Result of an operation of one argument; adds its cost. */
export type UnaryFunction = (v: Value, m: Machine) => Value

/** Eight bytes, big-endian. */
export function longToBytes(n: bigint): Uint8Array {
  const out = new Uint8Array(8)
  new DataView(out.buffer).setBigInt64(0, n)
  return out
}

/** The first eight bytes as a big-endian number (`Longs.fromByteArray`). */
export function longFromBytes(bytes: Uint8Array): bigint {
  if (bytes.length < 8) fail(`${bytes.length} bytes are too few for a Long`)
  return new DataView(bytes.buffer, bytes.byteOffset).getBigInt64(0)
}

export function bigIntOfBytes(bytes: Uint8Array): Value {
  if (bytes.length === 0) fail('Zero length BigInteger')
  return exactBigInt(signedFromBytes(bytes))
}

/** Point of the first 33 bytes; infinity when the first of them is 0. */
export function decodePoint(bytes: Uint8Array): GroupElement {
  if (bytes.length < GROUP_ELEMENT_BYTES) fail(`${bytes.length} bytes are too few for a group element`)
  if (bytes[0] === 0) return GroupElement.infinity
  const encoded = bytes.slice(0, GROUP_ELEMENT_BYTES)
  return secp256k1.isValid(encoded) ? new GroupElement(encoded) : fail('not a point of the curve')
}

/** AND and OR stop at the first item that decides; what was looked at is paid for afterwards. */
function allOrAny(all: boolean): UnaryFunction {
  const kind = all ? AND : OR
  return (v, m) => {
    const coll = asColl(v)
    const items = collItems(coll)
    let i = 0
    let result = all
    while (i < items.length && result === all) {
      result = asBoolean(items[i]!)
      i++
    }
    m.addItems(kind, i)
    return result
  }
}

/** Parity; before activated version 2, "both values occur". */
function xorOf(coll: Coll, jit: boolean): boolean {
  if (!jit && !(coll instanceof ArrayColl && coll.itemType.code === 1)) fail('Coll[Boolean] expected')
  const items = collItems(coll)
  let parity = false
  let trues = 0
  for (const item of items) {
    if (!asBoolean(item)) continue
    parity = !parity
    trues++
  }
  return jit ? parity : trues > 0 && trues < items.length
}

function boolToSigma(v: Value, m: Machine): Value {
  m.add(COST.boolToSigmaProp)
  // Scripts of blocks below version 3 apply this to propositions.
  if (!m.jit && isSigmaBoolean(v)) return v
  return sigmaOfBoolean(asBoolean(v))
}

/** Operation on a box with a fixed cost. */
function ofBox(cost: number, get: (box: BoxValue, m: Machine) => Value): UnaryFunction {
  return (v, m) => {
    m.add(cost)
    return get(asBox(v), m)
  }
}

export const boxValue = (b: BoxValue): Value => b.box.value
export const boxScriptBytes = (b: BoxValue): Value => b.box.tree.bytes
export const boxBytes = (b: BoxValue): Value => b.box.bytes
export const boxId = (b: BoxValue): Value => b.box.id
/**
 * Written anew under the versions of the script that asks first, not cut out of the box's bytes. Kept: writing a box costs far more
 * time than the operation costs.
 */
export function boxBytesWithoutRef(b: BoxValue, m: Machine): Value {
  let bytes = bytesWithoutRef.get(b)
  if (bytes === undefined) {
    bytes = b.box.bytesWithoutRef(m.versions)
    bytesWithoutRef.set(b, bytes)
  }
  return bytes
}

const bytesWithoutRef = new WeakMap<BoxValue, Uint8Array>()

const FIXED: ReadonlyMap<UnaryOp, UnaryFunction> = new Map<UnaryOp, UnaryFunction>([
  [
    OP.LongToByteArray,
    (v, m) => {
      m.add(COST.longToByteArray)
      return longToBytes(asLong(v))
    }
  ],
  [
    OP.ByteArrayToLong,
    (v, m) => {
      m.add(COST.byteArrayToLong)
      return longFromBytes(asBytes(v))
    }
  ],
  [
    OP.ByteArrayToBigInt,
    (v, m) => {
      m.add(COST.byteArrayToBigInt)
      return bigIntOfBytes(asBytes(v))
    }
  ],
  [
    OP.DecodePoint,
    (v, m) => {
      m.add(COST.decodePoint)
      return decodePoint(asBytes(v))
    }
  ],
  [OP.And, allOrAny(true)],
  [OP.Or, allOrAny(false)],
  [
    OP.XorOf,
    (v, m) => {
      const coll = asColl(v)
      m.addItems(XOR_OF, collLength(coll))
      return xorOf(coll, m.jit)
    }
  ],
  [
    OP.SizeOf,
    (v, m) => {
      m.add(COST.sizeOf)
      return collLength(asColl(v))
    }
  ],
  [OP.ExtractAmount, ofBox(COST.extractAmount, boxValue)],
  [OP.ExtractScriptBytes, ofBox(COST.extractScriptBytes, boxScriptBytes)],
  [OP.ExtractBytes, ofBox(COST.extractBytes, boxBytes)],
  [OP.ExtractBytesWithNoRef, ofBox(COST.extractBytes, boxBytesWithoutRef)],
  [OP.ExtractId, ofBox(COST.extractId, boxId)],
  [OP.ExtractCreationInfo, ofBox(COST.extractCreationInfo, boxCreationInfo)],
  [
    OP.CalcBlake2b256,
    (v, m) => {
      const bytes = asBytes(v)
      m.addItems(BLAKE2B256, bytes.length)
      return blake2b256(bytes)
    }
  ],
  [
    OP.CalcSha256,
    (v, m) => {
      const bytes = asBytes(v)
      m.addItems(SHA256, bytes.length)
      return sha256(bytes)
    }
  ],
  [
    OP.CreateProveDlog,
    (v, m) => {
      m.add(COST.createProveDlog)
      return new ProveDlog(asGroupElement(v))
    }
  ],
  [
    OP.SigmaPropBytes,
    (v, m) => {
      const prop = asSigma(v)
      m.addItems(SIGMA_PROP_BYTES, prop.size)
      return propBytes(prop)
    }
  ],
  [OP.BoolToSigmaProp, boolToSigma],
  [
    OP.OptionGet,
    (v, m) => {
      m.add(COST.optionGet)
      return asOption(v).value ?? fail('None.get')
    }
  ],
  [
    OP.OptionIsDefined,
    (v, m) => {
      m.add(COST.optionIsDefined)
      return asOption(v).value !== undefined
    }
  ],
  [
    OP.LogicalNot,
    (v, m) => {
      m.add(COST.logicalNot)
      return !asBoolean(v)
    }
  ]
])

/** The function of a node; undefined for operations that the reference cannot evaluate (isProven, ModQ, bit inversion). */
export function unaryFunction(node: UnaryNode): UnaryFunction | undefined {
  if (node.op !== OP.Negation) return FIXED.get(node.op)
  const ops = NUMERIC.get(node.input.tpe.code)
  if (ops === undefined) return undefined
  return (v, m) => {
    m.add(COST.negation)
    return ops.negate(v)
  }
}
