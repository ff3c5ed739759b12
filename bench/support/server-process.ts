/** A process with nodes of ours that serve the chain of one file; speaks with its parent in the messages below. */
import { readFileSync } from 'node:fs'
import { type SyncNode, syncNode } from '../../test/support/sync-node.ts'
import { readChainFile } from './chain.ts'
import { Cleanup } from './cleanup.ts'
import { noPow } from './sync-run.ts'

export interface ServerRequest {
  readonly chain: string
  readonly nodes: number
}

export interface ServerReady {
  readonly ports: readonly number[]
}

export interface ServerReport {
  readonly penalties: readonly string[]
}

const BATCH = 400

const cleanup = new Cleanup()
const nodes: SyncNode[] = []

process.on('message', (message: ServerRequest | 'report') => {
  if (message !== 'report') void serve(message)
  else process.send?.({ penalties: nodes.flatMap((n) => n.penalties.map((p) => p.reason)) } satisfies ServerReport)
})
process.on('disconnect', () => void cleanup.run().then(() => process.exit(0)))

async function serve(request: ServerRequest): Promise<void> {
  const headers = [...readChainFile(new Uint8Array(readFileSync(request.chain)))]
  for (let i = 0; i < request.nodes; i++) {
    const node = await syncNode(cleanup.context, { listen: true, pow: noPow })
    for (let at = 0; at < headers.length; at += BATCH) await node.processor.submit(headers.slice(at, at + BATCH), 'file')
    nodes.push(node)
  }
  process.send?.({ ports: nodes.map((n) => n.port) } satisfies ServerReady)
}
