import { MODIFIERS_TARGET_BYTES } from '../../../src/wire/index.ts'
import type { Wanted } from './wanted.ts'

/**
 * Why a request was sent: planned work; a second asking for what holds up everything; a section of one of the newest blocks; one
 * that was announced and whose header is still to come.
 */
export type RequestKind = 'unit' | 'hedge' | 'fresh' | 'early'

export interface SectionRequestInit {
  readonly kind: RequestKind
  /** Of one type. */
  readonly wanted: readonly Wanted[]
  readonly sentAt: number
  /** Expected size of each. */
  readonly sectionBytes: number
  readonly deadline: number
  readonly alone: boolean
  readonly isGuess: boolean
}

/** One RequestModifier under way. */
export class SectionRequest {
  readonly typeId: number
  readonly kind: RequestKind
  readonly sentAt: number
  /** Nothing else was under way to the peer. */
  readonly alone: boolean
  /** The peer is on another branch: asked only because nobody else is left, and not blamed. */
  readonly isGuess: boolean
  /** What the peer has not sent yet, whoever else may have. */
  readonly wanted: Map<string, Wanted>
  readonly #sectionBytes: number
  readonly size: number
  deadline: number
  /** Sections that came, and the lowest height among them. */
  delivered = 0
  deliveredFrom = Number.POSITIVE_INFINITY
  #lastPartBytes = 0

  constructor({ kind, wanted, sentAt, sectionBytes, deadline, alone, isGuess }: SectionRequestInit) {
    this.typeId = wanted[0]!.typeId
    this.kind = kind
    this.sentAt = sentAt
    this.alone = alone
    this.isGuess = isGuess
    this.wanted = new Map(wanted.map((w) => [w.key, w]))
    this.size = wanted.length
    this.#sectionBytes = sectionBytes
    this.deadline = deadline
  }

  /**
   * A section came.
   *
   * @returns false when it is none of these
   */
  deliver(key: string): boolean {
    const wanted = this.wanted.get(key)
    if (wanted === undefined) return false
    this.wanted.delete(key)
    this.delivered++
    if (wanted.place !== undefined) this.deliveredFrom = Math.min(this.deliveredFrom, wanted.place.height)
    return true
  }

  /** A message with some of it came. */
  onPart(bytes: number): void {
    this.#lastPartBytes = bytes
  }

  /** An answer is cut into messages only when it is large: after a small one no more is to be expected, though some may be missing. */
  get seemsAnswered(): boolean {
    return this.delivered > 0 && this.#lastPartBytes < MODIFIERS_TARGET_BYTES / 2
  }

  /** Size of what is still to come, as expected. */
  get remainingBytes(): number {
    return this.wanted.size * this.#sectionBytes
  }

  /** Heights that did not come. */
  get missingHeights(): { from: number; to: number } | undefined {
    let from = Number.POSITIVE_INFINITY
    let to = 0
    for (const { place } of this.wanted.values()) {
      if (place === undefined) continue
      from = Math.min(from, place.height)
      to = Math.max(to, place.height)
    }
    return to === 0 ? undefined : { from, to }
  }
}
