import { bytesEqual, concatBytes, DecodeError, fromHex } from '../bytes/index.ts'
import { blake2b256, secp256k1 } from '../crypto/index.ts'
import {
  DEFAULT_VERSIONS,
  type ErgoTree,
  type Node,
  OP,
  ProveDlog,
  parseErgoTree,
  SByteArray,
  SSigmaProp,
  typeEquals,
  ValidationRuleError,
  writeErgoTree
} from '../ergotree/index.ts'
import { decodeBase58, encodeBase58 } from './base58.ts'
import { p2pkTree } from './contracts.ts'

/** What an address stands for (`ErgoAddress.scala`). */
export type Address =
  /** Pay to a public key of 33 bytes. */
  | { readonly kind: 'p2pk'; readonly publicKey: Uint8Array }
  /** Pay to the hash of a script, its first 24 bytes. */
  | { readonly kind: 'p2sh'; readonly scriptHash: Uint8Array }
  /** Pay to a script: a serialized tree. */
  | { readonly kind: 'p2s'; readonly tree: Uint8Array }

export type AddressErrorCode =
  /** Not Base58, or too short to hold anything. */
  | 'ADDRESS_ENCODING'
  /** The first byte belongs to another network. */
  | 'ADDRESS_NETWORK'
  | 'ADDRESS_CHECKSUM'
  /** The first byte names no kind of address. */
  | 'ADDRESS_TYPE'
  /** The content is no key, hash or tree. */
  | 'ADDRESS_CONTENT'
  /** The tree cannot be understood, so it has no address. */
  | 'ADDRESS_OF_TREE'

/** Thrown when a text is no address of the network, or a tree has none. Messages are those of the reference where it has one. */
export class AddressError extends Error {
  override readonly name: string = 'AddressError'
  readonly code: AddressErrorCode

  constructor(code: AddressErrorCode, message: string) {
    super(message)
    this.code = code
  }
}

/** Network part of an address's first byte (`ErgoAddressEncoder`). */
export const MAINNET_ADDRESS_PREFIX = 0
export const TESTNET_ADDRESS_PREFIX = 16

/** Kinds by what is added to the network part. */
const TYPE = { p2pk: 1, p2sh: 2, p2s: 3 } as const

const CHECKSUM_BYTES = 4
const PUBLIC_KEY_BYTES = 33
const SCRIPT_HASH_BYTES = 24

/** Context variable in which the script of a hash comes (`Pay2SHAddress.scriptId`). */
const SCRIPT_VARIABLE = 126

function content(address: Address): Uint8Array {
  switch (address.kind) {
    case 'p2pk':
      return address.publicKey
    case 'p2sh':
      return address.scriptHash
    case 'p2s':
      return address.tree
  }
}

function checksum(bytes: Uint8Array): Uint8Array {
  return blake2b256(bytes).subarray(0, CHECKSUM_BYTES)
}

/** Text of an address. @param prefix of the network: 0 mainnet, 16 testnet and private networks */
export function encodeAddress(address: Address, prefix: number): string {
  const bytes = concatBytes(Uint8Array.of(prefix + TYPE[address.kind]), content(address))
  return encodeBase58(concatBytes(bytes, checksum(bytes)))
}

/**
 * Address of a text.
 *
 * @param prefix of the network that it must belong to
 * @throws AddressError
 */
export function decodeAddress(text: string, prefix: number): Address {
  const bytes = addressBytes(text)
  const head = (bytes[0]! << 24) >> 24
  checkNetwork(head, prefix)
  const body = bytes.subarray(0, bytes.length - CHECKSUM_BYTES)
  if (!bytesEqual(checksum(body), bytes.subarray(body.length))) {
    throw new AddressError('ADDRESS_CHECKSUM', `Checksum check fails for ${text}`)
  }
  return addressOf(head - prefix, body.subarray(1), text)
}

function addressBytes(text: string): Uint8Array {
  let bytes: Uint8Array
  try {
    bytes = decodeBase58(text)
  } catch (error) {
    if (error instanceof RangeError) throw new AddressError('ADDRESS_ENCODING', error.message)
    throw error
  }
  if (bytes.length <= CHECKSUM_BYTES) throw new AddressError('ADDRESS_ENCODING', `${text} is too short for an address`)
  return bytes
}

