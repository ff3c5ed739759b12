import { concatBytes, Reader, Writer } from '../bytes/index.ts'
import { blake2b256 } from '../crypto/index.ts'
import {
  type BoxToken,
  DEFAULT_VERSIONS,
  ErgoBox,
  type ErgoTree,
  type EvaluatedNode,
  readEvaluated,
  ScriptReader,
  writeErgoTree,
  writeValue
} from '../ergotree/index.ts'
import { ID_BYTES } from './codec.ts'
import type { CandidateSpan } from './scan/scan-candidate.ts'

/** A box with its place in the chain, as rules and API see it. Fields are computed when asked for. */
export interface Box {
  /** nanoERG; signed 64 bits, as the reference sees it. */
  readonly value: bigint
  readonly creationHeight: number
  /** Guarding script. */
  readonly tree: ErgoTree
  /** Entries in order; an id may stand there twice. Amounts are signed 64 bits. */
  readonly tokens: readonly BoxToken[]
  /** 32 bytes. */
  readonly transactionId: Uint8Array
  /** Signed 16 bits. */
  readonly index: number
  /**
   * What the state tree holds: as received for a box that was read on its own, else as the reference writes it anew.
   *
   * @throws EncodeError when something in it has no encoding
   */
  readonly bytes: Uint8Array
  /** blake2b-256 of {@link bytes}. */
  readonly id: Uint8Array
  /** Tree as the reference writes it anew. */
  readonly canonicalTree: Uint8Array
  /** Values of R4, R5, ..., each as the reference writes it. */
  readonly registerBytes: readonly Uint8Array[]
  /** What scripts see. */
  readonly ergoBox: ErgoBox
}

/** Where a scanned candidate belongs. */
export interface BoxPlace {
  readonly transactionId: Uint8Array
  readonly index: number
  /** Offset of the transaction's token ids in the same buffer; undefined when the ids stand in the box. */
  readonly tokenIdsStart: number | undefined
  /** The box as it was received on its own. */
  readonly bytes: Uint8Array | undefined
}

/** A box that the quick pass went over: offsets into the bytes it came in. */
export class ScannedBox implements Box {
  readonly creationHeight: number
  readonly tree: ErgoTree
  readonly index: number
  readonly #buffer: Uint8Array
  readonly #span: CandidateSpan
  readonly #place: BoxPlace
  #value: bigint | undefined = undefined
  #tokens: readonly BoxToken[] | undefined = undefined
  #bytes: Uint8Array | undefined
  #id: Uint8Array | undefined = undefined
  #ergoBox: ErgoBox | undefined = undefined

  constructor(buffer: Uint8Array, span: CandidateSpan, place: BoxPlace) {
    this.creationHeight = span.creationHeight
    this.tree = span.tree
    this.index = (place.index << 16) >> 16
    this.#buffer = buffer
    this.#span = span
    this.#place = place
    this.#bytes = place.bytes
  }

  get value(): bigint {
    return (this.#value ??= new Reader(this.#buffer, this.#span.start).ulong())
  }

  get transactionId(): Uint8Array {
    return this.#place.transactionId
  }

  get tokens(): readonly BoxToken[] {
    return (this.#tokens ??= this.#readTokens())
  }

  #readTokens(): BoxToken[] {
    const { tokenIdsStart } = this.#place
    const r = new Reader(this.#buffer, this.#span.tokensStart)
    const tokens: BoxToken[] = []
    for (let n = r.u8(); n > 0; n--) {
      if (tokenIdsStart === undefined) {
        tokens.push({ id: r.bytes(ID_BYTES), amount: r.ulong() })
        continue
      }
      const at = tokenIdsStart + r.uint() * ID_BYTES
      tokens.push({ id: this.#buffer.subarray(at, at + ID_BYTES), amount: r.ulong() })
    }
    return tokens
  }

  get bytes(): Uint8Array {
    return (this.#bytes ??= this.#build())
  }

  #build(): Uint8Array {
    const { start, tokensStart, registersStart, end } = this.#span
    const { tokenIdsStart, transactionId } = this.#place
    const buffer = this.#buffer
    const w = new Writer(end - start + 4 * ID_BYTES)
    if (tokenIdsStart === undefined || buffer[tokensStart] === 0) {
      w.bytes(buffer.subarray(start, end))
    } else {
      w.bytes(buffer.subarray(start, tokensStart + 1))
      for (const { id, amount } of this.tokens) w.bytes(id).ulong(amount)
      w.bytes(buffer.subarray(registersStart, end))
    }
    return w.bytes(transactionId).ushort(this.#place.index).takeBytes()
  }

  get id(): Uint8Array {
    return (this.#id ??= blake2b256(this.bytes))
  }

  get canonicalTree(): Uint8Array {
    return this.tree.bytes
  }

  get registerBytes(): readonly Uint8Array[] {
    const s = this.#registerReader()
    const out: Uint8Array[] = []
    while (s.position < this.#span.end) {
      const from = s.position
      readEvaluated(s)
      out.push(this.#buffer.subarray(from, s.position))
    }
    return out
  }

  /** The quick pass takes constants only that mean the same under all versions. */
  #registerReader(): ScriptReader {
    return new ScriptReader(new Reader(this.#buffer, this.#span.registersStart + 1, this.#span.end), DEFAULT_VERSIONS)
  }

  #readRegisters(): EvaluatedNode[] {
    const s = this.#registerReader()
    const out: EvaluatedNode[] = []
    while (s.position < this.#span.end) out.push(readEvaluated(s))
    return out
  }

  get ergoBox(): ErgoBox {
    return (this.#ergoBox ??= new ErgoBox(
      {
        value: this.value,
        tree: this.tree,
        creationHeight: this.creationHeight,
        tokens: this.tokens,
        registers: this.#readRegisters()
      },
      this.transactionId,
      this.index,
      this.bytes
    ))
  }
}

/** A box whose every part was read. */
export class ParsedBox implements Box {
  readonly ergoBox: ErgoBox

  constructor(ergoBox: ErgoBox) {
    this.ergoBox = ergoBox
  }

  get value(): bigint {
    return this.ergoBox.value
  }

  get creationHeight(): number {
    return this.ergoBox.creationHeight
  }

  get tree(): ErgoTree {
    return this.ergoBox.tree
  }

  get tokens(): readonly BoxToken[] {
    return this.ergoBox.tokens
  }

  get transactionId(): Uint8Array {
    return this.ergoBox.transactionId
  }

  get index(): number {
    return this.ergoBox.index
  }

  get bytes(): Uint8Array {
    return this.ergoBox.bytes
  }

  get id(): Uint8Array {
    return this.ergoBox.id
  }

  get canonicalTree(): Uint8Array {
    return writeErgoTree(this.tree, DEFAULT_VERSIONS)
  }

  get registerBytes(): readonly Uint8Array[] {
    return this.ergoBox.registers.map((node) => {
      const w = new Writer(64)
      writeValue(w, node, DEFAULT_VERSIONS)
      return w.toBytes()
    })
  }
}

/** Registers as one string of bytes, for comparison: equal exactly when they hold equal nodes. */
export function registersKey(box: Box): Uint8Array {
  return concatBytes(...box.registerBytes)
}
