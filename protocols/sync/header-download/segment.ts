/** A known header id and its height, as far as it is known. */
export interface Cursor {
  readonly id: string
  readonly height: number
}

/**
 * A stretch of the chain that is fetched on its own: ids are walked one answer after the other from its start, the headers behind
 * them come from any peer that has them.
 *
 * A stretch is either shared, and walked by peers that have proven themselves, or the branch of one peer, with which that peer
 * fools nobody but itself.
 */
export class Segment {
  readonly start: Cursor
  /** Where the walk stands: the last id that is known. */
  cursor: Cursor
  /** Where the next stretch begins; undefined for the open one at the end. */
  end: Cursor | undefined
  /** Session id of the peer whose branch it is; undefined for a shared one. */
  only: number | undefined
  /** Session ids of the peers whose ids are in it. */
  readonly named = new Set<number>()
  /** Ids still to be asked for, lowest first. */
  pending: string[] = []
  /** Ids of this stretch that are not verified yet, pending ones included. */
  open = 0
  /** Questions about it without an answer, in a row. */
  unanswered = 0
  /** All its ids are known. */
  walked = false
  /** Where the chain of the peer leaves ours is still looked for: all that it named so far is known. */
  climbing = false

  constructor(start: Cursor, init: { end?: Cursor; only?: number } = {}) {
    this.start = start
    this.cursor = start
    this.end = init.end
    this.only = init.only
  }
}