/** The reference tells its two networks apart by order of the first byte, not by its exact value. */
function checkNetwork(head: number, prefix: number): void {
  if (prefix === TESTNET_ADDRESS_PREFIX && head <= TESTNET_ADDRESS_PREFIX) {
    throw new AddressError('ADDRESS_NETWORK', 'requirement failed: Trying to decode mainnet address in testnet')
  }
  if (prefix === MAINNET_ADDRESS_PREFIX && head >= TESTNET_ADDRESS_PREFIX) {
    throw new AddressError('ADDRESS_NETWORK', 'requirement failed: Trying to decode testnet address in mainnet')
  }
}

function addressOf(type: number, bytes: Uint8Array, text: string): Address {
  switch (type) {
    case TYPE.p2pk:
      if (bytes.length !== PUBLIC_KEY_BYTES || !secp256k1.isValid(bytes)) {
        throw new AddressError('ADDRESS_CONTENT', `No public key in P2PK address: ${text}`)
      }
      return { kind: 'p2pk', publicKey: bytes }
    case TYPE.p2sh:
      if (bytes.length !== SCRIPT_HASH_BYTES) {
        throw new AddressError('ADDRESS_CONTENT', `Invalid length of the hash bytes in P2SH address: ${text}`)
      }
      return { kind: 'p2sh', scriptHash: bytes }
    case TYPE.p2s:
      parseTree(bytes, text)
      return { kind: 'p2s', tree: bytes }
    default:
      throw new AddressError('ADDRESS_TYPE', `Unsupported address type: ${type}`)
  }
}

function parseTree(bytes: Uint8Array, text: string): ErgoTree {
  try {
    return parseErgoTree(bytes, DEFAULT_VERSIONS)
  } catch (error) {
    if (!(error instanceof DecodeError) && !(error instanceof ValidationRuleError)) throw error
    throw new AddressError('ADDRESS_CONTENT', `No tree in P2S address ${text}: ${error.message}`)
  }
}

/** Parts of the script of a P2SH address around its hash: the hash of variable 126 must match, and what it holds must pass. */
const P2SH_HEAD = fromHex('00ea02d193b4cbe4e37e0e040004300e18')
const P2SH_TAIL = fromHex('d4087e')

/** Serialized tree that guards boxes sent to an address. */
export function treeOfAddress(address: Address): Uint8Array {
  switch (address.kind) {
    case 'p2pk':
      return p2pkTree(address.publicKey)
    case 'p2sh':
      return concatBytes(P2SH_HEAD, address.scriptHash, P2SH_TAIL)
    case 'p2s':
      return address.tree
  }
}

/**
 * Address of a tree (`ErgoAddressEncoder.fromProposition`): a key for a tree that is one, a script hash for a tree of that
 * form, else the tree itself.
 *
 * @throws AddressError ADDRESS_OF_TREE when the tree could not be understood
 */
export function addressOfTree(tree: ErgoTree): Address {
  if (tree.kind === 'unparsed') {
    throw new AddressError('ADDRESS_OF_TREE', `Cannot create ErgoAddress from unparsed ergo tree: ${tree.error.message}`)
  }
  const { root } = tree
  if (root.op === OP.Constant && root.value instanceof ProveDlog) return { kind: 'p2pk', publicKey: root.value.value.bytes }
  const scriptHash = p2shHash(root)
  if (scriptHash !== undefined) return { kind: 'p2sh', scriptHash }
  return { kind: 'p2s', tree: writeErgoTree(tree, DEFAULT_VERSIONS) }
}

function isIntConstant(node: Node, value: number): boolean {
  return node.op === OP.Constant && node.value === value
}

/** Hash in `SigmaAnd(sigmaProp(hash(...).slice(0, 24) == hash), deserialize(126))`. */
function p2shHash(root: Node): Uint8Array | undefined {
  if (root.op !== OP.SigmaAnd || root.items.length !== 2) return undefined
  const [check, script] = root.items as [Node, Node]
  if (script.op !== OP.DeserializeContext || script.id !== SCRIPT_VARIABLE || !typeEquals(script.tpe, SSigmaProp))
    return undefined
  if (check.op !== OP.BoolToSigmaProp || check.input.op !== OP.EQ) return undefined
  const { left, right } = check.input
  if (left.op !== OP.Slice || !isIntConstant(left.second, 0) || !isIntConstant(left.third, SCRIPT_HASH_BYTES)) return undefined
  if (left.first.op !== OP.CalcBlake2b256 && left.first.op !== OP.CalcSha256) return undefined
  if (right.op !== OP.Constant || !typeEquals(right.tpe, SByteArray) || !(right.value instanceof Uint8Array)) return undefined
  return right.value
}
