import { bigIntFromBytes, Reader, Writer } from '../../bytes/index.ts'
import { hasRuntimeType, readData, writeData } from '../codec/data-codec.ts'
import { ScriptReader } from '../codec/script-reader.ts'
import { exactBigInt, newUnsigned } from '../eval/bigint.ts'
import { xorBytes } from '../eval/binary.ts'
import { MAX_COLL_LENGTH } from '../eval/coll.ts'
import { COST, perItem } from '../eval/cost.ts'
import { fail } from '../eval/errors.ts'
import type { Machine } from '../eval/machine.ts'
import { decodeCompactBits, encodeCompactBits, powHit, powHitCost } from '../eval/pow.ts'
import { addDataCost } from '../eval/serialize-cost.ts'
import { asBigInt, asBytes, asColl } from '../eval/type-check.ts'
import { bigIntOfBytes, longFromBytes } from '../eval/unary.ts'
import type { SType } from '../types/types.ts'
import { signedToBytes } from '../values/big-int-bytes.ts'
import { GroupElement } from '../values/group-element.ts'
import { ByteValue, GlobalValue, NONE, OptionValue, ShortValue, type Value } from '../values/values.ts'
import { dynamic, fixed, guarded, intArgument, longArgument, type MethodEntry, type MethodRun, typed } from './method-function.ts'

const DESERIALIZE = perItem(100, 32, 32)

/** Cost of starting a writer. */
const START_WRITER_COST = 10

/** Most JIT units that writing one byte may cost (eight booleans in a byte of their own collection, rounded up). */
const MAX_COST_PER_BYTE = 12

/** Largest BigInt, in bytes. */
const MAX_BIG_INT_BYTES = 32

/** Every method of Global wants it as its object. */
function onGlobal(run: MethodRun): MethodRun {
  return (self, args, m) => (self instanceof GlobalValue ? run(self, args, m) : fail('Global expected'))
}

function sized(bytes: Uint8Array, size: number): Uint8Array {
  return bytes.length === size ? bytes : fail(`fromBigEndianBytes: ${size} bytes expected`)
}

function fromBigEndianBytes(bytes: Uint8Array, type: SType): Value {
  switch (type.code) {
    case 2:
      return ByteValue.of(sized(bytes, 1)[0]!)
    case 3: {
      const [hi, lo] = sized(bytes, 2)
      return new ShortValue((((hi! << 8) | lo!) << 16) >> 16)
    }
    case 4: {
      const [a, b, c, d] = sized(bytes, 4)
      return (a! << 24) | (b! << 16) | (c! << 8) | d!
    }
    case 5:
      return longFromBytes(sized(bytes, 8))
    case 6:
      return bytes.length > MAX_BIG_INT_BYTES ? fail('fromBigEndianBytes: too many bytes') : bigIntOfBytes(bytes)
    case 9:
      return bytes.length > MAX_BIG_INT_BYTES ? fail('fromBigEndianBytes: too many bytes') : newUnsigned(bigIntFromBytes(bytes))
    default:
      return fail('fromBigEndianBytes: unsupported type')
  }
}

function serialize(value: Value, type: SType, m: Machine): Value {
  const before = m.cost
  m.add(START_WRITER_COST)
  guarded(() => addDataCost(value, type, m))
  // So expensive a value is longer than any collection, and need not be written to know that.
  if (m.cost - before > MAX_COST_PER_BYTE * MAX_COLL_LENGTH) fail('serialize: result too long')
  const w = new Writer()
  writeData(w, value, type, m.versions)
  return w.length > MAX_COLL_LENGTH ? fail('serialize: result too long') : w.toBytes()
}

function deserialize(bytes: Uint8Array, type: SType, m: Machine): Value {
  return guarded(() => readData(new ScriptReader(new Reader(bytes), m.versions), type))
}

export const globalMethods: readonly MethodEntry[] = [
  fixed(
    1,
    0,
    COST.groupGenerator,
    onGlobal(() => GroupElement.generator)
  ),
  dynamic(
    2,
    2,
    onGlobal((_, [l, r], m) => xorBytes(asColl(l!), asColl(r!), m))
  ),
  typed(3, 1, 0, (node) => {
    const type = node.args[0]!.tpe
    return onGlobal((_, [v], m) => serialize(v!, type, m))
  }),
  typed(4, 1, 0, (node) => {
    const usable = hasRuntimeType(node.tpe)
    return onGlobal((_, [b], m) => {
      const bytes = asBytes(b!)
      if (!usable) fail('deserializeTo: no run-time type')
      m.addItems(DESERIALIZE, bytes.length)
      return deserialize(bytes, node.tpe, m)
    })
  }),
  typed(5, 1, 10, (node) => onGlobal((_, [b]) => fromBigEndianBytes(asBytes(b!), node.tpe))),
  fixed(
    6,
    1,
    25,
    onGlobal((_, [n]) => {
      const value = asBigInt(n!)
      return encodeCompactBits(value, signedToBytes(value).length)
    })
  ),
  fixed(
    7,
    1,
    50,
    onGlobal((_, [n]) => exactBigInt(decodeCompactBits(longArgument(n))))
  ),
  dynamic(
    8,
    5,
    onGlobal((_, [k, msg, nonce, h, tableSize], m) => {
      const elements = intArgument(k)
      const [a, b, c] = [asBytes(msg!), asBytes(nonce!), asBytes(h!)]
      m.add(powHitCost(elements, a.length + b.length + c.length))
      return powHit(elements, a, b, c, intArgument(tableSize))
    })
  ),
  typed(9, 1, 5, (node) => {
    const usable = hasRuntimeType(node.tpe)
    return onGlobal((_, [v]) => (usable ? new OptionValue(v!) : fail('some: no run-time type')))
  }),
  typed(10, 0, 5, (node) => {
    const usable = hasRuntimeType(node.tpe)
    return onGlobal(() => (usable ? NONE : fail('none: no run-time type')))
  })
]
