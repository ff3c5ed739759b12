import { DecodeError, Reader, Writer } from '../../bytes/index.ts'
import {
  type ErgoTree,
  MAX_TREE_BYTES,
  type ParsedErgoTree,
  TREE_SEGREGATION_FLAG,
  TREE_SIZE_FLAG,
  TREE_VERSION_MASK,
  type UnparsedErgoTree
} from '../ast/ergo-tree.ts'
import type { ConstantNode } from '../ast/nodes.ts'
import { typeOf } from '../ast/typing.ts'
import { TYPE, typeToString } from '../types/types.ts'
import { RULE, ValidationRuleError } from '../validation-rules.ts'
import { JIT_SCRIPT_VERSION, type Versions } from '../versions.ts'
import { readConstant, readValue } from './expression-parser.ts'
import { writeConstant, writeValue } from './expression-writer.ts'
import { ScriptReader } from './script-reader.ts'

const NO_CONSTANTS: readonly ConstantNode[] = []

/** Version in a tree's first byte. */
export function treeVersion(header: number): number {
  return header & TREE_VERSION_MASK
}

/**
 * Reads a whole tree, in the activated version of the reader (reference: `ErgoTreeSerializer.deserializeErgoTree`).
 *
 * A broken numbered rule makes a tree with a size an unparsed one; the reader then stands behind the declared size. Everything
 * else, and any rule in a tree without a size, is a DecodeError. The declared size of a tree that parses is not looked at.
 *
 * @throws ValidationRuleError 1012 only, which concerns the tree around this one: the version needs a size and has none
 * @throws DecodeError
 */
export function readErgoTree(s: ScriptReader): ErgoTree {
  const start = s.position
  const outerLimit = s.positionLimit
  s.positionLimit = start + MAX_TREE_BYTES
  const header = s.u8()
  const size = readSize(s, header)
  const bodyStart = s.position
  const outerVersions = s.versions
  try {
    return readBody(s, start, header)
  } catch (error) {
    if (!(error instanceof ValidationRuleError)) throw error
    if (size === undefined) {
      throw new DecodeError('MALFORMED', `tree without a size fails rule ${error.rule}: ${error.message}`, start)
    }
    return keepUnparsed(s, start, bodyStart - start + size, error)
  } finally {
    s.versions = outerVersions
    s.positionLimit = outerLimit
  }
}

/** Declared size of what follows, wrapped to a signed int; undefined when the header says that there is none. */
function readSize(s: ScriptReader, header: number): number | undefined {
  if ((header & TREE_SIZE_FLAG) !== 0) return s.uintWrapped('tree size')
  if (treeVersion(header) === 0) return undefined
  const message = `tree of version ${treeVersion(header)} has no size`
  throw new ValidationRuleError(RULE.HeaderSizeBit, message, [(header << 24) >> 24])
}

function readBody(s: ScriptReader, start: number, header: number): ParsedErgoTree {
  const version = treeVersion(header)
  const activated = s.versions.activated
  if (activated >= JIT_SCRIPT_VERSION && version > activated) {
    s.fail(`tree version ${version} is above the activated script version ${activated}`)
  }
  s.versions = { activated, tree: version }
  const constants = readConstants(s, header)
  const { constants: outerConstants, sawDeserialize: outerDeserialize, sawChain: outerChain } = s
  s.constants = constants
  s.sawDeserialize = false
  s.sawChain = false
  const root = readValue(s)
  const hasDeserialize = s.sawDeserialize
  const usesBlockchainContext = s.sawChain
  s.sawDeserialize = outerDeserialize
  s.sawChain = outerChain
  if (typeOf(s, root).code !== TYPE.SigmaProp) {
    throw new ValidationRuleError(RULE.DeserializedScriptIsSigmaProp, `root of a tree is of type ${typeToString(root.tpe)}`)
  }
  // Not reached when something above throws: then the rest of an enclosing tree sees the constants of this one.
  s.constants = outerConstants
  return {
    kind: 'parsed',
    bytes: s.raw.buffer.subarray(start, s.position),
    header,
    version,
    hasSize: (header & TREE_SIZE_FLAG) !== 0,
    isSegregated: (header & TREE_SEGREGATION_FLAG) !== 0,
    constants,
    root,
    hasDeserialize,
    usesBlockchainContext
  }
}

/** Constants in front of the root, if the header says so. A wrapped count reads as none. */
function readConstants(s: ScriptReader, header: number): readonly ConstantNode[] {
  if ((header & TREE_SEGREGATION_FLAG) === 0) return NO_CONSTANTS
  const count = s.checkArray(s.uintWrapped('constants count'), 'constants count')
  if (count <= 0) return NO_CONSTANTS
  const constants: ConstantNode[] = []
  for (let i = 0; i < count; i++) constants.push(readConstant(s))
  return constants
}

function keepUnparsed(s: ScriptReader, start: number, size: number, error: ValidationRuleError): UnparsedErgoTree {
  s.raw.position = start
  return { kind: 'unparsed', bytes: s.bytes(size), header: 0, version: 0, error }
}

/**
 * Tree at the start of `bytes`.
 *
 * @param versions those in force around the tree; only the activated one matters to it
 * @throws ValidationRuleError 1012
 * @throws DecodeError
 */
export function parseErgoTree(bytes: Uint8Array, versions: Versions): ErgoTree {
  return readErgoTree(new ScriptReader(new Reader(bytes), versions))
}

/**
 * Bytes of a tree written anew: what transaction ids and the bytes of new boxes are made of. An unparsed tree keeps its bytes.
 *
 * @throws EncodeError when something in it has no encoding
 */
export function writeErgoTree(tree: ErgoTree, versions: Versions): Uint8Array {
  if (tree.kind === 'unparsed') return tree.bytes
  // A tree is always written with all features of its own version.
  const own: Versions = { activated: Math.max(versions.activated, tree.version), tree: tree.version }
  const w = new Writer(tree.bytes.length + 16)
  if (tree.isSegregated) {
    w.uint(tree.constants.length)
    for (const constant of tree.constants) writeConstant(w, constant, own)
  }
  writeValue(w, tree.root, own)
  const head = new Writer(w.length + 6).u8(tree.header)
  const body = w.toBytes()
  if (tree.hasSize) head.uint(body.length)
  return head.bytes(body).toBytes()
}

/** Offsets in a tree's bytes, for what works on bytes alone. */
export interface TreeTemplate {
  readonly header: number
  readonly constants: readonly ConstantNode[]
  /** Everything behind the constants, to the end of the input. */
  readonly template: Uint8Array
}

/**
 * Reads header, size and constants, and takes the rest as it is (reference: `deserializeHeaderWithTreeBytes`): neither the
 * version nor the expression is looked at.
 *
 * @param versions in force for the constants: not those of the tree
 * @throws ValidationRuleError
 * @throws DecodeError
 */
export function readTreeTemplate(bytes: Uint8Array, versions: Versions): TreeTemplate {
  const s = new ScriptReader(new Reader(bytes), versions)
  const header = s.u8()
  readSize(s, header)
  const constants = readConstants(s, header)
  return { header, constants, template: s.bytes(s.raw.remaining) }
}
