import { Reader, toHex, Writer } from '../bytes/index.ts'
import { merkleRoot } from '../crypto/index.ts'
import { BLOCK_RULES, type RuleFailure, ruleFailure } from './block-rules.ts'
import { DIGEST_BYTES } from './constants.ts'
import type { Header } from './header.ts'
import type { ValidationSettings } from './validation-settings.ts'

/** One record of an extension: what miners say about parameters, interlinks, rules, or anything else. */
export interface ExtensionField {
  /** Two bytes; the first is the key space. */
  readonly key: Uint8Array
  readonly value: Uint8Array
}

/** Extension section (type 108) of a block. */
export interface Extension {
  readonly headerId: Uint8Array
  readonly fields: readonly ExtensionField[]
  /**
   * Size that rule 400 looks at. The reference reads fields lazily and notes the size when only the first is read, so for
   * a received section this is small whatever follows.
   */
  readonly recordedSize: number
}

/** First byte of keys, by what the value is (`Extension.scala`). */
export const EXTENSION_PREFIX = { parameters: 0, interlinks: 1, validationRules: 2 } as const

/** Key length that the wire format has (rule 403). */
export const EXTENSION_KEY_BYTES = 2

/** Longest value that rule 404 allows; the wire allows 255. */
export const MAX_EXTENSION_VALUE_BYTES = 64

/** `Constants.MaxExtensionSize`, rule 400. */
export const MAX_EXTENSION_BYTES = 32_768

/** `Constants.MaxExtensionSizeMax`: the field that reaches it and all after it are dropped when a section is read. */
export const MAX_EXTENSION_READ_BYTES = 1_048_576

/**
 * Reads an extension section. Bytes behind it are ignored; fields past 1 MiB are dropped (`ExtensionSerializer.scala`).
 *
 * @throws DecodeError
 */
export function decodeExtension(bytes: Uint8Array): Extension {
  const r = new Reader(bytes)
  const headerId = r.bytes(DIGEST_BYTES)
  const fields = readExtensionFields(r)
  const first = fields[0]
  const countBytes = new Writer(4).ushort(fields.length).length
  const recordedSize = DIGEST_BYTES + countBytes + (first === undefined ? 0 : EXTENSION_KEY_BYTES + 1 + first.value.length)
  return { headerId, fields, recordedSize }
}

/** Reads count and fields, as they stand in a section after the header id. */
export function readExtensionFields(r: Reader): ExtensionField[] {
  const start = r.position - DIGEST_BYTES
  const count = r.ushort('number of extension fields')
  const fields: ExtensionField[] = []
  for (let i = 0; i < count; i++) {
    const key = r.bytes(EXTENSION_KEY_BYTES)
    const value = r.bytes(r.u8())
    if (r.position - start >= MAX_EXTENSION_READ_BYTES) break
    fields.push({ key, value })
  }
  return fields
}

/** Writes count and fields. */
export function writeExtensionFields(w: Writer, fields: readonly ExtensionField[]): void {
  w.ushort(fields.length)
  for (const { key, value } of fields) w.bytes(key).u8(value.length).bytes(value)
}

/** The section as it travels and is stored. */
export function encodeExtension(extension: Pick<Extension, 'headerId' | 'fields'>): Uint8Array {
  const w = new Writer(1024).bytes(extension.headerId)
  writeExtensionFields(w, extension.fields)
  return w.toBytes()
}

/** Merkle leaf of a field: key length, key, value. */
export function extensionLeaf({ key, value }: ExtensionField): Uint8Array {
  const leaf = new Uint8Array(1 + key.length + value.length)
  leaf[0] = key.length
  leaf.set(key, 1)
  leaf.set(value, 1 + key.length)
  return leaf
}

/** What a header's `extensionRoot` must be: Merkle root over the fields in their order. */
export function extensionRoot(fields: readonly ExtensionField[]): Uint8Array {
  return merkleRoot(fields.map(extensionLeaf))
}

/** Rules 403..406, in this order, on the form of an extension. */
export function checkExtensionForm(
  header: Header,
  fields: readonly ExtensionField[],
  settings: ValidationSettings
): RuleFailure | undefined {
  const { extensionKeyLength, extensionValueLength, extensionDuplicateKeys, extensionEmpty } = BLOCK_RULES
  const key = fields.find((field) => field.key.length !== EXTENSION_KEY_BYTES)
  if (key !== undefined) return ruleFailure(extensionKeyLength, `Key ${toHex(key.key)}`)
  if (settings.isActive(extensionValueLength)) {
    const long = fields.find((field) => field.value.length > MAX_EXTENSION_VALUE_BYTES)
    if (long !== undefined) {
      return ruleFailure(extensionValueLength, `Field ${toHex(long.key)} has ${long.value.length} bytes`)
    }
  }
  if (settings.isActive(extensionDuplicateKeys)) {
    const seen = new Set<number>()
    for (const { key: k } of fields) {
      const packed = (k[0]! << 8) | k[1]!
      if (seen.has(packed)) return ruleFailure(extensionDuplicateKeys, `Key ${toHex(k)}`)
      seen.add(packed)
    }
  }
  if (settings.isActive(extensionEmpty) && !header.isGenesis && fields.length === 0) {
    return ruleFailure(extensionEmpty, `At height ${header.height}`)
  }
  return undefined
}

/** Rule 400 on the recorded size. */
export function checkExtensionSize(extension: Extension, settings: ValidationSettings): RuleFailure | undefined {
  const { extensionSize } = BLOCK_RULES
  if (!settings.isActive(extensionSize) || extension.recordedSize <= MAX_EXTENSION_BYTES) return undefined
  return ruleFailure(extensionSize, `It has ${extension.recordedSize} bytes`)
}
