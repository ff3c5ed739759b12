/** Run as a process: starts a whole node, lets it work a while, stops it, and must then end by itself. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { loadConfig } from '../../src/config/index.ts'
import { createErgoNode } from '../../src/node/index.ts'
import { LogSink, TelemetryServer } from '../../src/telemetry/index.ts'
import { devnet } from './mine-headers.ts'

const [peers = '', workers = '1'] = process.argv.slice(2)
const dataDir = mkdtempSync(join(tmpdir(), 'ergo-libp2p-stop-'))
const { config } = loadConfig({
  flags: {
    listen: '127.0.0.1:0',
    'libp2p-listen': '/ip4/127.0.0.1/tcp/0',
    peer: peers === '' ? [] : peers.split(','),
    'allow-local': true,
    workers
  },
  env: {}
})
const log = new LogSink({ level: 'error', format: 'plain', write: () => {}, now: () => Date.now() })
const node = await createErgoNode({ config, network: devnet, dataDir, log })
const telemetry = new TelemetryServer({
  host: '127.0.0.1',
  port: 0,
  registry: node.metrics.registry,
  readiness: () => node.readiness()
})
await telemetry.start()
await node.start()
await new Promise((resolve) => setTimeout(resolve, 700))
await telemetry.stop()
await node.stop()
await node.stop()
rmSync(dataDir, { recursive: true, force: true })
process.stdout.write(
  `stopped ${process
    .getActiveResourcesInfo()
    .filter((r) => !/^(PipeWrap|TTYWrap)$/.test(r))
    .join(',')}\n`
)
