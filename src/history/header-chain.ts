import { LRUCache } from 'lru-cache'
import { bytesEqual, toHex } from '../bytes/index.ts'
import { chainScore, type Header, judgeHeader, type NetworkParameters } from '../chain/index.ts'
import { type Change, type Database, type HeaderRecord, HeaderStore, type InvalidMark, InvalidStore } from '../store/index.ts'
import { ChainMover } from './chain-mover.ts'
import type { AppendResult, HeaderChainChange, HeaderOutcome, Rejection } from './header-outcome.ts'
import { type PendingHeader, PendingHeaders, type ScoredHeader } from './pending-headers.ts'
import { RecentInvalid } from './recent-invalid.ts'
import { descendantMark, isLasting, markOf, ON_INVALID_PARENT, uncheckable } from './rejections.ts'
import { storedHeader } from './stored-header.ts'

/**
 * Parsed headers of late use. A difficulty adjustment of the classic kind looks at nine headers that lie 8,192 heights apart, so a
 * cache that holds the last few thousand serves all but those.
 */
const MAX_CACHED_HEADERS = 4096

export interface HeaderChainInit {
  readonly db: Database
  readonly network: NetworkParameters
  /** Milliseconds since 1970. */
  readonly now: () => number
  /** Height of the best full block, for rule 209; 0 while only headers are followed. */
  readonly fullBlockHeight?: () => number
}

/**
 * The tree of headers and the best chain in it: the one with the greatest sum of difficulties, and of two equal ones that which
 * was there first.
 *
 * Reads are synchronous and see committed headers only. {@link append} is for the one writer, in order.
 */
export class HeaderChain {
  readonly network: NetworkParameters
  readonly store: HeaderStore
  readonly invalid: InvalidStore
  readonly #db: Database
  readonly #mover: ChainMover
  readonly #now: () => number
  readonly #fullBlockHeight: () => number
  readonly #cache = new LRUCache<string, ScoredHeader>({ max: MAX_CACHED_HEADERS })
  readonly #recentInvalid = new RecentInvalid()

  private constructor(init: HeaderChainInit, store: HeaderStore, invalid: InvalidStore) {
    this.network = init.network
    this.store = store
    this.invalid = invalid
    this.#db = init.db
    this.#mover = new ChainMover(init.db, store)
    this.#now = init.now
    this.#fullBlockHeight = init.fullBlockHeight ?? (() => 0)
  }

  static async open(init: HeaderChainInit): Promise<HeaderChain> {
    const chain = new HeaderChain(init, await HeaderStore.load(init.db), await InvalidStore.load(init.db))
    await chain.#mover.resume((id) => chain.invalid.has(id))
    return chain
  }

  /** Height of the best header, 0 when there is none. */
  get height(): number {
    return this.store.height
  }

  get best(): Header | undefined {
    return this.headerAt(this.store.height)
  }

  get bestScore(): bigint {
    return this.store.bestScore
  }

  /** Header of the best chain at a height. */
  headerAt(height: number): Header | undefined {
    const id = this.store.idAt(height)
    return id === undefined ? undefined : this.#scored(id)?.header
  }

  /** Any stored header. */
  header(id: Uint8Array): Header | undefined {
    return this.#scored(id)?.header
  }

  scoreOf(id: Uint8Array): bigint | undefined {
    return this.#scored(id)?.score
  }

  /** Why a header is known to be invalid, if it is: verdicts of the past on disk, cheap ones of late in memory. */
  knownInvalid(id: Uint8Array): Rejection | undefined {
    const recent = this.#recentInvalid.get(id)
    if (recent !== undefined) return recent
    const mark = this.invalid.get(id)
    return mark === undefined ? undefined : { rule: mark.rule, code: 'KNOWN_INVALID', severity: 'fatal', message: mark.message }
  }

  /** Remembers a header that failed before it came to the chain, e.g. for its proof of work. */
  rememberInvalid(id: Uint8Array, failure: Rejection): void {
    this.#recentInvalid.add(id, failure)
  }

  has(id: Uint8Array): boolean {
    return this.store.has(id)
  }

  /** Is the header on the best chain? */
  isCanonical(id: Uint8Array): boolean {
    return this.store.canonicalHeight(id) !== undefined
  }

  /** Ancestor of a stored header (or itself) at a height, along its own branch. */
  ancestorAt(id: Uint8Array, height: number): Header | undefined {
    return this.#ancestor(id, height)
  }

