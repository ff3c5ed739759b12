/** A node in a process of its own that has a chain and lets others have it. */
import assert from 'node:assert/strict'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { TestContext } from 'node:test'
import { toHex } from '../../src/bytes/index.ts'
import { NETWORKS, type NetworkParameters } from '../../src/chain/index.ts'
import { cli, NodeProcess } from './cli.ts'
import { devnet, mineHeaders } from './mine-headers.ts'
import { tempDir } from './temp-dir.ts'
import { committed, missing, readJsonLines, shared } from './vectors.ts'

/** A chain as a file that `import` takes. */
export interface ChainFile {
  readonly network: NetworkParameters
  readonly networkFlags: readonly string[]
  readonly kind: 'headers' | 'blocks'
  readonly path: string
  readonly ids: readonly string[]
  readonly stateRoot?: string
}

const MAINNET_HEADERS = 'mainnet/headers-1-2000.jsonl.gz'
const DEVNET_CHAIN = 'devnet/v4/chain.jsonl.gz'
const DEVNET_FLAGS = ['--network-file', committed('devnet/v4-network.json')]

/** The first 2,000 headers of mainnet where they are at hand, else as many of a private network. */
export function headerChain(t: TestContext): ChainFile {
  if (missing(MAINNET_HEADERS) === false) {
    const path = shared(MAINNET_HEADERS)
    const ids = readJsonLines<{ id: string }>(path).map((l) => l.id)
    return { network: NETWORKS.mainnet, networkFlags: ['--network', 'mainnet'], kind: 'headers', path, ids }
  }
  const headers = mineHeaders({ count: 2000 })
  const path = join(tempDir(t), 'headers.jsonl')
  const lines = headers.map((h) => JSON.stringify({ height: h.height, id: h.idHex, bytes: toHex(h.bytes) }))
  writeFileSync(path, lines.join('\n'))
  return { network: devnet, networkFlags: DEVNET_FLAGS, kind: 'headers', path, ids: headers.map((h) => h.idHex) }
}

/** A recorded chain of whole blocks: its committed part, or all of it where it is wanted and at hand. */
export function blockChain(whole = false): ChainFile {
  const path = whole && missing(DEVNET_CHAIN) === false ? shared(DEVNET_CHAIN) : committed('devnet/v4-64.jsonl.gz')
  const lines = readJsonLines<{ id: string; stateRoot: string }>(path)
  return {
    network: devnet,
    networkFlags: DEVNET_FLAGS,
    kind: 'blocks',
    path,
    ids: lines.map((l) => l.id),
    stateRoot: lines.at(-1)!.stateRoot
  }
}

export interface SourceNode {
  readonly process: NodeProcess
  readonly dataDir: string
  /** `127.0.0.1:port`. */
  readonly native: string
  /** Multiaddr with peer id. */
  readonly libp2p: string
}

/** Imports the chain and serves it, natively and over libp2p. */
export async function sourceNode(t: TestContext, chain: ChainFile): Promise<SourceNode> {
  const dataDir = tempDir(t)
  const data = ['--data-dir', dataDir, ...chain.networkFlags]
  const imported = await cli(['import', chain.kind, chain.path, ...data])
  assert.deepEqual([imported.code, imported.last().height], [0, chain.ids.length], imported.stderr)
  const listen = ['--listen', '127.0.0.1:0', '--libp2p-listen', '/ip4/127.0.0.1/tcp/0', '--max-inbound-per-ip', '16']
  // Dials nobody: a port at which nobody is.
  const blocks = chain.kind === 'blocks' ? [] : ['--no-verify-transactions']
  const process = NodeProcess.start(t, [...data, ...listen, ...blocks, '--peer', '127.0.0.1:1'])
  const port = await process.nativePort()
  return { process, dataDir, native: `127.0.0.1:${port}`, libp2p: await process.libp2pAddress() }
}
