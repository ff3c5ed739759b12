import { randomFillSync } from 'node:crypto'
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { Level } from 'level'
import { type Header, MODIFIER_TYPES, parametersAtLaunch } from '../../../src/chain/index.ts'
import { type CachedBlock, FullChain, HeaderChain } from '../../../src/history/index.ts'
import { genesisContext, LAST_HEADERS, type StateContext } from '../../../src/state/index.ts'
import { type Change, Database } from '../../../src/store/index.ts'
import { devnet } from '../../../test/support/mine-headers.ts'
import { BenchUnavailable, type MeasuredCase } from '../../harness.ts'
import { devnetChain } from '../../support/chain.ts'
import { inDirectory, TUNED } from '../../support/level.ts'
import { overRounds } from '../../support/rounds.ts'
import { cpuClock } from '../../timing.ts'

const BLOCKS = 400
const ROUNDS = 3
/** Operations of a block on the tree of boxes. */
const OPERATIONS = 100
/** Mainnet blocks of 2026 have 40 operations, 33,900 bytes of proof and 7,600 of transactions on average. */
const PROOF_BYTES = (OPERATIONS / 40) * 33_900
const TRANSACTIONS_BYTES = (OPERATIONS / 40) * 7_600
const EXTENSION_BYTES = 430
/** Nodes of a tree of 400,000 boxes that 100 operations renew. */
const CHANGED_NODES = 1_550
/** Such a node by its label: prefix and balance, or a key, and two labels or a box. */
const NODE_BYTES = 98

interface Round {
  /** CPU time, milliseconds. */
  readonly cpu: number
  /** Bytes of keys and values given to the database. */
  readonly logical: number
  /** Bytes written to files, while the blocks were applied and until the database was closed. */
  readonly written: number
  /** Bytes of all files then. */
  readonly disk: number
  /** The same once the database was opened again, which turns what is left in its log into tables. */
  readonly settled: { readonly written: number; readonly disk: number }
}

/** Bytes that this process has given to the kernel to write. */
function written(): number {
  const file = '/proc/self/io'
  if (!existsSync(file)) throw new BenchUnavailable('bytes written are counted on Linux only')
  return Number(/wchar: (\d+)/.exec(readFileSync(file, 'latin1'))![1])
}

function sizeOf(path: string): number {
  return readdirSync(path).reduce((sum, name) => sum + statSync(join(path, name)).size, 0)
}

/** What a closed database has written since, and takes now; and after it was opened again. */
async function files(path: string, from: number): Promise<Pick<Round, 'written' | 'disk' | 'settled'>> {
  const result = { written: written() - from, disk: sizeOf(path) }
  const db = new Level<Uint8Array, Uint8Array>(path, { keyEncoding: 'view', valueEncoding: 'view', ...TUNED })
  await db.open()
  await db.close()
  return { ...result, settled: { written: written() - from, disk: sizeOf(path) } }
}

const random = (size: number): Uint8Array => randomFillSync(new Uint8Array(size))

/** A block of random bytes: the store does not look into it. */
function blockOf(header: Header): CachedBlock {
  const section = (type: CachedBlock['sections'] extends Map<infer T, unknown> ? T : never, size: number) =>
    [type, { bytes: random(size), source: 'bench' }] as const
  const sections = new Map([
    section(MODIFIER_TYPES.blockTransactions, TRANSACTIONS_BYTES),
    section(MODIFIER_TYPES.extension, EXTENSION_BYTES),
    section(MODIFIER_TYPES.adProofs, PROOF_BYTES)
  ])
  return { header, sections, block: undefined }
}

