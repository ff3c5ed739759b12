import { fromHex, toHex } from '../../../src/bytes/index.ts'
import type { HeaderAnchor, SyncChain } from '../interface.ts'
import type { PeerSlot } from './peer-slot.ts'
import { type Cursor, Segment } from './segment.ts'

/** Stands for the parent of the first header, or for one that is not known. */
export const NO_PARENT = '0'.repeat(64)

/** Which stretches of the chain are being fetched: the shared ones in ascending order, then the branches of single peers. */
export class SegmentPlan {
  readonly #chain: SyncChain
  readonly #anchors: readonly HeaderAnchor[]
  #shared: Segment[]
  readonly #branches = new Map<number, Segment>()

  constructor(chain: SyncChain, anchors: readonly HeaderAnchor[]) {
    this.#chain = chain
    this.#anchors = anchors
    this.#shared = this.#cut([])
  }

  /** Branches first: a peer on another branch has no answer to a question about the best header. */
  all(): Segment[] {
    return [...this.#branches.values(), ...this.#shared]
  }

  has(segment: Segment): boolean {
    return segment.only === undefined ? this.#shared.includes(segment) : this.#branches.get(segment.only) === segment
  }

  /** The lowest shared stretch. */
  get first(): Segment {
    return this.#shared[0]!
  }

  branchOf(slot: PeerSlot): Segment | undefined {
    return this.#branches.get(slot.id)
  }

  /** Opens the branch of a peer, or gives the one it has. Its heights are guesses until its headers come. */
  openBranch(slot: PeerSlot): Segment {
    let branch = this.#branches.get(slot.id)
    if (branch === undefined) {
      branch = new Segment({ id: NO_PARENT, height: this.#chain.height }, { only: slot.id })
      this.#branches.set(slot.id, branch)
    }
    return branch
  }

  closeBranch(slot: PeerSlot): void {
    this.#branches.delete(slot.id)
  }

  /**
   * A branch whose headers stand in the best chain is what all share from then on, unless a shared walk is under way already. Else
   * one peer alone would be asked as long as its next headers come before its last ones are verified.
   */
  share(branch: Segment, isWalking: (segment: Segment) => boolean): void {
    const { first } = this
    if (branch.only === undefined || first.open > 0 || first.walked || isWalking(first)) return
    if (first.end !== undefined && branch.cursor.height >= first.end.height) return
    this.#branches.delete(branch.only)
    branch.only = undefined
    branch.end = first.end
    this.#shared[0] = branch
  }

  /** An anchor that a walk ran past was a bad hint: what follows the walk is one open stretch instead. Returns what is dropped. */
  dropAnchorsAbove(segment: Segment): Segment[] {
    const at = this.#shared.indexOf(segment)
    const dropped = this.#shared.slice(at + 1)
    this.#shared = [...this.#shared.slice(0, at + 1), new Segment(segment.cursor)]
    return dropped
  }

  /** Starts spoilt shared stretches over; the others stay as they are if they still have a place. Returns those that have none. */
  restart(spoilt: ReadonlySet<Segment>): Segment[] {
    const sound = this.#shared.filter((segment) => !spoilt.has(segment))
    this.#shared = this.#cut(sound)
    return sound.filter((segment) => !this.#shared.includes(segment))
  }

  /** Forgets what is done, and starts again from the best header where a walk has nothing left to show for itself. */
  tidy(isWalking: (segment: Segment) => boolean, claimOf: (sessionId: number) => number): void {
    for (const [sessionId, branch] of this.#branches) {
      if (branch.open === 0 && !this.#branchGoesOn(branch, claimOf(sessionId))) this.#branches.delete(sessionId)
    }
    this.#shared = this.#shared.filter((s, i) => s.open > 0 || !s.walked || i === this.#shared.length - 1)
    const { first } = this
    if (first.open > 0 || isWalking(first)) return
    // Its headers are verified but the chain did not get there, or another branch won: the best header is where to go on.
    if (first.end === undefined || this.#chain.height < first.end.height) first.cursor = this.tip()
    else first.walked = true
  }

  tip(): Cursor {
    const { height } = this.#chain
    return { id: height === 0 ? NO_PARENT : toHex(this.#chain.idAt(height)!), height }
  }

  /** Is there more of a branch, beyond what was fetched and did not become the best chain? */
  #branchGoesOn(branch: Segment, claimedHeight: number): boolean {
    if (branch.unanswered > 0 || claimedHeight <= branch.cursor.height) return false
    if (branch.climbing) return true
    const id = fromHex(branch.cursor.id)
    return this.#chain.heightOf(id) !== undefined && !this.#chain.isBest(id)
  }

  /** One stretch from the best header, or the sound one that began there, and one from each anchor above it. */
  #cut(sound: readonly Segment[]): Segment[] {
    const [lowest] = sound
    const lead = lowest !== undefined && lowest.start.height <= this.#chain.height ? lowest : undefined
    const height = Math.max(this.#chain.height, lead?.end === undefined ? 0 : lead.end.height - 1)
    const anchors = lead !== undefined && lead.end === undefined ? [] : this.#anchors.filter((a) => a.height > height)
    const starts = anchors.map((a): Cursor => ({ id: toHex(a.id), height: a.height }))
    const made = starts.map((start, i) => {
      const end = starts[i + 1]
      return (
        sound.find((s) => s.start.id === start.id && s.end?.id === end?.id) ??
        new Segment(start, end === undefined ? {} : { end })
      )
    })
    return [lead ?? new Segment(this.tip(), starts[0] === undefined ? {} : { end: starts[0] }), ...made]
  }
}
