import type { TestContext } from 'node:test'
import { type Multiaddr, multiaddr } from '@multiformats/multiaddr'
import { toHex } from '../../src/bytes/index.ts'
import { loadConfig } from '../../src/config/index.ts'
import { createErgoNode, type ErgoNode } from '../../src/node/index.ts'
import { LogSink } from '../../src/telemetry/index.ts'
import type { WorkerPool } from '../../src/workers/index.ts'
import { ergoDialAddress, isErgoAddress } from '../../transports/ergo-tcp/index.ts'
import { type AnchoredChain, feedBlocks, seedLedger } from './anchored-chain.ts'
import { tempDir } from './temp-dir.ts'

export interface WholeNodeOptions {
  /** Which network, and where to start on it. */
  readonly chain: AnchoredChain
  /** Start with all blocks of the chain instead of none. */
  readonly full?: boolean
  /** Own worker threads, or shared ones. Default none. */
  readonly workers?: number | WorkerPool
  /** Peers that it dials by itself, `host:port`. */
  readonly peers?: readonly string[]
  /** More flags of the command line. */
  readonly flags?: Readonly<Record<string, string | boolean | readonly string[]>>
}

/** A whole node as `ergo-libp2p run` makes it, on loopback, in a folder of its own. */
export interface WholeNode {
  readonly node: ErgoNode
  /** What it could not judge: a test that sees any has failed. */
  readonly faults: unknown[]
  /** Log lines at warning level and above. */
  readonly warnings: string[]
  readonly height: number
  readonly tip: string | undefined
  readonly stateRoot: string
  /** Where others dial it. */
  address(carrier: 'native' | 'libp2p'): Multiaddr
  /** Score by which a peer of an address is judged. */
  scoreOf(ip: string): number
}

const LOOPBACK = '127.0.0.1'

/** A started node; stopped when the test ends. */
export async function wholeNode(t: TestContext, options: WholeNodeOptions): Promise<WholeNode> {
  const { chain, workers = 0, peers = [], flags = {} } = options
  const warnings: string[] = []
  const { config } = loadConfig({
    flags: {
      listen: `${LOOPBACK}:0`,
      'libp2p-listen': `/ip4/${LOOPBACK}/tcp/0`,
      carrier: ['native', 'noise-yamux'],
      peer: [...peers],
      discovery: false,
      'allow-local': true,
      'max-inbound-per-ip': '16',
      workers: String(typeof workers === 'number' ? workers : workers.size),
      ...flags
    },
    env: {}
  })
  const node = await createErgoNode({
    config,
    network: chain.network,
    dataDir: tempDir(t),
    ...(typeof workers === 'number' ? {} : { pool: workers }),
    log: new LogSink({ level: 'warn', format: 'plain', write: (line) => void warnings.push(line), now: () => Date.now() })
  })
  t.after(() => node.stop())
  const faults: unknown[] = []
  node.onFault((err) => faults.push(err))
  await seedLedger(node.ledger, chain)
  if (options.full === true) await feedBlocks(node.ledger, chain.blocks)
  await node.start()
  const { full } = node.ledger.blocks
  return {
    node,
    faults,
    warnings,
    get height() {
      return full.height
    },
    get tip() {
      return full.tip === undefined ? undefined : toHex(full.tip.id)
    },
    get stateRoot() {
      return toHex(full.stateRoot)
    },
    address: (carrier) => {
      const found = node.listenAddresses().find((ma) => isErgoAddress(ma) === (carrier === 'native'))
      const port = found?.getComponents().find(({ name }) => name === 'tcp')?.value
      if (port === undefined) throw new Error(`the node does not listen for ${carrier} peers`)
      if (carrier === 'native') return ergoDialAddress(chain.network.name, LOOPBACK, Number(port))
      return multiaddr(`/ip4/${LOOPBACK}/tcp/${port}/p2p/${node.peerId}`)
    },
    scoreOf: (ip) => node.services.peers.scoreOf(ip)
  }
}
