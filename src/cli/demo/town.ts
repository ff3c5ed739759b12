import type { Header } from '../../chain/index.ts'
import { type DevnetBlock, DevnetKey, DevnetMiner, DevnetWallet, type MinePlan } from '../../devnet/index.ts'
import type { Transaction } from '../../transaction/index.ts'
import { DemoNode } from './demo-node.ts'
import { Link } from './link.ts'
import { demoNetwork } from './network.ts'
import type { Stage } from './stage.ts'
import { until } from './wait.ts'

/** A node and the miner who sits at it. */
export interface Site {
  readonly name: string
  readonly demo: DemoNode
  readonly miner: DevnetMiner
  /** Of the miner's rewards. */
  readonly wallet: DevnetWallet
  reorganisations: number
}

/** Pace at which the past of the demonstration was mined; the network's own would be 100 ms, which raises no difficulty either. */
const PAST_INTERVAL_MS = 1_000

/** Three nodes, the links between them, and their miners. */
export class Town {
  readonly stage: Stage
  readonly sites: readonly Site[]
  readonly links: readonly Link[]
  readonly north: Site
  readonly east: Site
  readonly west: Site
  transactions = 0
  readonly #blocks = new Map<string, DevnetBlock>()

  private constructor(stage: Stage, sites: readonly [Site, Site, Site], links: readonly Link[]) {
    this.stage = stage
    this.sites = sites
    ;[this.north, this.east, this.west] = sites
    this.links = links
  }

  static async found(stage: Stage): Promise<Town> {
    const network = demoNetwork()
    const demos: DemoNode[] = []
    try {
      for (const name of ['north', 'east', 'west']) demos.push(await DemoNode.start(name, network, { libp2p: name === 'north' }))
      const [north, east, west] = demos.map((demo): Site => {
        const key = DevnetKey.fromText(`miner at ${demo.name}`)
        return {
          name: demo.name,
          demo,
          miner: new DevnetMiner({ network, key }),
          wallet: new DevnetWallet(key),
          reorganisations: 0
        }
      })
      const links = [
        await Link.lay(east!.demo, north!.demo, 'native'),
        await Link.lay(west!.demo, east!.demo, 'native'),
        await Link.lay(west!.demo, north!.demo, 'libp2p')
      ]
      return new Town(stage, [north!, east!, west!], links)
    } catch (err) {
      for (const demo of demos) await demo.stop()
      throw err
    }
  }

  async close(): Promise<void> {
    for (const link of this.links) await link.remove()
    await Promise.all(this.sites.map(({ demo }) => demo.stop()))
  }

  /** Blocks mined in all, those that lost included. */
  get mined(): number {
    return this.#blocks.size
  }

  /**
   * Mines at a site, on what its node stands on, and gives the block to that node. Other miners learn of it once their nodes have it.
   */
  async mine(site: Site, plan: MinePlan & { readonly past?: number } = {}): Promise<DevnetBlock> {
    this.#catchUp(site)
    const parent = site.demo.node.ledger.chain.best
    const earliest = (parent?.timestamp ?? 0) + 1
    const timestamp = plan.past === undefined ? Math.max(Date.now(), earliest) : Date.now() - plan.past * PAST_INTERVAL_MS
    const block = site.miner.mine({ timestamp, ...plan, ...(parent === undefined ? {} : { parent: parent.id }) })
    this.#blocks.set(block.header.idHex, block)
    this.transactions += block.transactions.length
    await site.demo.submit(block)
    await this.follow([site], block.header)
    return block
  }

  /** Shows a miner the blocks of its node's chain that others mined. */
  #catchUp({ demo, miner }: Site): void {
    const missing: DevnetBlock[] = []
    let header = demo.node.ledger.chain.best
    while (header !== undefined && !miner.knows(header.id)) {
      missing.push(this.#blocks.get(header.idHex)!)
      header = demo.node.ledger.chain.header(header.parentId)
    }
    for (const block of missing.reverse()) miner.adopt(block.header, block.sections)
  }

  /** A payment by the miner at a site, valid on top of its node's chain. */
  pay(site: Site, to: DevnetKey, amount: bigint, pending: readonly Transaction[] = []): Transaction {
    this.#catchUp(site)
    return site.wallet.pay(this.stateOf(site), to.tree, amount, { pending })
  }

  stateOf({ demo, miner }: Site) {
    return miner.stateAt(demo.node.ledger.chain.best!.id)
  }

  /** Waits until nodes stand on a block. */
  async follow(sites: readonly Site[], header: Header): Promise<void> {
    const behind = (): Site[] => sites.filter(({ demo }) => !demo.standsOn(header))
    const where = (): string =>
      behind()
        .map(
          ({ name, demo }) =>
            `${name} has headers to ${demo.node.ledger.chain.height}, blocks to ${demo.height}: ${demo.node.waitingFor()}`
        )
        .join('; ')
    await until(() => behind().length === 0, `all stand on block ${header.height}`, {
      signal: this.stage.signal,
      detail: where
    })
  }
}
