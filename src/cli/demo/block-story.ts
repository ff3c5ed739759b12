import { type JsonInput, toHex } from '../../bytes/index.ts'
import { buildTransaction, type DevnetBlock, DevnetKey, DevnetMiner, DevnetWallet, planContext } from '../../devnet/index.ts'
import { minerRewardTree, NANO_ERG } from '../../transaction/index.ts'
import { lying, silent, slow } from './conduct.ts'
import { DemoNode } from './demo-node.ts'
import { DemoError } from './errors.ts'
import { demoNetwork } from './network.ts'
import type { Stage } from './stage.ts'
import { until } from './wait.ts'
import { WirePeer } from './wire-peer.ts'

/** Honest blocks. */
const BLOCKS = 200

/** Where the liar's own branch leaves the honest chain, and its length: more work than the honest rest. */
const FORK_HEIGHT = 190
const FORGED_BLOCKS = 15

const INTERVAL_MS = 1_000

/** Pause before each answer of the slow peer, and for each section in it. */
const SLOW_REQUEST_MS = 200
const SLOW_SECTION_MS = 4

/** A peer that says nothing costs some seconds before others are asked; a slow machine some more. */
const PATIENCE_MS = 90_000

const key = DevnetKey.fromText('miner')
const alice = DevnetKey.fromText('alice')
const short = (id: string): string => id.slice(0, 8)

/** Progress is told about each time so many blocks are applied. */
const TOLD_EVERY = 40

interface Chains {
  readonly honest: readonly DevnetBlock[]
  /** The honest chain up to the fork, then a branch with more work that makes coins out of nothing. */
  readonly forged: readonly DevnetBlock[]
}

/**
 * A node syncs from three peers: one sends forged sections and claims a longer chain that is invalid, one never answers, one is
 * honest and slow. Only the last can get it to the end, and does.
 *
 * @returns what is true at the end, as JSON
 * @throws DemoError when the node ends anywhere else than on the honest chain
 */
export async function tellBlockStory(stage: Stage): Promise<JsonInput> {
  stage.cast('liar', 'red')
  stage.cast('silent', 'yellow')
  stage.cast('slow', 'green')
  stage.cast('node', 'cyan')
  await stage.chapter(`A chain of ${BLOCKS} blocks is mined, and a longer one that cheats`)
  const { magic } = demoNetwork()
  const chains = mineChains()
  const transactions = chains.honest.reduce((sum, block) => sum + block.transactions.length, 0)
  stage.say('slow', `holds ${BLOCKS} blocks with ${transactions} transactions, tip ${short(tipOf(chains.honest).idHex)}`)
  stage.say('silent', 'holds the same, and will not answer when asked for a block')
  const ownIds = new Set(
    chains.forged
      .slice(FORK_HEIGHT)
      .flatMap(({ header }) => [header.transactionsId, header.extensionId, header.adProofsId].map(toHex))
  )
  stage.say(
    'liar',
    `holds ${chains.forged.length}: above ${FORK_HEIGHT} a miner pays itself a million; all else it sends is forged`
  )
  const peers = await Promise.all([
    WirePeer.listen(
      { name: 'liar', magic, blocks: chains.forged, conduct: lying(({ id }) => ownIds.has(toHex(id))) },
      '127.0.0.2'
    ),
    WirePeer.listen({ name: 'silent', magic, blocks: chains.honest, conduct: silent }, '127.0.0.3'),
    WirePeer.listen({ name: 'slow', magic, blocks: chains.honest, conduct: slow(SLOW_REQUEST_MS, SLOW_SECTION_MS) }, '127.0.0.4')
  ])
  try {
    return await sync(stage, peers, chains)
  } finally {
    await stage.settle()
    await Promise.all(peers.map((peer) => peer.close()))
  }
}

function tipOf(blocks: readonly DevnetBlock[]) {
  return blocks.at(-1)!.header
}

function mineChains(): Chains {
  const miner = new DevnetMiner({ network: demoNetwork(), key })
  const wallet = new DevnetWallet(key)
  const start = Date.now() - (BLOCKS + FORGED_BLOCKS) * INTERVAL_MS
  const honest: DevnetBlock[] = []
  for (let height = 1; height <= BLOCKS; height++) {
    const transactions = height > 4 && height % 3 === 0 ? [wallet.pay(miner.last, alice.tree, NANO_ERG)] : []
    honest.push(miner.mine({ timestamp: start + height * INTERVAL_MS, transactions }))
  }
  const forged = honest.slice(0, FORK_HEIGHT)
  for (let i = 1; i <= FORGED_BLOCKS; i++) {
    const parent = forged.at(-1)!
    const timestamp = start + (FORK_HEIGHT + i) * INTERVAL_MS + 1
    const payment = i === 1 ? [cheat(miner, parent)] : []
    forged.push(miner.mine({ parent: parent.header.id, timestamp, transactions: payment }))
  }
  return { honest, forged }
}