  /** Id of {@link ancestorAt}, mostly without a look at any header. */
  ancestorIdAt(id: Uint8Array, height: number): Uint8Array | undefined {
    const canonical = this.store.canonicalHeight(id)
    if (canonical === undefined) return this.#ancestor(id, height)?.id
    return canonical >= height ? this.store.idAt(height) : undefined
  }

  /**
   * Takes headers whose proof of work holds, decides their place and commits all of them at once.
   *
   * The batch may hold any headers in any order of branches, but a parent must come before its child, else the child is an orphan.
   *
   * @throws HeaderContextError when a header would be the best, and the chain starts too late to know what difficulty it must have
   */
  async append(headers: readonly Header[]): Promise<AppendResult> {
    const pending = new PendingHeaders()
    const marks: Change[] = []
    const markedNow = new Set<string>()
    let best: PendingHeader | undefined
    const outcomes = headers.map((header) => {
      const key = header.idHex
      const outcome = this.#judge(header, key, pending, markedNow)
      if (outcome.status === 'accepted') {
        const entry = pending.get(header.id)!
        if (entry.score > (best?.score ?? this.store.bestScore)) best = entry
      }
      if (outcome.status === 'invalid') {
        markedNow.add(key)
        if (isLasting(outcome.failure)) marks.push(this.invalid.stage(header.id, markOf(header, outcome.failure)))
        else this.#recentInvalid.add(header.id, outcome.failure)
      }
      return outcome
    })
    if (pending.size === 0 && marks.length === 0) return { outcomes, change: undefined }
    let change: HeaderChainChange | undefined
    if (best === undefined) await this.#mover.addForks(pending, marks)
    else change = await this.#mover.switchTo(this.#mover.pathTo(best), pending, marks)
    for (const { header, score, key } of pending.values()) this.#cache.set(key, { header, score })
    return { outcomes, change }
  }

  /**
   * Starts an empty chain at trusted headers above height 1, consecutive and ascending. Their own rules need what lies below them
   * and are not checked; everything appended afterwards is.
   *
   * @param scoreBefore sum of difficulties below the first; only differences matter for fork choice
   * @throws RangeError when the chain is not empty or the headers do not link
   */
  async seed(headers: readonly Header[], scoreBefore = 0n): Promise<void> {
    const first = headers[0]
    if (this.height >= this.store.base || first === undefined)
      throw new RangeError('only an empty chain can be started at an anchor')
    let score = scoreBefore
    const canonical = headers.map((header, i): HeaderRecord => {
      if (header.height !== first.height + i || (i > 0 && !bytesEqual(header.parentId, headers[i - 1]!.id))) {
        throw new RangeError(`anchor header ${header.idHex} at height ${header.height} does not follow the one before it`)
      }
      score = chainScore(score, header.nBits)
      return { id: header.id, height: header.height, bytes: header.bytes, score }
    })
    this.store.startAt(first.height)
    const staged = this.store.stage({ keep: first.height - 1, canonical })
    await this.#db.commit('anchor', staged.changes, { durable: true })
    staged.apply()
  }

  /**
   * Marks a stored header and everything stored above it as invalid for good, and moves the best chain to the branch with the greatest
   * score that is left. The reference goes to the first valid header of the greatest height instead (`ErgoHistory.reportModifierIsInvalid`),
   * from which the next header of a heavier branch brings it to the same place.
   *
   * @returns undefined when the best chain stays
   */
  async invalidate(id: Uint8Array, mark: InvalidMark): Promise<HeaderChainChange | undefined> {
    const first = this.store.get(id)
    if (first === undefined) return undefined
    const canonicalFrom = this.store.canonicalHeight(id)
    const oldTip = this.#mover.tip()
    const stageDescendant = (r: HeaderRecord): Change => this.invalid.stage(r.id, descendantMark(r, mark))
    const doomed = new Map([[toHex(id), first]])
    if (canonicalFrom !== undefined) {
      await this.#mover.shorten(canonicalFrom, stageDescendant)
      for (const r of this.store.range(canonicalFrom + 1, this.height)) doomed.set(toHex(r.id), r)
    }
    const forks = await this.#validForks()
    for (const fork of forks) {
      const { parentId } = storedHeader(fork)
      if (doomed.has(toHex(parentId)) || this.invalid.has(parentId)) doomed.set(toHex(fork.id), fork)
    }
    const marks = [...doomed.values()].map((r) => (r === first ? this.invalid.stage(r.id, mark) : stageDescendant(r)))
    if (canonicalFrom === undefined) {
      await this.#db.commit('invalidate', marks)
      return undefined
    }
    const keep = canonicalFrom - 1
    let best: HeaderRecord | undefined = keep >= this.store.base ? this.store.at(keep) : undefined
    for (const fork of forks) if (!doomed.has(toHex(fork.id)) && fork.score > (best?.score ?? 0n)) best = fork
    const change = await this.#mover.switchTo(this.#mover.storedPath(best), new PendingHeaders(), marks, keep)
    return { ...change, removed: (oldTip?.height ?? 0) - change.forkHeight, oldTip }
  }

