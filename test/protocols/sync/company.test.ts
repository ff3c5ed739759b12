/** The header download among any company of peers, on a clock of its own: no sockets, no disk, nothing left to chance but the company. */
import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { describe, it, type TestContext } from 'node:test'
import { defaultLogger } from '@libp2p/logger'
import fc from 'fast-check'
import type { Session } from '../../../protocols/session/index.ts'
import { DEFAULT_LIMITS } from '../../../protocols/sync/constants.ts'
import { HeaderDownload } from '../../../protocols/sync/header-download/header-download.ts'
import {
  continuationIds,
  type HeaderAnchor,
  type HeaderSink,
  type SubmitOutcome,
  type SyncChain
} from '../../../protocols/sync/index.ts'
import { toHex } from '../../../src/bytes/index.ts'
import { type Header, scanHeader } from '../../../src/chain/index.ts'
import type { Message } from '../../../src/wire/index.ts'
import { mineHeaders } from '../../support/mine-headers.ts'

const main = mineHeaders({ count: 1300 })
/** Valid, and of less work. */
const branch = mineHeaders({ parent: main[399]!, count: 600, salt: 6 })
/** Broken by decree, in place of what a rule would find. */
const rotten = mineHeaders({ parent: main[199]!, count: 40, salt: 7 })
const ROTTEN = new Set(rotten.map((h) => h.idHex))
const STEP_MS = 20

/** A header chain in memory: every header weighs the same. */
class MemoryChain implements SyncChain {
  readonly headers = new Map<string, Header>()
  #best: Header[] = []

  constructor(headers: readonly Header[] = []) {
    for (const header of headers) this.add(header)
  }

  get height(): number {
    return this.#best.length
  }

  idAt(height: number): Uint8Array | undefined {
    return this.#best[height - 1]?.id
  }

  heightOf(id: Uint8Array): number | undefined {
    return this.headers.get(toHex(id))?.height
  }

  isBest(id: Uint8Array): boolean {
    const height = this.heightOf(id)
    return height !== undefined && this.#best[height - 1]!.idHex === toHex(id)
  }

  bytesOf(id: Uint8Array): Uint8Array | undefined {
    return this.headers.get(toHex(id))?.bytes
  }

  inspect(bytes: Uint8Array): Header | undefined {
    try {
      return scanHeader(bytes)
    } catch {
      return undefined
    }
  }

  /** The parent must be there. */
  add(header: Header): void {
    this.headers.set(header.idHex, header)
    if (header.height <= this.height) return
    const path = [header]
    for (;;) {
      const { height, parentId } = path.at(-1)!
      if (height === 1 || this.#best[height - 2]?.idHex === toHex(parentId)) break
      path.push(this.headers.get(toHex(parentId))!)
    }
    this.#best = [...this.#best.slice(0, path.at(-1)!.height - 1), ...path.reverse()]
  }
}

/** Takes headers as the history does, orphans by sender. */
class MemorySink implements HeaderSink {
  queued = 0
  readonly #chain: MemoryChain
  readonly #orphans = new Map<string, Map<string, Header>>()

  constructor(chain: MemoryChain) {
    this.#chain = chain
  }

