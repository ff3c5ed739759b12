/** A process of reference peers that all hold the chain of one file; speaks with its parent in the messages below. */
import { readFileSync } from 'node:fs'
import { devnet } from '../../test/support/mine-headers.ts'
import { PeerChain, ReferencePeer } from '../../test/support/reference-peer/index.ts'
import { readChainFile } from './chain.ts'

export interface PeersRequest {
  readonly chain: string
  /** Round trip of each peer. */
  readonly latenciesMs: readonly number[]
}

/** Answer to a {@link PeersRequest}. */
export interface PeersReady {
  readonly ports: readonly number[]
}

/** Answer to the message `report`. */
export interface PeersReport {
  readonly peers: ReadonlyArray<{ readonly faults: readonly string[]; readonly counters: Readonly<Record<string, number>> }>
}

const peers: ReferencePeer[] = []

process.on('message', (message: PeersRequest | 'report') => {
  if (message === 'report') {
    const report: PeersReport = {
      peers: peers.map((peer) => ({
        faults: [...peer.penalties.map((p) => `${p.kind}: ${p.reason}`), ...peer.violations],
        counters: Object.fromEntries(peer.counters)
      }))
    }
    process.send?.(report)
    return
  }
  void listen(message)
})
process.on('disconnect', () => process.exit(0))

async function listen({ chain, latenciesMs }: PeersRequest): Promise<void> {
  // Held once: the peers only read it.
  const shared = PeerChain.ofHeaders(readChainFile(new Uint8Array(readFileSync(chain))))
  for (const latencyMs of latenciesMs) {
    peers.push(await new ReferencePeer({ magic: devnet.magic, chain: shared, latencyMs }).listen())
  }
  process.send?.({ ports: peers.map((peer) => peer.port) } satisfies PeersReady)
}
