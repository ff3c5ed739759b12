import { type AvlOperation, AvlVerifier } from '../../crypto/avltree/index.ts'
import { collItems, itemAt, visitedItems } from '../eval/coll.ts'
import { type PerItemCost, perItem } from '../eval/cost.ts'
import { fail } from '../eval/errors.ts'
import type { Machine } from '../eval/machine.ts'
import { asBytes, asColl } from '../eval/type-check.ts'
import { optionOf, SByteArray } from '../types/types.ts'
import { ArrayColl, AvlTreeValue, ByteValue, NONE, OptionValue, PairValue, type Value } from '../values/values.ts'
import { byteArgument, dynamic, fixed, type MethodEntry } from './method-function.ts'

/** Cost of reading a property or permission. */
const PROPERTY_COST = 15
/** Cost of a tree with a new digest. */
const UPDATE_DIGEST_COST = 40

const CREATE_VERIFIER = perItem(110, 20, 64)
const LOOKUP = perItem(40, 10, 1)
const INSERT = perItem(40, 10, 1)
const UPDATE = perItem(120, 20, 1)
const REMOVE = perItem(100, 15, 1)

const INSERT_FLAG = 1
const UPDATE_FLAG = 2
const REMOVE_FLAG = 4

function asTree(v: Value): AvlTreeValue {
  return v instanceof AvlTreeValue ? v : fail('AvlTree expected')
}

function property(id: number, get: (t: AvlTreeValue) => Value): MethodEntry {
  return fixed(id, 0, PROPERTY_COST, (t) => get(asTree(t)))
}

function withDigest(t: AvlTreeValue, digest: Uint8Array): AvlTreeValue {
  return new AvlTreeValue(digest, t.flags, t.keyLength, t.valueLength)
}

/** The number of proof bytes is paid for, whether they are a proof or not. */
function verifierOf(tree: AvlTreeValue, proof: Uint8Array, m: Machine): AvlVerifier {
  m.addItems(CREATE_VERIFIER, proof.length)
  return new AvlVerifier(tree.digest, proof, { keyLength: tree.keyLength, valueLength: tree.valueLength })
}

/** What is there under a key; fails when the proof does not tell. */
function lookup(verifier: AvlVerifier, key: Uint8Array): OptionValue {
  const result = verifier.perform({ kind: 'lookup', key })
  if (!result.ok) return fail('Tree proof is incorrect')
  return result.value === undefined ? NONE : new OptionValue(result.value)
}

/** The tree after the operations, if all of them went well. */
function result(tree: AvlTreeValue, verifier: AvlVerifier, m: Machine): Value {
  const digest = newDigest(verifier)
  if (digest === undefined) return NONE
  m.add(UPDATE_DIGEST_COST)
  return new OptionValue(withDigest(tree, digest))
}

function newDigest(verifier: AvlVerifier): Uint8Array | undefined {
  try {
    return verifier.digest()
  } catch {
    // A height that no digest has room for; an assertion of the reference.
    return fail('height of the tree is not within 0..255')
  }
}

function pairOfBytes(v: Value): readonly [Uint8Array, Uint8Array] {
  return v instanceof PairValue ? [asBytes(v.first), asBytes(v.second)] : fail('pair expected')
}

/** insert, update, insertOrUpdate: entries until one fails, each paid for by the height that the digest names. */
function modify(
  kind: Extract<AvlOperation['kind'], 'insert' | 'update' | 'insertOrUpdate'>,
  flags: number,
  permissions: number,
  cost: PerItemCost
): (t: Value, args: readonly Value[], m: Machine) => Value {
  return (t, [e, p], m) => {
    const tree = asTree(t)
    const entries = asColl(e!)
    const proof = asColl(p!)
    for (let i = 0; i < permissions; i++) m.add(PROPERTY_COST)
    if ((tree.flags & flags) !== flags) return NONE
    const verifier = verifierOf(tree, asBytes(proof), m)
    const height = Math.max(verifier.startHeight, 1)
    for (let i = 0; i < visitedItems(entries); i++) {
      const entry = itemAt(entries, i)
      m.addItems(cost, height)
      const [key, value] = pairOfBytes(entry)
      if (verifier.perform({ kind, key, value }).ok) continue
      if (kind === 'insert' && !m.v3) fail('Incorrect insert')
      break
    }
    return result(tree, verifier, m)
  }
}

/** remove goes on when a key fails, and pays for each. */
function remove(t: Value, [k, p]: readonly Value[], m: Machine): Value {
  const tree = asTree(t)
  const keys = asColl(k!)
  const proof = asColl(p!)
  m.add(PROPERTY_COST)
  if ((tree.flags & REMOVE_FLAG) === 0) return NONE
  const verifier = verifierOf(tree, asBytes(proof), m)
  const height = Math.max(verifier.startHeight, 1)
  for (const key of collItems(keys)) {
    m.addItems(REMOVE, height)
    verifier.perform({ kind: 'remove', key: asBytes(key) })
  }
  m.add(PROPERTY_COST)
  return result(tree, verifier, m)
}

export const avlTreeMethods: readonly MethodEntry[] = [
  property(1, (t) => t.digest),
  property(2, (t) => ByteValue.of(t.flags)),
  property(3, (t) => t.keyLength),
  property(4, (t) => (t.valueLength === undefined ? NONE : new OptionValue(t.valueLength))),
  property(5, (t) => (t.flags & INSERT_FLAG) !== 0),
  property(6, (t) => (t.flags & UPDATE_FLAG) !== 0),
  property(7, (t) => (t.flags & REMOVE_FLAG) !== 0),
  fixed(8, 1, 45, (t, [flags]) => {
    const tree = asTree(t)
    return new AvlTreeValue(tree.digest, byteArgument(flags) & 7, tree.keyLength, tree.valueLength)
  }),
  dynamic(9, 2, (t, [key, proof], m) => {
    const verifier = verifierOf(asTree(t), asBytes(proof!), m)
    m.addItems(LOOKUP, verifier.startHeight)
    const found = verifier.perform({ kind: 'lookup', key: asBytes(key!) })
    return found.ok && found.value !== undefined
  }),
  dynamic(10, 2, (t, [key, proof], m) => {
    const verifier = verifierOf(asTree(t), asBytes(proof!), m)
    m.addItems(LOOKUP, verifier.startHeight)
    return lookup(verifier, asBytes(key!))
  }),
  dynamic(11, 2, (t, [keys, proof], m) => {
    const verifier = verifierOf(asTree(t), asBytes(proof!), m)
    const found = collItems(asColl(keys!)).map((key) => {
      m.addItems(LOOKUP, verifier.startHeight)
      return lookup(verifier, asBytes(key))
    })
    return new ArrayColl(optionOf(SByteArray), found)
  }),
  dynamic(12, 2, modify('insert', INSERT_FLAG, 1, INSERT)),
  dynamic(13, 2, modify('update', UPDATE_FLAG, 1, UPDATE)),
  dynamic(14, 2, remove),
  fixed(15, 1, UPDATE_DIGEST_COST, (t, [digest]) => withDigest(asTree(t), asBytes(digest!))),
  dynamic(16, 2, modify('insertOrUpdate', INSERT_FLAG | UPDATE_FLAG, 2, UPDATE))
]