  async submit(batch: readonly Uint8Array[], source: string): Promise<SubmitOutcome[]> {
    this.queued++
    await new Promise((resolve) => setTimeout(resolve, 5 + batch.length / 20))
    this.queued--
    const headers = batch.map((bytes) => scanHeader(bytes))
    const outcomes = new Map<Header, SubmitOutcome>()
    for (const header of [...headers].sort((a, b) => a.height - b.height)) outcomes.set(header, this.#take(header, source))
    return headers.map((h) => outcomes.get(h)!)
  }

  missingParents(source: string, limit: number): Uint8Array[] {
    const mine = [...(this.#orphans.get(source)?.values() ?? [])].sort((a, b) => a.height - b.height)
    return mine
      .filter((h) => !this.#orphans.get(source)!.has(toHex(h.parentId)))
      .slice(0, limit)
      .map((h) => h.parentId)
  }

  forget(source: string): void {
    this.#orphans.delete(source)
  }

  #take(header: Header, source: string): SubmitOutcome {
    if (ROTTEN.has(header.idHex)) return { status: 'invalid', rule: 207, message: 'rotten' }
    if (this.#chain.headers.has(header.idHex)) return { status: 'known' }
    if (header.height > 1 && !this.#chain.headers.has(toHex(header.parentId))) {
      if (!this.#orphans.has(source)) this.#orphans.set(source, new Map())
      this.#orphans.get(source)!.set(header.idHex, header)
      return { status: 'orphan' }
    }
    this.#chain.add(header)
    for (const orphans of this.#orphans.values()) {
      for (const orphan of [...orphans.values()]) {
        if (toHex(orphan.parentId) !== header.idHex || !orphans.delete(orphan.idHex)) continue
        this.#take(orphan, source)
      }
    }
    return { status: 'accepted' }
  }
}

type Kind =
  | 'honest'
  | 'modeless'
  | 'turncoat'
  | 'noisy'
  | 'twice'
  | 'silent'
  | 'withholding'
  | 'lossy'
  | 'garbling'
  | 'rotten'
  | 'inventing'
  | 'branch'
  | 'behind'
  | 'boasting'

interface Peer {
  readonly kind: Kind
  readonly latencyMs: number
  /** When it goes for good. */
  readonly leavesAtMs?: number | undefined
}

const CHAINS: Partial<Record<Kind, readonly Header[]>> = {
  branch: [...main.slice(0, 400), ...branch],
  rotten: [...main.slice(0, 200), ...rotten],
  behind: main.slice(0, 350)
}

/** When one that was honest begins to make things up. */
const TURN_MS = 700

const madeUp = (count: number): Uint8Array[] => Array.from({ length: count }, () => new Uint8Array(randomBytes(32)))

class World {
  readonly chain = new MemoryChain()
  readonly penalties: Array<{ kind: string; peer: Kind }> = []
  readonly faults: unknown[] = []
  readonly download: HeaderDownload
  mostIds = 0
  now = 0
  readonly #t: TestContext
  readonly #kinds = new Map<number, Kind>()
  #nextId = 1
  #over = false

  constructor(t: TestContext, anchors: readonly HeaderAnchor[]) {
    this.#t = t
    this.download = new HeaderDownload({
      chain: this.chain,
      sink: new MemorySink(this.chain),
      penalties: { penalize: ({ id }, kind) => void this.penalties.push({ kind, peer: this.#kinds.get(id)! }) },
      anchors,
      limits: DEFAULT_LIMITS,
      now: () => this.now,
      log: defaultLogger().forComponent('test'),
      onFault: (err) => this.faults.push(err)
    })
  }

  add({ kind, latencyMs, leavesAtMs }: Peer): void {
    const id = this.#nextId++
    this.#kinds.set(id, kind)
    const theirs = new MemoryChain(CHAINS[kind] ?? main)
    let gone = false
    let lastSync = Number.NEGATIVE_INFINITY
    let asked = 0
    const later = (run: () => void): void => void setTimeout(() => gone || this.#over || run(), latencyMs)
    const answer = (message: Message): void => {
      if (message.type === 'SyncInfo') {
        assert.ok(this.now - lastSync > 100, `SyncInfo ${this.now - lastSync} ms after the last`)
        lastSync = this.now
      }
      if (kind === 'silent') return
      if (message.type === 'SyncInfo') {
        const info =
          message.version === 1
            ? ({ version: 1, ids: message.headerIds } as const)
            : ({ version: 2, headers: message.headers.map((bytes) => scanHeader(bytes)) } as const)
        const ids =
          kind === 'inventing' || (kind === 'turncoat' && this.now > TURN_MS) ? madeUp(399) : continuationIds(theirs, info)
        if (ids.length > 0 && kind !== 'boasting') later(() => this.download.onInv(session, ids))
      } else if (message.type === 'RequestModifier') {
        const modifiers = message.ids.flatMap((wanted) => {
          const bytes = theirs.bytesOf(wanted)
          const chance = (asked++ * 7919) % 100
          if (bytes === undefined || kind === 'withholding' || (kind === 'lossy' && chance < 50)) return []
          return [{ id: wanted, bytes: kind === 'garbling' && chance < 20 ? main[0]!.bytes : bytes }]
        })
        for (let n = 0; n < (kind === 'twice' ? 2 : 1); n++)
          if (modifiers.length > 0) later(() => this.download.onModifiers(session, modifiers))
      }
    }
    const session = {
      id,
      peer: {
        features: kind === 'modeless' ? [] : [{ kind: 'mode', stateType: 'utxo', verifyingTransactions: true, blocksToKeep: -1 }]
      },
      remote: { ip: `127.0.0.${id}`, isLocal: true },
      send: (message: Message) => later(() => answer(message))
    } as unknown as Session
    this.download.addPeer(session)
    const claim = (): void => {
      if (gone || this.#over) return
      this.download.onClaim(id, kind === 'boasting' ? 2 ** 31 - 1 : theirs.height)
      if (theirs.height > this.chain.height) this.download.greet(id)
      setTimeout(claim, 20_000)
    }
    if (kind !== 'silent') setTimeout(claim, latencyMs * 2)
    const shout = (): void => {
      if (gone || this.#over) return
      this.download.onInv(session, madeUp(1 + (this.now % 30)))
      setTimeout(shout, 300)
    }
    if (kind === 'noisy') shout()
    if (leavesAtMs !== undefined) {
      setTimeout(() => {
        gone = true
        this.download.removePeer(session)
      }, leavesAtMs)
    }
  }

  stop(): void {
    this.#over = true
    this.download.stop()
  }

  /** Lets time pass until something holds; false when it never does. */
  async until(holds: () => boolean, withinMs: number): Promise<boolean> {
    for (const end = this.now + withinMs; this.now < end; ) {
      if (holds()) return true
      this.now += STEP_MS
      this.#t.mock.timers.tick(STEP_MS)
      for (let i = 0; i < 4; i++) await Promise.resolve()
      const { idsWaiting, headersInFlight, headersVerifying } = this.download.snapshot()
      this.mostIds = Math.max(this.mostIds, idsWaiting + headersInFlight + headersVerifying)
    }
    return holds()
  }
}

/** What each kind may be charged with. */
const CHARGES: Record<Kind, readonly string[]> = {
  honest: [],
  modeless: [],
  turncoat: ['nonDelivery'],
  noisy: ['nonDelivery'],
  twice: ['spam'],
  silent: [],
  behind: [],
  branch: [],
  boasting: [],
  lossy: ['nonDelivery'],
  withholding: ['nonDelivery'],
  inventing: ['nonDelivery'],
  garbling: ['misbehavior'],
  rotten: ['misbehavior']
}

const KINDS = Object.keys(CHARGES) as Kind[]

/** Companies in which it once stood still. */
const STALLS: Array<[Peer, Array<Peer & { leavesAtMs: number | undefined }>, number, HeaderAnchor[]]> = [
  // The branch parts between two far steps of the locator.
  [{ kind: 'honest', latencyMs: 141 }, [{ kind: 'branch', latencyMs: 1, leavesAtMs: undefined }], 0, []],
  // Who named the ids of what all share is gone, and nobody else has them.
  [{ kind: 'honest', latencyMs: 1 }, [{ kind: 'branch', latencyMs: 1, leavesAtMs: 182 }], 1, []],
  // The best header is of a branch that nobody has any more, below an anchor.
  [
    { kind: 'honest', latencyMs: 101 },
    [{ kind: 'branch', latencyMs: 81, leavesAtMs: 782 }],
    0,
    [{ height: 600, id: main[599]!.id }]
  ],
  // Orphans above a branch whose way down has to be climbed for.
  [
    { kind: 'honest', latencyMs: 101 },
    [{ kind: 'branch', latencyMs: 41, leavesAtMs: undefined }],
    0,
    [{ height: 1200, id: main[1199]!.id }]
  ],
  // One stretch is spoilt, and another has no place without it.
  [
    { kind: 'honest', latencyMs: 141 },
    [
      { kind: 'turncoat', latencyMs: 181, leavesAtMs: 902 },
      { kind: 'honest', latencyMs: 1500, leavesAtMs: undefined }
    ],
    0,
    [{ height: 1000, id: new Uint8Array(32).fill(9) }]
  ]
]

describe('headers from any company of peers', () => {
  it('with one honest peer among them the best chain is fetched, and each is charged with what it did', async (t) => {
    t.mock.timers.enable({ apis: ['setTimeout'] })
    const honest = fc.record({ kind: fc.constant<Kind>('honest'), latencyMs: fc.integer({ min: 1, max: 400 }) })
    const other = fc.record({
      kind: fc.constantFrom(...KINDS),
      latencyMs: fc.oneof(fc.integer({ min: 1, max: 1_500 }), fc.integer({ min: 1_500, max: 4_000 })),
      leavesAtMs: fc.option(fc.integer({ min: 10, max: 10_000 }), { nil: undefined })
    })
    // Some right, some of a branch, some of nothing.
    const anchors = fc
      .subarray([
        ...[250, 600, 900, 1200].map((height) => ({ height, id: main[height - 1]!.id })),
        { height: 700, id: branch[299]!.id },
        { height: 1000, id: new Uint8Array(32).fill(9) }
      ])
      .map((list) => list.sort((a, b) => a.height - b.height))
    await fc.assert(
      fc.asyncProperty(
        honest,
        fc.array(other, { maxLength: 6 }),
        fc.integer({ min: 0, max: 6 }),
        anchors,
        async (good, others, place, hints) => {
          const world = new World(t, hints)
          const company: Peer[] = [...others]
          company.splice(place, 0, good)
          for (const peer of company) world.add(peer)
          const done = await world.until(() => world.chain.height === main.length, 2 * 60_000)
          world.stop()
          assert.ok(done, `at ${world.chain.height}: ${world.download.snapshot().waitingFor}`)
          assert.deepEqual(world.faults, [])
          assert.ok(world.mostIds <= 800 * company.length + 20_000, `${world.mostIds} ids at once`)
          for (const { kind, peer } of world.penalties) assert.ok(CHARGES[peer].includes(kind), `${kind} for one that is ${peer}`)
        }
      ),
      { numRuns: 60, examples: STALLS }
    )
  })
})
