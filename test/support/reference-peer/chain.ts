import { toHex } from '../../../src/bytes/index.ts'
import { scanHeader } from '../../../src/chain/index.ts'
import { ModifierType } from '../../../src/wire/index.ts'

/** A block as recorded: hex of header and, when there are any, of its sections as they travel. */
export interface RecordedBlock {
  readonly height: number
  readonly id: string
  readonly header?: string
  readonly bytes?: string
  readonly transactions?: string
  readonly extension?: string
  readonly adProofs?: string
}

export interface PeerHeader {
  readonly height: number
  readonly id: Uint8Array
  readonly bytes: Uint8Array
  readonly parentId: Uint8Array
}

/** What a reference peer holds: one best chain (it may be replaced), other headers, sections. */
export class PeerChain {
  #best: PeerHeader[] = []
  readonly #byId = new Map<string, PeerHeader>()
  readonly #objects = new Map<string, { typeId: number; bytes: Uint8Array }>()

  get height(): number {
    return this.#best.at(-1)?.height ?? 0
  }

  get tip(): PeerHeader | undefined {
    return this.#best.at(-1)
  }

  get base(): number {
    return this.#best[0]?.height ?? 1
  }

  at(height: number): PeerHeader | undefined {
    return this.#best[height - this.base]
  }

  header(id: Uint8Array): PeerHeader | undefined {
    return this.#byId.get(toHex(id))
  }

  isBest(id: Uint8Array): boolean {
    const header = this.header(id)
    return header !== undefined && this.at(header.height) === header
  }

  object(typeId: number, id: Uint8Array): Uint8Array | undefined {
    const found = this.#objects.get(toHex(id))
    return found?.typeId === typeId ? found.bytes : undefined
  }

  /** Appends a header (no checks but the link to what is held) and what comes with it. */
  append(
    bytes: Uint8Array,
    sections: { transactions?: Uint8Array; extension?: Uint8Array; adProofs?: Uint8Array } = {}
  ): PeerHeader {
    const parsed = scanHeader(bytes)
    const header = { height: parsed.height, id: parsed.id, bytes, parentId: parsed.parentId }
    if (this.tip !== undefined && toHex(this.tip.id) !== toHex(header.parentId)) {
      const parent = this.header(header.parentId)
      if (parent === undefined) throw new Error(`header ${header.height} does not link`)
      this.#best = this.#best.slice(0, parent.height - this.base + 1)
    }
    this.#best.push(header)
    this.#byId.set(toHex(header.id), header)
    this.#objects.set(toHex(header.id), { typeId: ModifierType.Header, bytes })
    const put = (typeId: number, id: Uint8Array, section: Uint8Array | undefined): void => {
      if (section !== undefined) this.#objects.set(toHex(id), { typeId, bytes: section })
    }
    put(ModifierType.BlockTransactions, parsed.transactionsId, sections.transactions)
    put(ModifierType.Extension, parsed.extensionId, sections.extension)
    put(ModifierType.AdProofs, parsed.adProofsId, sections.adProofs)
    return header
  }

  /** Holds an object, whatever it is. */
  put(typeId: number, id: Uint8Array, bytes: Uint8Array): void {
    this.#objects.set(toHex(id), { typeId, bytes })
  }

  static ofHeaders(headers: Iterable<Uint8Array>): PeerChain {
    const chain = new PeerChain()
    for (const bytes of headers) chain.append(bytes)
    return chain
  }
}
