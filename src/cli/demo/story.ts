import type { JsonInput } from '../../bytes/index.ts'
import { toHex } from '../../bytes/index.ts'
import { type DevnetBlock, DevnetKey, DevnetWallet } from '../../devnet/index.ts'
import { NANO_ERG } from '../../transaction/index.ts'
import type { DemoNode } from './demo-node.ts'
import { DemoError } from './errors.ts'
import type { Link } from './link.ts'
import type { Stage } from './stage.ts'
import { type Site, Town } from './town.ts'
import { until } from './wait.ts'

/** Past blocks at the start: a whole voting epoch and more. */
const PAST_BLOCKS = 40

/** Blocks on the branch that loses and on the one that wins. */
const LOSING_BLOCKS = 3
const WINNING_BLOCKS = 5

const alice = DevnetKey.fromText('alice')
const ergs = (nano: bigint): string => `${(Number(nano) / Number(NANO_ERG)).toFixed(3)} ERG`
const short = (id: string): string => id.slice(0, 8)

/**
 * The demonstration: three full nodes of one process meet, are separated, mine against each other, and agree again.
 *
 * @returns what is true at the end, as JSON
 * @throws DemoError when anything promised does not come true
 */
export async function tellStory(stage: Stage): Promise<JsonInput> {
  stage.cast('north', 'cyan')
  stage.cast('east', 'green')
  stage.cast('west', 'magenta')
  await stage.chapter('Three full nodes start, each with a database of its own')
  const town = await Town.found(stage)
  try {
    reportEvents(town)
    for (const { name, demo } of town.sites) stage.say(name, `listens at ${whereOf(demo)}`)
    await past(town)
    await meet(town)
    await payments(town)
    const fork = await partition(town)
    await heal(town, fork)
    return await compare(town)
  } catch (err) {
    for (const { demo, name } of town.sites) for (const line of demo.warnings.slice(-5)) stage.say(name, line)
    throw err
  } finally {
    await stage.settle()
    await town.close()
  }
}

function whereOf(demo: DemoNode): string {
  const native = `port ${demo.port('native')} for the native protocol`
  return demo.listensFor('libp2p') ? `${native}, ${demo.port('libp2p')} for libp2p` : native
}

function reportEvents({ sites, stage }: Town): void {
  for (const site of sites) {
    const { events } = site.demo.node
    events.addEventListener('peer:connected', ({ detail: { detail } }) => {
      if (detail.direction !== 'outbound') return
      const carrier = detail.address.includes('/ergo') ? 'the native protocol' : 'noise and yamux'
      stage.say(site.name, `connected to ${detail.name} by ${carrier}`)
    })
    events.addEventListener('chain:reorg', ({ detail: { detail } }) => {
      site.reorganisations++
      const { depth, commonHeight } = detail
      const text = `reorganisation: the blocks above ${commonHeight} are undone, ${depth} of them`
      stage.say(site.name, stage.paint('yellow', text))
    })
  }
}

async function past(town: Town): Promise<void> {
  const { stage, north } = town
  await stage.chapter(`${PAST_BLOCKS} blocks are mined at north, real proof of work from the first one on`)
  let last: DevnetBlock | undefined
  for (let height = 1; height <= PAST_BLOCKS; height++) {
    const transactions = height > 4 && height % 4 === 0 ? [town.pay(north, alice, NANO_ERG)] : []
    last = await town.mine(north, { past: PAST_BLOCKS - height + 1, transactions })
    if (height === 1) stage.say('north', `block 1 ${short(last.header.idHex)}: version 1, solved by Autolykos 1`)
    if (height === 2) stage.say('north', `block 2 ${short(last.header.idHex)}: version 4 from here on`)
    if (height === 32) stage.say('north', 'block 32 opens a voting epoch: its extension states the parameters')
  }
  stage.say('north', `stands at block ${last!.header.height}, state ${short(toHex(last!.header.stateRoot))}`)
}

async function meet(town: Town): Promise<void> {
  const { stage, links, north, east, west } = town
  await stage.chapter('They connect, and the two newcomers verify everything for themselves')
  const tip = north.demo.node.ledger.chain.best!
  const sync = async (site: Site, through: readonly Link[]): Promise<void> => {
    const from = performance.now()
    for (const link of through) await link.connect(stage.signal)
    await town.follow([site], tip)
    const seconds = ((performance.now() - from) / 1000).toFixed(1)
    stage.say(site.name, `headers and blocks to ${tip.height} in ${seconds} s, state ${short(site.demo.stateRoot)}`)
  }
  await sync(east, links.slice(0, 1))
  await sync(west, links.slice(1))
}

