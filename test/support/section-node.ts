import type { TestContext } from 'node:test'
import {
  type BlockAnnouncer,
  blockAnnouncer,
  type ModifierSource,
  modifierServer,
  type SectionDownload,
  type SectionDownloadLimits,
  sectionDownload
} from '../../protocols/modifiers/index.ts'
import { ergoDialAddress } from '../../transports/ergo-tcp/index.ts'
import type { FakeBlockSink, SinkBlock } from './block-sink.ts'
import { type RecordedPenalty, TEST_NETWORK, type TestCarrier, type TestNode, testNode } from './libp2p-node.ts'
import { devnet } from './mine-headers.ts'
import { PeerChain, ReferencePeer, type ReferencePeerInit } from './reference-peer/index.ts'

export interface SectionNode extends TestNode {
  readonly sections: SectionDownload
  readonly announcer: BlockAnnouncer
  readonly sink: FakeBlockSink
  readonly faults: unknown[]
  /** Dials a double. */
  dial(peer: { readonly port: number }): Promise<void>
}

export interface SectionNodeOptions {
  readonly carrier?: TestCarrier
  readonly listen?: boolean
  readonly limits?: Partial<SectionDownloadLimits>
  readonly source?: ModifierSource
  /** For the announcer. */
  readonly now?: () => number
}

/** A node with sessions, section download, announcer and serving, over a sink of the test. */
export async function sectionNode(t: TestContext, sink: FakeBlockSink, options: SectionNodeOptions = {}): Promise<SectionNode> {
  const penalties: RecordedPenalty[] = []
  const record = { penalize: (session: never, kind: never, reason: string) => void penalties.push({ session, kind, reason }) }
  const source = options.source ?? { get: () => undefined }
  const node = await testNode(t, {
    ...(options.carrier === undefined ? {} : { carrier: options.carrier }),
    ...(options.listen === undefined ? {} : { listen: options.listen }),
    session: { magic: devnet.magic, penalties: record },
    services: {
      modifiers: modifierServer(source) as never,
      announcer: blockAnnouncer({ source, ...(options.now === undefined ? {} : { now: options.now }) }) as never,
      sections: sectionDownload({
        sink,
        penalties: record,
        ...(options.limits === undefined ? {} : { limits: options.limits })
      }) as never
    }
  })
  const services = node.node.services as unknown as { sections: SectionDownload; announcer: BlockAnnouncer }
  const faults: unknown[] = []
  services.sections.onFault((err) => faults.push(err))
  sink.onChange = () => services.sections.poke()
  sink.onInvalidSection = (...args) => services.sections.onInvalidSection(...args)
  return Object.defineProperties({} as SectionNode, {
    ...Object.getOwnPropertyDescriptors(node),
    penalties: { value: penalties },
    sections: { value: services.sections },
    announcer: { value: services.announcer },
    sink: { value: sink },
    faults: { value: faults },
    dial: {
      value: async (peer: { port: number }) => {
        await node.sessions.connect(ergoDialAddress(TEST_NETWORK, '127.0.0.1', peer.port))
      }
    }
  })
}

/** A chain for a double, of the first blocks of a list. */
export function peerChainOf(blocks: readonly SinkBlock[], count: number = blocks.length): PeerChain {
  const chain = new PeerChain()
  for (const block of blocks.slice(0, count)) appendTo(chain, block)
  return chain
}

export function appendTo(chain: PeerChain, { header, sections }: SinkBlock): void {
  const [transactions, extension, adProofs] = sections.map((s) => s.bytes)
  chain.append(header.bytes, { transactions: transactions!, extension: extension!, adProofs: adProofs! })
}

/** A listening double over some blocks; closed with the test. */
export async function referencePeer(
  t: TestContext,
  blocks: readonly SinkBlock[],
  init: Partial<ReferencePeerInit> = {}
): Promise<ReferencePeer> {
  const peer = new ReferencePeer({ magic: devnet.magic, chain: peerChainOf(blocks), syncIntervalMs: 0, ...init })
  await peer.listen()
  t.after(() => peer.close())
  return peer
}
