import { EncodeError, Reader, type Writer } from '../../bytes/index.ts'
import type { EvaluatedNode, Node } from '../ast/nodes.ts'
import { OP } from '../ast/op-codes.ts'
import { typeOf } from '../ast/typing.ts'
import { type SType, someType, TYPE, typeToString } from '../types/types.ts'
import { RULE, ValidationRuleError } from '../validation-rules.ts'
import type { BoxCandidate, BoxToken } from '../values/box.ts'
import { ErgoBox } from '../values/ergo-box.ts'
import type { Versions } from '../versions.ts'
import { readValue } from './expression-parser.ts'
import { writeValue } from './expression-writer.ts'
import { ScriptReader } from './script-reader.ts'
import { readErgoTree, writeErgoTree } from './tree-codec.ts'

/** Window that a box is read through: no read may start behind it (reference: `SigmaConstants.MaxBoxSize`). */
export const MAX_BOX_BYTES = 4096

/** Registers R4 .. R9. */
export const MAX_ADDITIONAL_REGISTERS = 6

const TOKEN_ID_BYTES = 32
const TRANSACTION_ID_BYTES = 32

const NO_TOKENS: readonly BoxToken[] = []
const NO_REGISTERS: readonly EvaluatedNode[] = []

/** How token ids stand in a box: in full, or as places in the id table of the transaction. */
export interface TokenIdCodec {
  read(s: ScriptReader): Uint8Array
  /** @throws EncodeError when the id cannot be written */
  write(w: Writer, id: Uint8Array): void
}

/** Ids in full: boxes on their own. */
export const FULL_TOKEN_IDS: TokenIdCodec = {
  read: (s) => s.bytes(TOKEN_ID_BYTES),
  write: (w, id) => w.bytes(id)
}

/**
 * Reads a box without its place in a transaction (reference: `ErgoBoxCandidate.parseBodyWithIndexedDigests`).
 *
 * @throws ValidationRuleError 1014, 1019 and what the tree itself cannot settle: all of them refuse the transaction
 * @throws DecodeError
 */
export function readCandidate(s: ScriptReader, tokenIds: TokenIdCodec = FULL_TOKEN_IDS): BoxCandidate {
  const outerLimit = s.positionLimit
  s.positionLimit = s.position + MAX_BOX_BYTES
  const value = s.ulong()
  const tree = readErgoTree(s)
  const creationHeight = s.uint('creation height')
  const tokens = readTokens(s, tokenIds)
  const registers = readRegisters(s)
  // Left as it is when something above throws, which only an enclosing tree can survive: that sets its own.
  s.positionLimit = outerLimit
  return { value, tree, creationHeight, tokens, registers }
}

function readTokens(s: ScriptReader, tokenIds: TokenIdCodec): readonly BoxToken[] {
  const count = s.u8()
  if (count === 0) return NO_TOKENS
  const tokens: BoxToken[] = []
  for (let i = 0; i < count; i++) tokens.push({ id: tokenIds.read(s), amount: s.ulong() })
  return tokens
}

function readRegisters(s: ScriptReader): readonly EvaluatedNode[] {
  const count = s.u8()
  if (count === 0) return NO_REGISTERS
  const registers: EvaluatedNode[] = []
  for (let i = 0; i < count; i++) {
    if (i >= MAX_ADDITIONAL_REGISTERS) s.fail(`${count} registers are more than ${MAX_ADDITIONAL_REGISTERS}`)
    registers.push(readEvaluated(s))
  }
  return registers
}

/**
 * Reads the value of a register or of a context variable: a constant, or a node that stands for one.
 *
 * @throws ValidationRuleError 1019 for types of version 3 trees
 * @throws DecodeError also for any other expression
 */
export function readEvaluated(s: ScriptReader): EvaluatedNode {
  const node = readValue(s)
  if (!isEvaluated(node)) return s.failCast('expression in a register or variable')
  switch (node.op) {
    case OP.Constant:
      // Most are primitives or collections of them.
      if (node.tpe.code >= TYPE.UnsignedBigInt) checkV6Type(node.tpe)
      break
    case OP.ConcreteCollection:
      checkV6Type(node.tpe.elem)
      break
    case OP.Tuple:
      for (const item of node.items) checkV6Type(typeOf(s, item))
  }
  return node
}

/** May the node stand in a register or variable? Items of tuples and collections may be any expression. */
function isEvaluated(node: Node): node is EvaluatedNode {
  return node.op === OP.Constant || node.op === OP.Tuple || node.op === OP.ConcreteCollection || node.op === OP.GroupGenerator
}

/** Rule 1019; looks through collections and tuples, not into functions. */
function checkV6Type(tpe: SType): void {
  const isOfVersion6 = someType(
    tpe,
    (t) => t.code === TYPE.Option || t.code === TYPE.Header || t.code === TYPE.UnsignedBigInt,
    (t) => t.code !== TYPE.Func
  )
  if (isOfVersion6) throw new ValidationRuleError(RULE.V6TypeInBox, `${typeToString(tpe)} in a register or variable`)
}

/**
 * Reads a box with its transaction id and index (reference: `ErgoBox.sigmaSerializer`). It keeps the bytes it came in.
 *
 * @throws ValidationRuleError
 * @throws DecodeError
 */
export function readBox(s: ScriptReader): ErgoBox {
  const start = s.position
  const candidate = readCandidate(s)
  const transactionId = s.bytes(TRANSACTION_ID_BYTES)
  const index = s.ushort('box index')
  return new ErgoBox(candidate, transactionId, index, s.raw.buffer.subarray(start, s.position))
}

/**
 * Box at the start of `bytes`, e.g. a value of the state tree; bytes after it are ignored.
 *
 * @throws ValidationRuleError
 * @throws DecodeError
 */
export function parseBox(bytes: Uint8Array, versions: Versions): ErgoBox {
  return readBox(new ScriptReader(new Reader(bytes), versions))
}

/**
 * Writes a box without its place in a transaction.
 *
 * @throws EncodeError when something in it has no encoding
 */
export function writeCandidate(w: Writer, box: BoxCandidate, versions: Versions, tokenIds: TokenIdCodec = FULL_TOKEN_IDS): void {
  if (box.creationHeight < 0) throw new EncodeError(`negative creation height ${box.creationHeight}`)
  if (box.tokens.length > 0xff) throw new EncodeError(`${box.tokens.length} tokens in a box`)
  w.ulong(box.value).bytes(writeErgoTree(box.tree, versions)).uint(box.creationHeight).u8(box.tokens.length)
  for (const token of box.tokens) {
    tokenIds.write(w, token.id)
    w.ulong(token.amount)
  }
  w.u8(box.registers.length)
  for (const register of box.registers) writeValue(w, register, versions)
}

/**
 * Writes a box from its fields, also one that keeps the bytes it came in.
 *
 * @throws EncodeError when something in it has no encoding
 */
export function writeBox(w: Writer, box: ErgoBox, versions: Versions): void {
  writeCandidate(w, box, versions)
  w.bytes(box.transactionId)
  if (box.index < 0) throw new EncodeError(`negative box index ${box.index}`)
  w.ushort(box.index)
}
