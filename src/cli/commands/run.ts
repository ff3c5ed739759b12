import { formatEndpoint } from '../../config/index.ts'
import { createErgoNode, type ErgoNode, NodeError } from '../../node/index.ts'
import { StoreError } from '../../store/index.ts'
import {
  collectProcessMetrics,
  type LogFields,
  type LogFile,
  LogSink,
  openLogFile,
  ProgressReporter,
  TelemetryServer,
  TelemetryServerError,
  Terminal
} from '../../telemetry/index.ts'
import type { Command, CommandContext } from '../command.ts'
import { EXIT, UsageError } from '../errors.ts'
import { logEvents } from '../event-log.ts'
import { type NodeSetup, nodeSetup } from './node-setup.ts'

export const runNode: Command = {
  name: 'run',
  usage: '[SETTINGS]',
  summary: 'run the node (the default command)',
  settings: true,
  options: {
    'dry-run': { type: 'boolean', multiple: false, help: 'check settings, say what would be done, and exit' }
  },
  run: async (context) => {
    const setup = nodeSetup(context)
    if (context.options['dry-run'] === true) return await dryRun(context, setup)
    const terminal = new Terminal(process.stderr)
    const { config } = setup
    const file = config.log.file === undefined ? undefined : await openLog(config.log.file, terminal)
    const log = new LogSink({
      level: config.log.level,
      format: config.log.format === 'json' ? 'json' : 'plain',
      write: (line) => {
        terminal.line(line)
        file?.write(line)
      },
      now: () => Date.now(),
      ...(process.env.DEBUG === undefined ? {} : { debug: process.env.DEBUG })
    })
    const out = log.forComponent('ergo')
    for (const warning of context.config().warnings) out.warn('%s', warning)
    const node = await open(setup, log)
    try {
      return await serve(context, setup, node, { log, terminal })
    } finally {
      await file?.close()
    }
  }
}

async function dryRun(context: CommandContext, { config, network, dataDir }: NodeSetup): Promise<number> {
  await context.output.result({
    network: network.name,
    dataDir,
    state: config.node.stateType,
    seeds: (config.p2p.knownPeers ?? network.seeds).length,
    onlyPeers: config.p2p.onlyPeers.length,
    carriers: config.p2p.carriers,
    metrics: config.metrics.enabled
  })
  return EXIT.ok
}

async function openLog(path: string, terminal: Terminal): Promise<LogFile> {
  try {
    return await openLogFile(path, (err) => terminal.line(`log file ${path}: ${err.message}; lines go to the terminal only`))
  } catch (err) {
    throw new UsageError(`log file ${path}: ${(err as Error).message}`, { cause: err })
  }
}

async function open({ config, network, dataDir }: NodeSetup, log: LogSink): Promise<ErgoNode> {
  try {
    return await createErgoNode({ config, network, dataDir, log })
  } catch (err) {
    if (err instanceof StoreError || (err instanceof NodeError && err.code === 'NODE_SETTINGS')) {
      throw new UsageError(err.message, { cause: err })
    }
    throw err
  }
}

async function serve(
  context: CommandContext,
  { config, dataDir }: NodeSetup,
  node: ErgoNode,
  { log, terminal }: { log: LogSink; terminal: Terminal }
): Promise<number> {
  const say = (event: string, message: string, fields: LogFields = {}): void => log.event('info', 'ergo', event, message, fields)
  const progress = new ProgressReporter({
    snapshot: () => node.progress(),
    format: config.log.format,
    terminal,
    log,
    lineIntervalMs: config.log.progressInterval
  })
  const telemetry = config.metrics.enabled
    ? new TelemetryServer({
        host: config.metrics.bindAddress.host,
        port: config.metrics.bindAddress.port,
        registry: node.metrics.registry,
        readiness: () => node.readiness()
      })
    : undefined
  const stopMetrics = telemetry === undefined ? undefined : collectProcessMetrics(node.metrics.registry)
  let fault: unknown
  const ended = new Promise<void>((resolve) => {
    context.signal.addEventListener('abort', () => resolve(), { once: true })
    if (context.signal.aborted) resolve()
    node.onFault((err) => {
      fault = err
      resolve()
    })
  })
  try {
    const { headerHeight, fullHeight } = node.status
    say(
      'node-started',
      `ergo-libp2p on ${node.network.name}, data in ${dataDir}, headers to ${headerHeight}, blocks to ${fullHeight}`,
      { network: node.network.name, dataDir, headerHeight, fullHeight }
    )
    await startAll(node, telemetry)
    for (const address of node.listenAddresses()) {
      say('p2p-listening', `listening on ${address.toString()}`, { address: address.toString() })
    }
    if (telemetry?.port !== undefined) {
      const url = `http://${formatEndpoint({ host: config.metrics.bindAddress.host, port: telemetry.port })}`
      say('metrics-listening', `metrics and health on ${url}`, { url })
    }
    logEvents(node.events, log)
    progress.start()
    await ended
  } finally {
    progress.stop()
    say('node-stopping', 'stopping')
    stopMetrics?.()
    await telemetry?.stop()
    await node.stop().catch((err: unknown) => {
      fault ??= err
    })
    const { headerHeight, fullHeight } = node.status
    say('node-stopped', `stopped with headers to ${headerHeight}, blocks to ${fullHeight}`, { headerHeight, fullHeight })
  }
  if (fault !== undefined) {
    log.event('error', 'ergo', 'fault-stop', `stopped on a fault: ${(fault as Error).message}`)
    return EXIT.invalid
  }
  return EXIT.ok
}

async function startAll(node: ErgoNode, telemetry: TelemetryServer | undefined): Promise<void> {
  try {
    await telemetry?.start()
    await node.start()
  } catch (err) {
    if (err instanceof TelemetryServerError || (err instanceof NodeError && err.code === 'NODE_LISTEN')) {
      throw new UsageError(err.message, { cause: err })
    }
    throw err
  }
}
