import { fromHex } from '../bytes/index.ts'
import { ModifierType } from '../wire/index.ts'
import { blockSinkOf, headerSinkOf, modifierSourceOf, syncChainOf } from './chain-adapters.ts'
import { ErgoNode, type ErgoNodeInit } from './ergo-node.ts'
import { loadIdentity } from './identity.ts'
import { Ledger } from './ledger.ts'
import { ledgerSettingsOf } from './ledger-settings.ts'
import { createStack, type StackInit } from './libp2p-stack.ts'
import { peerStorage } from './peer-storage.ts'
import { localPeerOf, nativeListenOf, peersInitOf } from './stack-settings.ts'

/** The node that ledger and stack report to: it is made around them, and nothing happens in them before that. */
type NodeToBe = () => ErgoNode | undefined

/** Opens the data directory and builds the node around it; `start()` is up to the caller. */
export async function createErgoNode(init: ErgoNodeInit): Promise<ErgoNode> {
  let node: ErgoNode | undefined
  const ledger = await openLedger(init, () => node)
  try {
    const stack = await createStack(await stackInit(init, ledger, () => node))
    node = new ErgoNode(init, ledger, stack)
    return node
  } catch (err) {
    await ledger.close()
    throw err
  }
}

/** The ledger as the settings want it, reporting to the node. */
async function openLedger({ config, network, dataDir, pool, now }: ErgoNodeInit, node: NodeToBe): Promise<Ledger> {
  return await Ledger.open({
    network,
    dataDir,
    ...ledgerSettingsOf(config),
    ...(pool === undefined ? {} : { pool }),
    ...(now === undefined ? {} : { now }),
    database: { onCommit: (batch) => node()?.reporter.written(batch) },
    headersSynced: () => node()?.headersSynced ?? false,
    onHeaders: (change) => node()?.onHeaders(change),
    onBlocks: {
      onApplied: (event) => node()?.onApplied(event),
      onRejected: (event) => {
        node()?.reporter.rejected(event)
        node()?.services.sections?.onInvalidBlock(event.header.id, event.sources)
      },
      onRollback: ({ fork, undone }) => node()?.reporter.rolledBack(fork, undone),
      onBadSection: ({ header, source, message }) => node()?.services.sections?.onInvalidSection(source, header.id, message),
      onDeepFork: ({ fork, depth }) => node()?.reporter.deepFork(fork, depth)
    }
  })
}

/** What the libp2p stack is made of: settings, and the ledger behind interfaces of the services. */
async function stackInit(
  { config, network, dataDir, log, now }: ErgoNodeInit,
  ledger: Ledger,
  node: NodeToBe
): Promise<StackInit> {
  const { p2p, sync } = config
  const { chain, headers, blocks } = ledger
  const clock = { now: now ?? (() => Date.now()) }
  return {
    networkName: network.name,
    privateKey: await loadIdentity(dataDir, network),
    carriers: p2p.carriers,
    nativeListen: nativeListenOf(config, network),
    libp2pListen: p2p.libp2pListen,
    maxConnections: p2p.maxConnections,
    maxInboundPerIp: p2p.maxInboundPerIp,
    log,
    session: {
      magic: network.magic,
      clock,
      localPeer: (remote) => localPeerOf(config, remote, () => node()?.listenAddresses() ?? [])
    },
    peers: {
      ...peersInitOf(config, network),
      storage: peerStorage(ledger.db),
      now: clock.now,
      onBan: (ban) => node()?.reporter.banned(ban)
    },
    sync: {
      chain: syncChainOf(chain),
      sink: headerSinkOf(headers, (outcome) => node()?.reporter.judged(outcome)),
      // Without blocks nobody asks for sections either.
      ...(config.node.verifyTransactions ? {} : { othersAskFor: [ModifierType.Transaction] }),
      anchors: sync.anchors.map((a) => ({ height: a.height, id: fromHex(a.id) })).sort((a, b) => a.height - b.height)
    },
    source: modifierSourceOf(chain, blocks),
    blocks: config.node.verifyTransactions ? blockSinkOf(chain, blocks) : undefined
  }
}
