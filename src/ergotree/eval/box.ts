import { concatBytes } from '../../bytes/index.ts'
import { collOf, pairOf, SByteArray, SInt, SLong, type SType, typeEquals } from '../types/types.ts'
import type { ErgoBox } from '../values/ergo-box.ts'
import { ArrayColl, type BoxValue, GenericBytes, NONE, OptionValue, PairValue, type Value } from '../values/values.ts'
import { fail } from './errors.ts'
import { evaluatedValue } from './evaluated.ts'
import { needDescriptor } from './type-check.ts'

interface Register {
  readonly type: SType
  readonly value: Value
}

/** R0 to R9. */
const REGISTERS = 10

const TOKEN_TYPE = pairOf(SByteArray, SLong)
const TOKENS_TYPE = collOf(TOKEN_TYPE)
const CREATION_INFO_TYPE = pairOf(SInt, SByteArray)

/** Tokens of a box as `Coll[(Coll[Byte], Long)]`. In the reference an array of pairs, not a pair of arrays. */
function tokensValue(box: ErgoBox): Value {
  return new ArrayColl(
    TOKEN_TYPE,
    box.tokens.map((t) => new PairValue(t.id, t.amount))
  )
}

function creationInfoValue(box: ErgoBox): Value {
  const index = Uint8Array.of(box.index >> 8, box.index)
  return new PairValue(box.creationHeight, GenericBytes.from(concatBytes(box.transactionId, index)))
}

function convertRegisters(box: ErgoBox): Register[] {
  const out: Register[] = [
    { type: SLong, value: box.value },
    { type: SByteArray, value: GenericBytes.from(box.tree.bytes) },
    { type: TOKENS_TYPE, value: tokensValue(box) },
    { type: CREATION_INFO_TYPE, value: creationInfoValue(box) }
  ]
  for (const node of box.registers) {
    needDescriptor(node.tpe)
    out.push({ type: node.tpe, value: evaluatedValue(node) })
  }
  return out
}

/**
 * All registers of a box, converted together on the first access to any of them, as in the reference (`CBox.registers`): one
 * that has no value makes every access fail.
 */
function registersOf(box: BoxValue): readonly Register[] {
  const known = box.registers as readonly Register[] | undefined
  if (known !== undefined) return known
  const made = convertRegisters(box.box)
  box.registers = made
  return made
}

/** `Box.getReg`: no such register is None, another type fails. */
export function getRegister(box: BoxValue, index: number, type: SType): OptionValue {
  const registers = registersOf(box)
  if (index < 0 || index >= REGISTERS) return NONE
  const register = registers[index]
  if (register === undefined) return NONE
  if (!typeEquals(register.type, type)) fail(`Cannot getReg(${index}): invalid type of value`)
  return new OptionValue(register.value)
}

export function boxTokens(box: BoxValue): Value {
  return registersOf(box)[2]!.value
}

/** Height and the reference to the output: transaction id, then index as two bytes. */
export function boxCreationInfo(box: BoxValue): Value {
  return registersOf(box)[3]!.value
}
