import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Multiaddr, multiaddr } from '@multiformats/multiaddr'
import { ergoDialAddress, isErgoAddress } from '../../../transports/ergo-tcp/index.ts'
import { bytesEqual, toHex } from '../../bytes/index.ts'
import { type Header, MODIFIER_TYPES, type NetworkParameters } from '../../chain/index.ts'
import { loadConfig } from '../../config/index.ts'
import type { DevnetBlock } from '../../devnet/index.ts'
import { createErgoNode, type ErgoNode } from '../../node/index.ts'
import { LogSink } from '../../telemetry/index.ts'

const LOOPBACK = '127.0.0.1'

/** Who sent the blocks that a node mined itself. */
const OWN_MINER = 'miner'

export interface DemoNodeOptions {
  /** To listen for libp2p peers as well. */
  readonly libp2p: boolean
  /** Peers that it dials, `host:port`. */
  readonly peers?: readonly string[]
}

/** A full node of the demonstration: on disk in a folder of its own, on loopback, knowing nobody. */
export class DemoNode {
  readonly name: string
  readonly node: ErgoNode
  readonly #dir: string
  /** Log lines at warning level and above: shown when something goes wrong. */
  readonly warnings: string[]
  fault: unknown

  private constructor(name: string, node: ErgoNode, dir: string, warnings: string[]) {
    this.name = name
    this.node = node
    this.#dir = dir
    this.warnings = warnings
    node.onFault((err) => {
      this.fault = err
    })
  }

  static async start(name: string, network: NetworkParameters, options: DemoNodeOptions): Promise<DemoNode> {
    const dir = await mkdtemp(join(tmpdir(), `ergo-libp2p-demo-${name}-`))
    const warnings: string[] = []
    const log = new LogSink({ level: 'warn', format: 'plain', write: (line) => void warnings.push(line), now: () => Date.now() })
    const { config } = loadConfig({
      flags: {
        listen: `${LOOPBACK}:0`,
        carrier: ['native', 'noise-yamux'],
        peer: options.peers ?? [],
        discovery: false,
        'allow-local': true,
        'max-inbound-per-ip': '16',
        workers: '0',
        'node-name': name,
        ...(options.libp2p ? { 'libp2p-listen': `/ip4/${LOOPBACK}/tcp/0` } : {})
      },
      env: {}
    })
    try {
      const node = await createErgoNode({ config, network, dataDir: dir, log })
      const demo = new DemoNode(name, node, dir, warnings)
      await node.start()
      return demo
    } catch (err) {
      await rm(dir, { recursive: true, force: true })
      throw err
    }
  }

  async stop(): Promise<void> {
    await this.node.stop()
    await rm(this.#dir, { recursive: true, force: true })
  }

  #listenAddress(carrier: 'native' | 'libp2p'): Multiaddr | undefined {
    return this.node.listenAddresses().find((address) => isErgoAddress(address) === (carrier === 'native'))
  }

  listensFor(carrier: 'native' | 'libp2p'): boolean {
    return this.#listenAddress(carrier) !== undefined
  }

  /** Port on loopback where native or libp2p peers are accepted. */
  port(carrier: 'native' | 'libp2p'): number {
    const port = this.#listenAddress(carrier)
      ?.getComponents()
      .find(({ name }) => name === 'tcp')?.value
    if (port === undefined) throw new Error(`${this.name} does not listen for ${carrier} peers`)
    return Number(port)
  }

  /** How others dial it through a port that leads to it. */
  addressBehind(port: number, carrier: 'native' | 'libp2p'): Multiaddr {
    if (carrier === 'native') return ergoDialAddress(this.node.network.name, LOOPBACK, port)
    return multiaddr(`/ip4/${LOOPBACK}/tcp/${port}/p2p/${this.node.peerId}`)
  }

  /** Takes in a block that was mined here, by the very path that blocks of peers take. */
  async submit({ header, sections }: DevnetBlock): Promise<void> {
    const { headers, blocks } = this.node.ledger
    const [outcome] = (await headers.submit([header.bytes], OWN_MINER)).outcomes
    if (outcome?.status !== 'accepted')
      throw new Error(`${this.name} does not take its own block ${header.height}: ${outcome?.status}`)
    blocks.add(header, MODIFIER_TYPES.blockTransactions, sections.transactions, OWN_MINER)
    blocks.add(header, MODIFIER_TYPES.extension, sections.extension, OWN_MINER)
    blocks.add(header, MODIFIER_TYPES.adProofs, sections.adProofs!, OWN_MINER)
  }

  /** The state stands on this block, and it is the best one known. */
  standsOn(header: Header): boolean {
    const { chain, blocks } = this.node.ledger
    const { tip } = blocks.full
    return chain.best !== undefined && bytesEqual(chain.best.id, header.id) && tip !== undefined && bytesEqual(tip.id, header.id)
  }

  get height(): number {
    return this.node.ledger.blocks.full.height
  }

  get sessions(): number {
    return this.node.services.session.all().length
  }

  get stateRoot(): string {
    return toHex(this.node.ledger.blocks.full.stateRoot)
  }

  get tipId(): string {
    const { tip } = this.node.ledger.blocks.full
    return tip === undefined ? '' : toHex(tip.id)
  }
}
