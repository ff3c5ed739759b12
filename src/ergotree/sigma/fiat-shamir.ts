import type { Writer } from '../../bytes/index.ts'
import type { GroupElement } from '../values/group-element.ts'
import { type ProveDHTuple, type ProveDlog, SIGMA } from '../values/sigma-boolean.ts'

/** First byte of a node with children, and of one without (`FiatShamirTree.internalNodePrefix`, `leafPrefix`). */
const INNER_PREFIX = 0
const LEAF_PREFIX = 1

/** Second byte of a node with children (`ConjectureType`). */
export const CONJECTURE = { And: 0, Or: 1, Threshold: 2 } as const

/** Bytes of a commitment point. */
const POINT_BYTES = 33

/**
 * What precedes and follows a leaf's proposition: an ErgoTree (header 10: version 0, segregated) of one constant
 * of type SigmaProp (08), whose root is the placeholder of that constant (73 00).
 */
const TREE_HEAD = Uint8Array.of(0x10, 0x01, 0x08)
const TREE_TAIL = Uint8Array.of(0x73, 0x00)

function short(writer: Writer, value: number): void {
  writer.u8((value >>> 8) & 0xff).u8(value & 0xff)
}

/** Appends a leaf: the statement and the commitment to it, each after its length. */
function leaf(writer: Writer, code: number, points: readonly GroupElement[], commitments: readonly Uint8Array[]): void {
  writer.u8(LEAF_PREFIX)
  short(writer, TREE_HEAD.length + 1 + points.length * POINT_BYTES + TREE_TAIL.length)
  writer.bytes(TREE_HEAD).u8(code)
  for (const point of points) writer.bytes(point.bytes)
  writer.bytes(TREE_TAIL)
  short(writer, commitments.length * POINT_BYTES)
  for (const commitment of commitments) writer.bytes(commitment)
}

/** Appends a discrete logarithm leaf. @param a commitment, 33 bytes */
export function writeDlogLeaf(writer: Writer, node: ProveDlog, a: Uint8Array): void {
  leaf(writer, SIGMA.ProveDlog, [node.value], [a])
}

/** Appends a Diffie-Hellman tuple leaf. @param a, b commitments, 33 bytes each */
export function writeDHTupleLeaf(writer: Writer, node: ProveDHTuple, a: Uint8Array, b: Uint8Array): void {
  leaf(writer, SIGMA.ProveDHTuple, [node.g, node.h, node.u, node.v], [a, b])
}

/** Appends the head of a node with children; they follow in order. @param k of a threshold, else undefined */
export function writeConjecture(writer: Writer, type: number, k: number | undefined, children: number): void {
  writer.u8(INNER_PREFIX).u8(type)
  if (k !== undefined) writer.u8(k)
  short(writer, children)
}
