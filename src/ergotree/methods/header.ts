import { newBigInt } from '../eval/bigint.ts'
import { fail } from '../eval/errors.ts'
import { checkHeaderPow } from '../eval/pow.ts'
import {
  AvlTreeValue,
  ByteValue,
  HeaderValue,
  PreHeaderValue,
  type ScriptHeader,
  type ScriptPreHeader,
  type Value
} from '../values/values.ts'
import { fixed, type MethodEntry } from './method-function.ts'

/** Cost of reading one field. */
const FIELD_COST = 10

/** All operations allowed. */
const ALL_FLAGS = 7

/** Length of box ids, the keys of the UTXO tree. */
const UTXO_KEY_LENGTH = 32

function asHeader(v: Value): ScriptHeader {
  return v instanceof HeaderValue ? v.header : fail('Header expected')
}

function asPreHeader(v: Value): ScriptPreHeader {
  return v instanceof PreHeaderValue ? v.preHeader : fail('PreHeader expected')
}

function field(id: number, get: (h: ScriptHeader) => Value): MethodEntry {
  return fixed(id, 0, FIELD_COST, (h) => get(asHeader(h)))
}

function preField(id: number, get: (h: ScriptPreHeader) => Value): MethodEntry {
  return fixed(id, 0, FIELD_COST, (h) => get(asPreHeader(h)))
}

export const headerMethods: readonly MethodEntry[] = [
  field(1, (h) => h.id),
  field(2, (h) => ByteValue.of(h.version)),
  field(3, (h) => h.parentId),
  field(4, (h) => h.adProofsRoot),
  field(5, (h) => new AvlTreeValue(h.stateRoot, ALL_FLAGS, UTXO_KEY_LENGTH, undefined)),
  field(6, (h) => h.transactionsRoot),
  field(7, (h) => h.timestamp),
  field(8, (h) => BigInt(h.nBits)),
  field(9, (h) => h.height),
  field(10, (h) => h.extensionRoot),
  field(11, (h) => h.minerPk),
  field(12, (h) => h.powOnetimePk),
  field(13, (h) => h.powNonce),
  fixed(14, 0, FIELD_COST, (h, _, m) => newBigInt(asHeader(h).powDistance, m.v3)),
  field(15, (h) => h.votes),
  fixed(16, 0, 700, (h) => checkHeaderPow(asHeader(h)))
]

export const preHeaderMethods: readonly MethodEntry[] = [
  preField(1, (h) => ByteValue.of(h.version)),
  preField(2, (h) => h.parentId),
  preField(3, (h) => h.timestamp),
  preField(4, (h) => h.nBits),
  preField(5, (h) => h.height),
  preField(6, (h) => h.minerPk),
  preField(7, (h) => h.votes)
]
