import { Writer } from '../../bytes/index.ts'
import { TREE_SEGREGATION_FLAG, TREE_SIZE_FLAG } from '../ast/ergo-tree.ts'
import type { ConstantNode } from '../ast/nodes.ts'
import { OP } from '../ast/op-codes.ts'
import { writeConstant } from '../codec/expression-writer.ts'
import { readTreeTemplate, type TreeTemplate } from '../codec/tree-codec.ts'
import {
  collOf,
  SAvlTree,
  SBigInt,
  SBoolean,
  SBox,
  SByte,
  SGroupElement,
  SHeader,
  SInt,
  SLong,
  SPreHeader,
  SShort,
  SSigmaProp,
  SString,
  type SType,
  SUnit,
  SUnsignedBigInt,
  typeEquals
} from '../types/types.ts'
import { GroupElement } from '../values/group-element.ts'
import {
  ArrayColl,
  AvlTreeValue,
  BigIntValue,
  BoxValue,
  ByteValue,
  type Coll,
  HeaderValue,
  isColl,
  isSigmaBoolean,
  itemTypeOf,
  PreHeaderValue,
  ShortValue,
  UnsignedBigIntValue,
  type Value
} from '../values/values.ts'
import { collItems, MAX_COLL_LENGTH } from './coll.ts'
import { SUBST_CONSTANTS } from './cost.ts'
import { fail } from './errors.ts'
import type { Machine } from './machine.ts'
import { asBytes } from './type-check.ts'

/** Type of a constant made of a value, as its class tells; undefined where the reference makes none (`liftToConstant`). */
function liftedType(v: Value, m: Machine): SType | undefined {
  if (v instanceof ByteValue) return SByte
  if (v instanceof ShortValue) return SShort
  if (v instanceof BigIntValue) return SBigInt
  if (v instanceof GroupElement) return SGroupElement
  if (v instanceof AvlTreeValue) return SAvlTree
  if (isSigmaBoolean(v)) return SSigmaProp
  if (isColl(v)) return collOf(itemTypeOf(v))
  if (v instanceof BoxValue) return m.jit ? SBox : undefined
  switch (typeof v) {
    case 'number':
      return SInt
    case 'bigint':
      return SLong
    case 'boolean':
      return SBoolean
    case 'string':
      return m.v3 ? undefined : SString
    default:
  }
  if (!m.v3) return undefined
  if (v instanceof HeaderValue) return SHeader
  if (v instanceof PreHeaderValue) return SPreHeader
  return v instanceof UnsignedBigIntValue ? SUnsignedBigInt : undefined
}

function lift(v: Value, m: Machine): ConstantNode {
  const tpe = liftedType(v, m)
  return tpe === undefined ? fail('substConstants: value cannot be a constant') : { op: OP.Constant, tpe, value: v }
}

function intItems(coll: Coll): readonly number[] {
  return coll instanceof ArrayColl && coll.itemType.code === 4 ? (coll.items as readonly number[]) : fail('Coll[Int] expected')
}

/** Constants with new values at some positions: the first of a repeated position counts, one outside of them changes nothing. */
function replaceConstants(
  constants: readonly ConstantNode[],
  positions: readonly number[],
  values: readonly ConstantNode[]
): readonly ConstantNode[] {
  const replaced = [...constants]
  for (let i = positions.length - 1; i >= 0; i--) {
    const at = positions[i]!
    if (at >= 0 && at < replaced.length) replaced[at] = values[i]!
  }
  for (const [i, c] of replaced.entries()) {
    if (!typeEquals(c.tpe, constants[i]!.tpe)) fail('substConstants: constant of another type')
  }
  return replaced
}

/**
 * Bytes of the template with its new constants. Activated version, tree version of the *running* script and template header
 * decide on what stands before them: below activated version 2 a count always does, and below tree version 3 the size field is
 * lost.
 */
function writeTree(t: TreeTemplate, constants: readonly ConstantNode[], m: Machine): Uint8Array {
  const body = new Writer(t.template.length + 64)
  if (!m.jit || (t.header & TREE_SEGREGATION_FLAG) !== 0) body.uint(constants.length)
  for (const c of constants) writeConstant(body, c, m.versions)
  body.bytes(t.template)
  const out = new Writer(body.length + 6).u8(t.header)
  if (m.v3 && (t.header & TREE_SIZE_FLAG) !== 0) out.uint(body.length)
  out.bytes(body.toBytes())
  return out.length > MAX_COLL_LENGTH ? fail('substConstants: result too long') : out.toBytes()
}

/**
 * Can the values be written within the longest collection there is? Collections may share parts and stand for more bytes than
 * any memory has, so this looks at no more items than there can be bytes.
 */
function fitsResult(values: readonly ConstantNode[]): boolean {
  let room = MAX_COLL_LENGTH
  const fits = (v: Value): boolean => {
    if (!isColl(v) || itemTypeOf(v).code === SUnit.code) return --room >= 0
    if (v instanceof Uint8Array) return (room -= v.length) >= 0
    room--
    return collItems(v).every(fits)
  }
  return values.every((c) => fits(c.value))
}

/**
 * `substConstants` (reference: `ErgoTreeSerializer.substituteConstants`).
 *
 * @throws ScriptError, DecodeError, EncodeError
 * @throws ValidationRuleError when the template breaks a numbered rule
 */
export function substConstants(script: Coll, positions: Coll, newValues: Coll, m: Machine): Value {
  const values = collItems(newValues).map((v) => lift(v, m))
  if (!fitsResult(values)) fail('substConstants: result too long')
  const template = readTreeTemplate(asBytes(script), m.versions)
  const places = intItems(positions)
  if (places.length !== values.length) fail('substConstants: as many positions as values expected')
  const { constants } = template
  const result = writeTree(template, replaceConstants(constants, places, values), m)
  m.addItems(SUBST_CONSTANTS, constants.length)
  return result
}
