import type { TestContext } from 'node:test'
import { loadConfig } from '../../src/config/index.ts'
import { createErgoNode, type ErgoNode } from '../../src/node/index.ts'
import { LogSink } from '../../src/telemetry/index.ts'
import { isErgoAddress } from '../../transports/ergo-tcp/index.ts'
import { devnet } from './mine-headers.ts'
import { tempDir } from './temp-dir.ts'

export interface LoopbackNodeOptions {
  readonly dataDir?: string
  /** Flags of the command line, over those that keep the node on loopback. */
  readonly flags?: Readonly<Record<string, string | boolean | readonly string[]>>
  readonly now?: () => number
}

export interface LoopbackNode {
  readonly node: ErgoNode
  readonly dataDir: string
  /** Log lines at info level and above. */
  readonly lines: string[]
  readonly faults: unknown[]
  /** TCP port of native peers. */
  readonly port: number
}

/** A whole node of the private test network that listens on free ports of 127.0.0.1 and dials nobody. Stopped with the test. */
export async function loopbackNode(t: TestContext, options: LoopbackNodeOptions = {}): Promise<LoopbackNode> {
  const dataDir = options.dataDir ?? tempDir(t)
  const lines: string[] = []
  const { config } = loadConfig({
    flags: {
      listen: '127.0.0.1:0',
      'libp2p-listen': '/ip4/127.0.0.1/tcp/0',
      peer: [],
      'allow-local': true,
      'verify-transactions': false,
      workers: '0',
      ...options.flags
    },
    env: {}
  })
  const node = await createErgoNode({
    config,
    network: devnet,
    dataDir,
    log: new LogSink({ level: 'info', format: 'plain', write: (line) => void lines.push(line), now: () => Date.now() }),
    ...(options.now === undefined ? {} : { now: options.now })
  })
  t.after(() => node.stop())
  const faults: unknown[] = []
  node.onFault((err) => faults.push(err))
  await node.start()
  return {
    node,
    dataDir,
    lines,
    faults,
    get port() {
      const native = node.listenAddresses().find((ma) => isErgoAddress(ma))!
      return Number(native.getComponents().find((c) => c.name === 'tcp')!.value)
    }
  }
}