/** All that following blocks writes here: sections, the way to find them, the state's context, the tip, and what is pruned. */
function ours(headers: readonly Header[]): Promise<Round> {
  return inDirectory(async (path) => {
    const db = await Database.open(path)
    const chain = await HeaderChain.open({ db, network: devnet, now: () => Date.now() })
    await chain.append(headers)
    const genesis = genesisContext(devnet.genesisStateDigest, parametersAtLaunch(devnet.launchParameters))
    const { keepVersions } = devnet
    let logical = 0
    const count = (changes: readonly Change[]): void => {
      for (const { key, value } of changes) logical += key.length + (value?.length ?? 0)
    }
    const counting = new Proxy(db, {
      get: (target, name) => {
        if (name === 'commit') {
          return (label: string, changes: readonly Change[]) => {
            count(changes)
            return target.commit(label, changes)
          }
        }
        const value = Reflect.get(target, name, target) as unknown
        return typeof value === 'function' ? value.bind(target) : value
      }
    })
    const full = FullChain.open({ db: counting, chain, genesis, keepVersions, blocksToKeep: -1, adProofsToKeep: 114_688 })
    const blocks = headers.map(blockOf)
    let context: StateContext = genesis
    const from = written()
    const start = cpuClock()
    for (const block of blocks) {
      const { extensionRoot } = block.header
      context = {
        ...context,
        lastHeaders: [block.header, ...context.lastHeaders.slice(0, LAST_HEADERS - 1)],
        lastExtension: [{ key: new Uint8Array(2), value: extensionRoot }]
      }
      await full.apply([{ entry: block, context }])
    }
    await db.close()
    const cpu = cpuClock() - start
    return { cpu, logical, ...(await files(path, from)) }
  })
}

/** What a tree of boxes writes that keeps each node under its label: the new ones, and the removal of those they replace. */
function labelRows(): Promise<Round> {
  return inDirectory(async (path) => {
    const db = new Level<Uint8Array, Uint8Array>(path, { keyEncoding: 'view', valueEncoding: 'view', ...TUNED })
    await db.open()
    let logical = 0
    let cpu = 0
    const from = written()
    let before: Uint8Array[] = []
    for (let block = 0; block < BLOCKS; block++) {
      const labels = Array.from({ length: CHANGED_NODES }, () => random(32))
      const values = Array.from({ length: CHANGED_NODES }, () => random(NODE_BYTES))
      const start = cpuClock()
      const batch = db.batch()
      for (let i = 0; i < CHANGED_NODES; i++) batch.put(labels[i]!, values[i]!)
      for (const label of before) batch.del(label)
      await batch.write()
      cpu += cpuClock() - start
      logical += CHANGED_NODES * (32 + NODE_BYTES) + before.length * 32
      before = labels
    }
    const start = cpuClock()
    await db.close()
    cpu += cpuClock() - start
    return { cpu, logical, ...(await files(path, from)) }
  })
}

export const bench: MeasuredCase = {
  name: 'store/block-apply',
  workload: `${BLOCKS} synthetic blocks of ${OPERATIONS} operations. A node that knows the digest of the state only keeps no tree: a block leaves its sections (AD proof, transactions, extension, ${Math.round((PROOF_BYTES + TRANSACTIONS_BYTES) / 1000)} kB), the context that the next one is judged in, and the tip, in one batch. *cpu* compares all of that with the ${CHANGED_NODES} tree nodes alone that a node with the whole state would put under their labels, and remove of the block before, in tuned classic-level; *write-amplification* is bytes written to files over bytes of keys and values; *disk* bytes of all files after closing over the same; both *settled* too, after LevelDB has turned its log into tables, which it does once in 64 MiB. It says what following blocks costs the disk, not what keeping all boxes would`,
  async measure() {
    const headers = devnetChain(BLOCKS, false)
    const rounds: Array<{ ours: Round; theirs: Round }> = []
    for (let i = 0; i < ROUNDS; i++) {
      const first = i % 2 === 0 ? await ours(headers) : undefined
      const theirs = await labelRows()
      rounds.push({ ours: first ?? (await ours(headers)), theirs })
    }
    const of = (unit: string, value: (round: (typeof rounds)[number]) => number) => overRounds(rounds.map(value), unit)
    return {
      cpu: of('ratio', (r) => r.ours.cpu / r.theirs.cpu),
      'write-amplification': of('x logical', (r) => r.ours.written / r.ours.logical),
      disk: of('x logical', (r) => r.ours.disk / r.ours.logical),
      'write-amplification-settled': of('x logical', (r) => r.ours.settled.written / r.ours.logical),
      'disk-settled': of('x logical', (r) => r.ours.settled.disk / r.ours.logical),
      'cpu-per-block': of('ms', (r) => r.ours.cpu / BLOCKS),
      'label-rows-cpu-per-block': of('ms', (r) => r.theirs.cpu / BLOCKS),
      'label-rows-write-amplification': of('x logical', (r) => r.theirs.written / r.theirs.logical),
      'label-rows-write-amplification-settled': of('x logical', (r) => r.theirs.settled.written / r.theirs.logical),
      'logical-kb-per-block': of('kB', (r) => r.ours.logical / BLOCKS / 1000)
    }
  }
}
