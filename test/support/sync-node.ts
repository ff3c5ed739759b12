import type { TestContext } from 'node:test'
import { modifierServer } from '../../protocols/modifiers/index.ts'
import type { SessionLimits } from '../../protocols/session/index.ts'
import { type HeaderAnchor, type Sync, type SyncLimits, sync } from '../../protocols/sync/index.ts'
import { type NetworkParameters, verifyPow } from '../../src/chain/index.ts'
import { HeaderChain, HeaderProcessor, type PowVerifier } from '../../src/history/index.ts'
import { headerSinkOf, modifierSourceOf, syncChainOf } from '../../src/node/chain-adapters.ts'
import { Database } from '../../src/store/index.ts'
import { type RecordedPenalty, type TestCarrier, type TestNode, testNode } from './libp2p-node.ts'
import { devnet } from './mine-headers.ts'
import { tempDir } from './temp-dir.ts'

export interface SyncNode extends TestNode {
  readonly chain: HeaderChain
  readonly processor: HeaderProcessor
  readonly sync: Sync
  readonly faults: unknown[]
}

export interface SyncNodeOptions {
  readonly carrier?: TestCarrier
  readonly listen?: boolean
  readonly network?: NetworkParameters
  readonly anchors?: readonly HeaderAnchor[]
  readonly limits?: Partial<SyncLimits>
  readonly sessionLimits?: Partial<SessionLimits>
  readonly pow?: PowVerifier
  /** Milliseconds since 1970, for the rule on time. */
  readonly now?: () => number
  /** Milliseconds of the sync service's clock, for locks and paces. */
  readonly syncNow?: () => number
}

/** A node with sessions, sync and serving over a store of its own; magic of the network it follows. */
export async function syncNode(t: TestContext, options: SyncNodeOptions = {}): Promise<SyncNode> {
  const network = options.network ?? devnet
  const db = await Database.open(tempDir(t))
  t.after(() => db.close())
  const chain = await HeaderChain.open({ db, network, now: options.now ?? (() => Date.now()) })
  const pow = options.pow ?? { verifyPow: async (headers) => headers.map((h) => verifyPow(h)) }
  const processor = new HeaderProcessor({ chain, pow })
  const penalties: RecordedPenalty[] = []
  const faults: unknown[] = []
  const node = await testNode(t, {
    ...(options.carrier === undefined ? {} : { carrier: options.carrier }),
    ...(options.listen === undefined ? {} : { listen: options.listen }),
    ...(options.sessionLimits === undefined ? {} : { limits: options.sessionLimits }),
    session: {
      magic: network.magic,
      penalties: { penalize: (session, kind, reason) => void penalties.push({ session, kind, reason }) }
    },
    services: {
      modifiers: modifierServer(modifierSourceOf(chain)) as never,
      sync: sync({
        chain: syncChainOf(chain),
        sink: headerSinkOf(processor),
        penalties: { penalize: (session, kind, reason) => void penalties.push({ session, kind, reason }) },
        ...(options.syncNow === undefined ? {} : { now: options.syncNow }),
        ...(options.anchors === undefined ? {} : { anchors: options.anchors }),
        ...(options.limits === undefined ? {} : { limits: options.limits })
      }) as never
    }
  })
  const service = (node.node.services as unknown as { sync: Sync }).sync
  service.onFault((err) => faults.push(err))
  return Object.defineProperties({} as SyncNode, {
    ...Object.getOwnPropertyDescriptors(node),
    penalties: { value: penalties },
    chain: { value: chain },
    processor: { value: processor },
    sync: { value: service },
    faults: { value: faults }
  })
}