  /** Headers off the best chain that are not marked invalid, parents before their children. */
  async #validForks(): Promise<HeaderRecord[]> {
    const out: HeaderRecord[] = []
    for await (const fork of this.store.forks()) if (!this.invalid.has(fork.id)) out.push(fork)
    return out.sort((a, b) => a.height - b.height)
  }

  #judge(header: Header, key: string, pending: PendingHeaders, markedNow: ReadonlySet<string>): HeaderOutcome {
    const { id, height } = header
    if (pending.has(key) || this.store.has(id)) return { status: 'known', id, height }
    const remembered = this.knownInvalid(id)
    if (remembered !== undefined) return { status: 'invalid', id, height, failure: remembered }
    // A parent accepted in this batch is not known to be invalid, so only others are looked up.
    const pendingParent = header.isGenesis ? undefined : pending.get(header.parentId)
    const parent = header.isGenesis ? undefined : (pendingParent ?? this.#scored(header.parentId))
    const parentInvalid = pendingParent === undefined && this.#isInvalid(header.parentId, markedNow)
    if (!header.isGenesis && parent === undefined) {
      if (!parentInvalid) return { status: 'orphan', id, height, parentId: header.parentId }
      // The reference forgets such a parent and asks for it again and again (rule 204); we know better.
      return { status: 'invalid', id, height, failure: ON_INVALID_PARENT }
    }
    const verdict = judgeHeader(header, {
      parent: parent?.header ?? null,
      parentInvalid,
      ancestorAt: (h) => this.#ancestorOf(header.parentId, pendingParent, h, pending),
      network: this.network,
      now: this.#now(),
      fullBlockHeight: this.#fullBlockHeight(),
      // Checked before the header came here.
      pow: null
    })
    const { failure } = verdict
    if (failure !== undefined) return { status: failure.severity === 'fatal' ? 'invalid' : 'later', id, height, failure }
    const parentScore = parent?.score ?? 0n
    if (verdict.unchecked.length > 0) return uncheckable(header, verdict, parentScore, this.store)
    pending.add(header, key, chainScore(parentScore, header.nBits), pendingParent)
    return { status: 'accepted', id, height }
  }

  #isInvalid(id: Uint8Array, markedNow: ReadonlySet<string>): boolean {
    return (markedNow.size > 0 && markedNow.has(toHex(id))) || this.knownInvalid(id) !== undefined
  }

  #scored(id: Uint8Array): ScoredHeader | undefined {
    const key = toHex(id)
    const cached = this.#cache.get(key)
    if (cached !== undefined) return cached
    const record = this.store.get(id)
    if (record === undefined) return undefined
    const entry = { header: storedHeader(record), score: record.score }
    this.#cache.set(key, entry)
    return entry
  }

  /** Ancestor of a header whose parent is given, stored or pending. */
  #ancestorOf(
    parentId: Uint8Array,
    parent: PendingHeader | undefined,
    height: number,
    pending: PendingHeaders
  ): Header | undefined {
    if (parent === undefined) return this.#ancestor(parentId, height)
    const found = pending.ancestorAt(parent, height)
    return found !== undefined && 'storedId' in found ? this.#ancestor(found.storedId, height) : found
  }

  #ancestor(id: Uint8Array, height: number): Header | undefined {
    let cursor = id
    for (;;) {
      const canonical = this.store.canonicalHeight(cursor)
      if (canonical !== undefined) return canonical >= height ? this.headerAt(height) : undefined
      const header = this.#scored(cursor)?.header
      if (header === undefined || header.height < height) return undefined
      if (header.height === height) return header
      cursor = header.parentId
    }
  }
}
