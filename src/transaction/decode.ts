import { DecodeError, EncodeError, plainBytes, Reader } from '../bytes/index.ts'
import { DEFAULT_VERSIONS, readBox, ScriptReader, ValidationRuleError, type Versions } from '../ergotree/index.ts'
import { type Box, ParsedBox, ScannedBox } from './box.ts'
import { ID_BYTES, readTransactionParts } from './codec.ts'
import { scanCandidate } from './scan/scan-candidate.ts'
import { scanTransaction } from './scan/scan-transaction.ts'
import { GIVE_UP, ScanCaches, Scanner } from './scan/scanner.ts'
import { ParsedTransaction, ScannedTransaction, type Transaction } from './transaction.ts'

/** Largest index of a box (`getUShort`). */
const MAX_BOX_INDEX = 0xffff

/**
 * Reads transactions and boxes. Keeps parsed trees from one to the next, so make one and use it for all of a kind of work;
 * what it answers does not depend on what it read before.
 *
 * Usual bytes are only passed over; anything that the quick pass cannot vouch for is read in full, as the reference reads it.
 */
export class TransactionDecoder {
  readonly #scanner = new Scanner(new ScanCaches())

  /**
   * Transaction at the position of `reader`, which then stands behind it.
   *
   * @param versions in force: those of the block's section, or for the pool the activated script version twice
   * @throws DecodeError when the reference could not read it, or could not write it back
   */
  readTransaction(reader: Reader, versions: Versions): Transaction {
    const { buffer, position, end } = reader
    const span = scanTransaction(this.#scanner.start(buffer, position, end, versions))
    if (span !== undefined) {
      reader.position = span.end
      return new ScannedTransaction(buffer, span)
    }
    return decoding(position, () => {
      const parts = readTransactionParts(new ScriptReader(reader, versions))
      return new ParsedTransaction(parts, versions, buffer.subarray(position, reader.position))
    })
  }

  /**
   * Transaction at the start of `bytes`; bytes after it are ignored, as in the reference.
   *
   * @throws DecodeError
   */
  decodeTransaction(bytes: Uint8Array, versions: Versions): Transaction {
    return this.readTransaction(new Reader(bytes), versions)
  }

  /**
   * Box as the state tree holds it: at the start of `bytes`. It keeps these bytes, and its id is their hash.
   *
   * @param versions the reference reads boxes of the state by the default ones
   * @throws DecodeError
   */
  decodeBox(input: Uint8Array, versions: Versions = DEFAULT_VERSIONS): Box {
    const bytes = plainBytes(input)
    return (
      this.#scanBox(bytes, versions) ?? decoding(0, () => new ParsedBox(readBox(new ScriptReader(new Reader(bytes), versions))))
    )
  }

  #scanBox(bytes: Uint8Array, versions: Versions): Box | undefined {
    const s = this.#scanner.start(bytes, 0, bytes.length, versions)
    const span = scanCandidate(s, undefined)
    if (span === undefined || !s.skip(ID_BYTES)) return undefined
    const index = s.vlq()
    if (index === GIVE_UP || index > MAX_BOX_INDEX) return undefined
    const transactionId = bytes.subarray(span.end, span.end + ID_BYTES)
    return new ScannedBox(bytes, span, {
      transactionId,
      index,
      tokenIdsStart: undefined,
      bytes: bytes.subarray(0, s.position)
    })
  }
}

/** Whatever keeps the reference from reading, as one kind of error. */
function decoding<T>(offset: number, read: () => T): T {
  try {
    return read()
  } catch (error) {
    if (error instanceof ValidationRuleError) throw new DecodeError('MALFORMED', `rule ${error.rule}: ${error.message}`, offset)
    if (error instanceof EncodeError) throw new DecodeError('OUT_OF_RANGE', `cannot be written back: ${error.message}`, offset)
    throw error
  }
}