async function payments(town: Town): Promise<void> {
  const { stage, north, sites } = town
  await stage.chapter('New blocks reach everybody')
  for (let i = 1; i <= 3; i++) {
    const first = town.pay(north, alice, BigInt(i) * NANO_ERG)
    const block = await town.mine(north, { transactions: [first, town.pay(north, alice, NANO_ERG, [first])] })
    await announceBlock(town, north, block, sites)
  }
  const balance = new DevnetWallet(alice).balance(town.stateOf(north))
  stage.say('north', `alice owns ${ergs(balance)} by now`)
}

async function announceBlock(town: Town, site: Site, block: DevnetBlock, sites: readonly Site[]): Promise<void> {
  const { stage } = town
  const { header, transactions } = block
  const from = performance.now()
  const count = `${transactions.length} ${transactions.length === 1 ? 'transaction' : 'transactions'}`
  stage.say(site.name, `mined block ${header.height} ${short(header.idHex)} with ${count}`)
  const others = sites.filter((other) => other !== site)
  if (others.length === 0) return
  await Promise.all(
    others.map(async (other) => {
      await town.follow([other], header)
      const took = (performance.now() - from).toFixed(0)
      stage.say(other.name, `stands on block ${header.height} after ${took} ms`)
    })
  )
  await stage.settle()
}

interface Fork {
  /** The winner's last block. */
  readonly best: DevnetBlock
}

async function partition(town: Town): Promise<Fork> {
  const { stage, north, east, west, links } = town
  await stage.chapter('The cables of west are cut')
  for (const link of links.slice(1)) await link.cut(stage.signal)
  stage.say('west', `has ${west.demo.sessions} peers left; north and east still see each other`)
  const commonHeight = north.demo.height
  for (let i = 0; i < LOSING_BLOCKS; i++) {
    const block = await town.mine(north, { transactions: i === 0 ? [town.pay(north, alice, 10n * NANO_ERG)] : [] })
    await announceBlock(town, north, block, [north, east])
  }
  let best: DevnetBlock | undefined
  for (let i = 0; i < WINNING_BLOCKS; i++) {
    // Its first reward can be spent in its second block.
    best = await town.mine(west, { transactions: i === 0 ? [] : [town.pay(west, alice, NANO_ERG)] })
    await announceBlock(town, west, best, [west])
  }
  const { height } = north.demo
  stage.say('north', `stands at ${height} ${short(north.demo.tipId)}, alice got 10 ERG at ${commonHeight + 1}`)
  stage.say('west', `stands at ${best!.header.height} ${short(best!.header.idHex)}: more work, another history`)
  return { best: best! }
}

async function heal(town: Town, fork: Fork): Promise<void> {
  const { stage, north, east, sites, links } = town
  await stage.chapter('The cables are mended')
  for (const link of links.slice(1)) await link.connect(stage.signal)
  await town.follow(sites, fork.best.header)
  await until(() => north.reorganisations > 0 && east.reorganisations > 0, 'north and east reorganise', {
    signal: stage.signal
  })
  const { height, idHex } = fork.best.header
  for (const { name } of [north, east]) stage.say(name, `stands on block ${height} ${short(idHex)}, which west mined`)
  stage.say('north', "alice's 10 ERG went with its blocks: the payment is made again")
  for (let i = 0; i < 2; i++) {
    const transactions = i === 0 ? [town.pay(north, alice, 10n * NANO_ERG)] : []
    const block = await town.mine(north, { transactions })
    await announceBlock(town, north, block, sites)
  }
}

async function compare(town: Town): Promise<JsonInput> {
  const { stage, sites } = town
  await stage.chapter('In the end')
  const nodes = sites.map(({ name, demo, reorganisations }) => ({
    name,
    height: demo.height,
    headerId: demo.tipId,
    stateRoot: demo.stateRoot,
    reorganisations
  }))
  for (const { name, height, headerId, stateRoot } of nodes) {
    stage.say(name, `block ${height} ${headerId}, state ${short(stateRoot)}`)
  }
  const [first] = nodes
  for (const { name, headerId, stateRoot } of nodes) {
    if (headerId !== first!.headerId || stateRoot !== first!.stateRoot) throw new DemoError(`${name} ends on another chain`)
  }
  const state = town.stateOf(town.north)
  if (toHex(state.header!.stateRoot) !== first!.stateRoot) throw new DemoError('the miner counts other boxes than the nodes')
  stage.say('all', stage.paint('green', `agree on block ${first!.height} and on every box`))
  return { ok: true, seconds: Number(stage.seconds.toFixed(1)), blocks: town.mined, transactions: town.transactions, nodes }
}
