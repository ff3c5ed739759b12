import { FIRST_FRAME_DELAY_MS } from '../../protocols/session/constants.ts'
import type { HeaderAnchor } from '../../protocols/sync/index.ts'
import type { Header } from '../../src/chain/index.ts'
import type { PowVerifier } from '../../src/history/index.ts'
import { TEST_NETWORK, until } from '../../test/support/libp2p-node.ts'
import { syncNode } from '../../test/support/sync-node.ts'
import { ergoDialAddress } from '../../transports/ergo-tcp/index.ts'
import { cpuClock } from '../timing.ts'
import { Cleanup } from './cleanup.ts'

/** For runs that measure everything but the proofs of work. */
export const noPow: PowVerifier = { verifyPow: async (headers) => headers.map(() => true) }

export interface SyncRun {
  readonly headers: number
  /** From the first dial to the last header committed. */
  readonly wallMs: number
  readonly cpuMs: number
  /** Headers after those of the first commit, and the time from that to the last. */
  readonly steady: { readonly headers: number; readonly wallMs: number }
  /** Longest time without a new header, from the first on. */
  readonly longestGapMs: number
}

/** A fresh node of ours syncs a chain from the peers at some ports. */
export async function syncFrom(
  ports: readonly number[],
  chain: readonly Header[],
  options: { pow: PowVerifier; anchors?: readonly HeaderAnchor[] }
): Promise<SyncRun> {
  const cleanup = new Cleanup()
  try {
    const target = chain.length
    const node = await syncNode(cleanup.context, { ...options, sessionLimits: { firstFrameDelayMs: FIRST_FRAME_DELAY_MS } })
    const cpu = cpuClock()
    const start = performance.now()
    let height = 0
    let last = start
    let longestGapMs = 0
    let first: { height: number; at: number } | undefined
    const done = (): boolean => {
      if (node.chain.height === height) return false
      const now = performance.now()
      if (height > 0) longestGapMs = Math.max(longestGapMs, now - last)
      last = now
      height = node.chain.height
      first ??= { height, at: now }
      return height === target
    }
    await Promise.all(ports.map((port) => node.sessions.connect(ergoDialAddress(TEST_NETWORK, '127.0.0.1', port))))
    await until(done, `sync of ${target} headers`, 120_000).catch((cause) => {
      throw new Error(`at height ${node.chain.height} of ${target}, waiting for ${node.sync.snapshot().waitingFor}`, { cause })
    })
    const steady = { headers: target - first!.height, wallMs: last - first!.at }
    const run = { headers: target, wallMs: last - start, cpuMs: cpuClock() - cpu, steady, longestGapMs }
    if (node.chain.best!.idHex !== chain.at(-1)!.idHex) throw new Error('another chain than the one of the peers')
    if (node.penalties.length > 0) throw new Error(`penalties of ours: ${node.penalties.map((p) => p.reason).join('; ')}`)
    if (node.faults.length > 0) throw node.faults[0]
    return run
  } finally {
    await cleanup.run()
  }
}
