import { toHex, Writer } from '../../../src/bytes/index.ts'
import { AvlProver } from '../../../src/crypto/avltree/index.ts'
import { SByte, type SType, signedToBytes, writeType } from '../../../src/ergotree/index.ts'
import type { Random } from './random.ts'

const VERSIONS = { activated: 2, tree: 0 }

/** Compressed points: the generator, its double, its triple, and infinity. */
export const POINTS: readonly string[] = [
  '0279be667ef9dcbbac55a06295ce870b07029bfcdb2dce28d959f2815b16f81798',
  '02c6047f9441ed7d6d3045406e95c07cd85c778e4b8cef3ca7abac09b95c709ee5',
  '02f9308a019258c31049344f85f89d5229b531c845836f99b08601f113bce036f9',
  '000000000000000000000000000000000000000000000000000000000000000000'
]

/** Keys of the AVL+ tree that scripts get; the last one is not in it. */
export const AVL_KEYS: readonly Uint8Array[] = [3, 9, 27, 81, 5].map((b) => new Uint8Array(8).fill(b))

const prover = new AvlProver({ keyLength: 8 })
for (const key of AVL_KEYS.slice(0, 4)) prover.perform({ kind: 'insert', key, value: key.subarray(0, 3) })
prover.prove()

/** Its digest. */
export const AVL_DIGEST: Uint8Array = prover.digest()

/** Proofs of lookups of all keys. */
export const AVL_PROOF: Uint8Array = (() => {
  for (const key of AVL_KEYS) prover.perform({ kind: 'lookup', key })
  return prover.prove()
})()

/** Proof of an insertion of the absent key. */
export const AVL_INSERT_PROOF: Uint8Array = (() => {
  const other = new AvlProver({ keyLength: 8 }, prover.version)
  other.perform({ kind: 'insert', key: AVL_KEYS[4]!, value: AVL_KEYS[4]! })
  return other.prove()
})()

const SMALL = [0, 1, 2, 3, -1, 4, 5, 7, 10, 100, -3]
const EDGES: Readonly<Record<number, readonly bigint[]>> = {
  2: [-128n, 127n],
  3: [-32768n, 32767n],
  4: [-(1n << 31n), (1n << 31n) - 1n],
  5: [-(1n << 63n), (1n << 63n) - 1n],
  6: [-(1n << 255n), (1n << 255n) - 1n, 1n << 63n, -(1n << 128n)]
}

function number(random: Random, code: number): bigint {
  return random.chance(0.06) ? random.pick(EDGES[code]!) : BigInt(random.pick(SMALL))
}

const zigZag = (n: bigint): bigint => (n >= 0n ? n << 1n : (-n << 1n) - 1n)

/** A random value of a type, as data. */
export function writeRandomData(w: Writer, tpe: SType, random: Random): void {
  switch (tpe.code) {
    case 1:
      w.u8(random.below(2))
      return
    case 2:
      w.u8(Number(number(random, 2)) & 0xff)
      return
    case 3:
    case 4:
    case 5:
      w.ulong(zigZag(number(random, tpe.code)))
      return
    case 6: {
      const bytes = signedToBytes(number(random, 6))
      w.uint(bytes.length).bytes(bytes)
      return
    }
    case 7:
      w.bytes(Buffer.from(random.pick(POINTS), 'hex'))
      return
    case 8:
      writeRandomProposition(w, random, 2)
      return
    case 100:
      w.bytes(AVL_DIGEST)
        .u8(random.chance(0.8) ? 7 : random.below(8))
        .uint(8)
        .u8(0)
      return
    case 12:
      writeRandomCollection(w, tpe.elem, random)
      return
    case 96:
      for (const item of tpe.items) writeRandomData(w, item, random)
      return
    default:
      throw new Error(`no constants of type ${tpe.code}`)
  }
}

function writeRandomCollection(w: Writer, elem: SType, random: Random): void {
  if (elem === SByte && random.chance(0.3)) {
    const bytes = random.pick([AVL_PROOF, AVL_INSERT_PROOF, AVL_DIGEST, Buffer.from(random.pick(POINTS), 'hex'), ...AVL_KEYS])
    w.ushort(bytes.length).bytes(bytes)
    return
  }
  const length = random.chance(0.05) ? 40 : random.below(6)
  w.ushort(length)
  if (elem.code === 1)
    w.bytes(random.bytes((length + 7) >> 3).map((b, i) => (i === length >> 3 ? b & ((1 << (length & 7)) - 1) : b)))
  else for (let i = 0; i < length; i++) writeRandomData(w, elem, random)
}

function writeRandomProposition(w: Writer, random: Random, depth: number): void {
  const kind = random.below(depth > 0 ? 7 : 4)
  const point = (): Uint8Array => Buffer.from(random.pick(POINTS), 'hex')
  if (kind < 2) w.u8(0xcd).bytes(point())
  else if (kind === 2) w.u8(0xce).bytes(point()).bytes(point()).bytes(point()).bytes(point())
  else if (kind === 3) w.u8(0xd2 + random.below(2))
  else {
    const n = 1 + random.below(3)
    w.u8(0x92 + kind)
    if (kind === 6) w.uint(random.below(n + 1))
    w.uint(n)
    for (let i = 0; i < n; i++) writeRandomProposition(w, random, depth - 1)
  }
}

/** Can {@link randomConstant} make values of this type? */
export function hasConstants(tpe: SType): boolean {
  switch (tpe.code) {
    case 12:
      return hasConstants(tpe.elem)
    case 96:
      return tpe.items.every(hasConstants)
    case 100:
      return true
    default:
      return tpe.code >= 1 && tpe.code <= 8
  }
}

/** Hex of a random constant: its type and its value. */
export function randomConstant(tpe: SType, random: Random): string {
  const w = new Writer()
  writeType(w, tpe, VERSIONS)
  writeRandomData(w, tpe, random)
  return toHex(w.toBytes())
}

export function typeHex(tpe: SType): string {
  const w = new Writer()
  writeType(w, tpe, VERSIONS)
  return toHex(w.toBytes())
}
