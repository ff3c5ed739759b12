import { bytesEqual, fromHex, type JsonValue } from '../bytes/index.ts'
import { encodeAdProofs, type Header } from '../chain/index.ts'
import type { BlockSections } from './block.ts'

/** A block as a line of a file. */
export interface BlockLine {
  readonly height?: number
  readonly id?: Uint8Array
  readonly header: Uint8Array
  readonly transactions: Uint8Array
  readonly extension: Uint8Array
  /** The section, or the bare proof. */
  readonly adProofs: Uint8Array | undefined
}

/** A block line that is to be judged, with the names that go into its answer. */
export interface CaseLine {
  readonly name: string
  readonly mutation: string
  readonly height: number
  readonly block: BlockLine
}

/** Thrown when a line of a file is no {@link BlockLine}: the file is unreadable, which says nothing about blocks. */
export class BlockLineError extends Error {
  static override readonly name: string = 'BlockLineError'
  override readonly name: string = 'BlockLineError'
  readonly code: string = 'BLOCK_LINE'
  readonly field: string

  constructor(field: string, expected: string) {
    super(`field ${field} must be ${expected}`)
    this.field = field
  }
}

type Fields = ReadonlyMap<string, JsonValue>

function fieldsOf(json: JsonValue): Fields {
  if (!(json instanceof Map)) throw new BlockLineError('(whole)', 'an object')
  return json as Fields
}

function hex(fields: Fields, field: string): Uint8Array {
  const value = fields.get(field)
  if (typeof value !== 'string' || !/^(?:[0-9a-fA-F]{2})*$/.test(value)) throw new BlockLineError(field, 'hex')
  return fromHex(value)
}

function text(fields: Fields, field: string): string {
  const value = fields.get(field)
  if (typeof value !== 'string') throw new BlockLineError(field, 'a string')
  return value
}

function integer(fields: Fields, field: string): number {
  const value = fields.get(field)
  if (typeof value !== 'number' || !Number.isSafeInteger(value)) throw new BlockLineError(field, 'an integer')
  return value
}

/**
 * A line of a block file: `{"height","id","header","transactions","extension","adProofs"}`, byte fields in hex. Height and
 * id may be missing, other fields may stand beside them.
 *
 * @param json of `parseJson`
 * @throws BlockLineError naming the field
 */
export function parseBlockLine(json: JsonValue): BlockLine {
  const fields = fieldsOf(json)
  const absent = (field: string): boolean => fields.get(field) === undefined || fields.get(field) === null
  return {
    header: hex(fields, 'header'),
    transactions: hex(fields, 'transactions'),
    extension: hex(fields, 'extension'),
    adProofs: absent('adProofs') ? undefined : hex(fields, 'adProofs'),
    ...(absent('id') ? {} : { id: hex(fields, 'id') }),
    ...(absent('height') ? {} : { height: integer(fields, 'height') })
  }
}

/**
 * A line of a file of cases: a block line with `name` and `mutation`; what else it says, such as a result, is not read.
 *
 * @throws BlockLineError naming the field
 */
export function parseCaseLine(json: JsonValue): CaseLine {
  const fields = fieldsOf(json)
  return {
    name: text(fields, 'name'),
    mutation: text(fields, 'mutation'),
    height: integer(fields, 'height'),
    block: parseBlockLine(json)
  }
}

/** `{"activeParametersHex"}` of a parameters file. @throws BlockLineError naming the field */
export function parseParametersJson(json: JsonValue): Uint8Array {
  return hex(fieldsOf(json), 'activeParametersHex')
}

/** The sections of a line. A bare proof is told from a section by the header id that the latter starts with. */
export function sectionsOf(line: BlockLine, header: Header): BlockSections {
  const { transactions, extension, adProofs } = line
  const { id } = header
  if (adProofs === undefined) return { transactions, extension }
  const isSection = bytesEqual(adProofs.subarray(0, id.length), id)
  return { transactions, extension, adProofs: isSection ? adProofs : encodeAdProofs({ headerId: id, proof: adProofs }) }
}
