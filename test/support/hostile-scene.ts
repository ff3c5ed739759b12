import type { TestContext } from 'node:test'
import { toHex } from '../../src/bytes/index.ts'
import type { Header } from '../../src/chain/index.ts'
import { type Message, ModifierType, type PenaltyKind } from '../../src/wire/index.ts'
import { ergoDialAddress } from '../../transports/ergo-tcp/index.ts'
import { TEST_NETWORK, until } from './libp2p-node.ts'
import { devnet } from './mine-headers.ts'
import { PeerChain, ReferencePeer } from './reference-peer/index.ts'
import { ScriptedPeer } from './scripted-peer.ts'
import { type SyncNode, type SyncNodeOptions, syncNode } from './sync-node.ts'

/** A node, a peer that means it no good, and an honest one that is still to come. */
export interface HostileScene {
  readonly node: SyncNode
  readonly hostile: ScriptedPeer
  readonly honest: ReferencePeer
  /** How often the hostile peer was penalised, by kind. */
  penalties(): Partial<Record<PenaltyKind, number>>
  /**
   * Dials the honest peer and waits until its chain is ours.
   *
   * @throws when the honest peer was penalised, or found fault with us
   */
  sync(timeoutMs?: number): Promise<void>
}

export async function hostileScene(
  t: TestContext,
  chain: readonly Header[],
  options: SyncNodeOptions = {}
): Promise<HostileScene> {
  const honest = new ReferencePeer({ magic: devnet.magic, chain: PeerChain.ofHeaders(chain.map((h) => h.bytes)), latencyMs: 20 })
  await honest.listen()
  t.after(() => honest.close())
  const node = await syncNode(t, { listen: true, ...options })
  const hostile = await ScriptedPeer.dial(t, node.port, { magic: devnet.magic })
  await until(() => node.opened.length === 1, 'session with the hostile peer')
  const session = node.opened[0]!
  return {
    node,
    hostile,
    honest,
    penalties: () => {
      const counts: Partial<Record<PenaltyKind, number>> = {}
      for (const p of node.penalties) if (p.session === session) counts[p.kind] = (counts[p.kind] ?? 0) + 1
      return counts
    },
    sync: async (timeoutMs = 20_000) => {
      const tip = chain.at(-1)!
      await node.sessions.connect(ergoDialAddress(TEST_NETWORK, '127.0.0.1', honest.port))
      await until(() => node.chain.isCanonical(tip.id), 'sync from the honest peer', timeoutMs)
      const blamed = node.penalties.filter((p) => p.session !== session).map((p) => `${p.kind}: ${p.reason}`)
      if (blamed.length > 0) throw new Error(`the honest peer was penalised: ${blamed.join('; ')}`)
      if (node.faults.length > 0) throw new Error(`fault: ${node.faults.join('; ')}`)
      honest.assertNoFault()
    }
  }
}

/** Makes a peer deliver headers under ids of our choice when it is asked for them. */
export class HeaderShop {
  readonly #peer: ScriptedPeer
  readonly #held = new Map<string, Uint8Array>()
  /** Ids it was asked for. */
  asked = 0

  constructor(peer: ScriptedPeer) {
    this.#peer = peer
    peer.on('RequestModifier', ({ ids }) => {
      this.asked += ids.length
      const modifiers = ids.flatMap((id) => {
        const bytes = this.#held.get(toHex(id))
        return bytes === undefined ? [] : [{ id: id.slice(), bytes }]
      })
      if (modifiers.length > 0) peer.send({ type: 'Modifiers', typeId: ModifierType.Header, modifiers })
    })
  }

  stock(id: Uint8Array, bytes: Uint8Array): void {
    this.#held.set(toHex(id), bytes)
  }

  /** Stocks headers and announces them. */
  offer(headers: readonly Header[]): void {
    for (const { id, bytes } of headers) this.stock(id, bytes)
    this.announce(headers.map((h) => h.id))
  }

  announce(ids: readonly Uint8Array[]): void {
    for (let i = 0; i < ids.length; i += 400) {
      this.#peer.send({ type: 'Inv', typeId: ModifierType.Header, ids: ids.slice(i, i + 400) })
    }
  }
}

/** Sends as fast as the socket takes it, until the test ends. */
export function flood(t: TestContext, peer: ScriptedPeer, make: () => Message): void {
  let stopped = false
  t.after(() => {
    stopped = true
  })
  const next = (): void => {
    if (stopped || peer.closed) return
    if (peer.send(make())) setImmediate(next)
    else peer.socket.once('drain', next)
  }
  next()
}

/** Runs something again and again until the test ends. */
export function repeatedly(t: TestContext, everyMs: number, run: () => void): void {
  const timer = setInterval(run, everyMs)
  t.after(() => clearInterval(timer))
}