/** A signed payment whose outputs hold a million ERG more than its input. */
function cheat(miner: DevnetMiner, parent: DevnetBlock) {
  const state = miner.stateAt(parent.header.id)
  const [coin] = new DevnetWallet(key).coins(state)
  const reward = minerRewardTree(miner.network.monetary.minerRewardDelay, key.publicKey)
  const context = planContext(state, { miner: key, timestamp: parent.header.timestampExact + 1n })
  return buildTransaction(
    { inputs: [{ box: coin! }], outputs: [{ value: coin!.value + 1_000_000n * NANO_ERG, tree: reward }], secrets: [key.secret] },
    context
  )
}

async function sync(stage: Stage, peers: readonly WirePeer[], { honest, forged }: Chains): Promise<JsonInput> {
  await stage.chapter('A new node knows these three and nobody else')
  const demo = await DemoNode.start('newcomer', demoNetwork(), { libp2p: false, peers: peers.map(({ address }) => address) })
  const from = performance.now()
  try {
    const { events } = demo.node
    events.addEventListener('peer:connected', ({ detail: { detail } }) => stage.say('node', `connected to ${detail.name}`))
    events.addEventListener('peer:banned', ({ detail: { detail } }) => {
      const banned = peers.find(({ host }) => host === detail.ip)
      stage.say('node', `bans ${banned?.name ?? detail.ip}: ${detail.reason}`)
    })
    events.addEventListener('block:rejected', ({ detail: { detail } }) => {
      stage.say('node', stage.paint('red', `refuses block ${detail.height}: rule ${detail.rule}, ${detail.message.slice(0, 90)}`))
    })
    const tip = tipOf(honest)
    let told = 0
    await until(
      () => {
        if (demo.height >= told + TOLD_EVERY) {
          told = demo.height - (demo.height % TOLD_EVERY)
          stage.say('node', `verified ${demo.height} blocks; headers to ${demo.node.ledger.chain.height}`)
        }
        return demo.standsOn(tip)
      },
      'the node stands on the honest chain',
      {
        signal: stage.signal,
        patienceMs: PATIENCE_MS,
        detail: () => `blocks to ${demo.height}, headers to ${demo.node.ledger.chain.height}: ${demo.node.waitingFor()}`
      }
    )
    const seconds = Number(((performance.now() - from) / 1000).toFixed(1))
    stage.say('node', `stands on block ${tip.height} ${short(tip.idHex)} after ${seconds} s`)
    return await judge(stage, demo, peers, { honest, forged }, seconds)
  } catch (err) {
    for (const line of demo.warnings.slice(-5)) stage.say('node', line)
    throw err
  } finally {
    await stage.settle()
    await demo.stop()
  }
}

async function judge(
  stage: Stage,
  demo: DemoNode,
  peers: readonly WirePeer[],
  { honest, forged }: Chains,
  seconds: number
): Promise<JsonInput> {
  await stage.chapter('In the end')
  const { chain } = demo.node.ledger
  const first = forged[FORK_HEIGHT]!.header
  const verdict = chain.knownInvalid(first.id)
  const report = peers.map(({ name, host, asked, sent }) => ({
    name,
    sectionsAsked: asked,
    sectionsSent: sent,
    penalty: demo.node.services.peers.scoreOf(host),
    banned: demo.node.services.peers.isBanned(host)
  }))
  for (const { name, sectionsAsked, sectionsSent, penalty, banned } of report) {
    stage.say(
      name,
      `was asked for ${sectionsAsked} sections, sent ${sectionsSent}, penalty ${penalty}${banned ? ', banned' : ''}`
    )
  }
  const stateRoot = toHex(tipOf(honest).stateRoot)
  if (demo.stateRoot !== stateRoot) throw new DemoError(`the node's state is ${demo.stateRoot}, not ${stateRoot}`)
  if (verdict === undefined) throw new DemoError("the liar's branch was never judged")
  stage.say('node', stage.paint('green', `has the honest state ${short(stateRoot)}; the cheat broke rule ${verdict.rule}`))
  return {
    ok: true,
    seconds,
    height: tipOf(honest).height,
    headerId: tipOf(honest).idHex,
    stateRoot,
    forged: { height: first.height, headerId: first.idHex, rule: verdict.rule },
    peers: report
  }
}
