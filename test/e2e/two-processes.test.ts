/** Two nodes as their users run them, in two processes, over native TCP and over noise and yamux. */
import assert from 'node:assert/strict'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import { cli, NodeProcess } from '../support/cli.ts'
import { sleep } from '../support/libp2p-node.ts'
import { blockChain, headerChain, sourceNode } from '../support/source-node.ts'
import { tempDir } from '../support/temp-dir.ts'

const CARRIERS = ['native', 'libp2p'] as const

describe('two processes', () => {
  it('headers: killed on the way, restarted, and both export the same bytes', async (t) => {
    const chain = headerChain(t)
    const source = await sourceNode(t, chain)
    const ends: string[] = []
    for (const carrier of CARRIERS) {
      const dataDir = join(tempDir(t), 'b')
      const data = ['--data-dir', dataDir, ...chain.networkFlags]
      const args = [...data, '--only-peer', source[carrier], '--no-verify-transactions']
      const first = NodeProcess.start(t, args)
      await first.says(/connecting -> headers/)
      await sleep(100 + Math.random() * 500)
      first.child.kill('SIGKILL')
      await first.exit()
      const second = NodeProcess.start(t, args)
      await second.says(/-> synced/, 60_000)
      await second.stop()
      assert.equal(second.ended!.code, 0)
      const out = await cli(['export', 'headers', ...data])
      assert.equal(out.json().length, chain.ids.length)
      ends.push(out.stdout)
    }
    await source.process.stop()
    assert.equal(source.process.ended!.code, 0)
    const { stdout } = await cli(['export', 'headers', '--data-dir', source.dataDir, ...chain.networkFlags])
    for (const [i, end] of ends.entries()) assert.ok(end === stdout, `export after ${CARRIERS[i]} differs`)
  })

  it('whole blocks: both export the same bytes, and end at the recorded state', async (t) => {
    const chain = blockChain()
    const source = await sourceNode(t, chain)
    const ends: string[] = []
    for (const carrier of CARRIERS) {
      const data = ['--data-dir', join(tempDir(t), 'b'), ...chain.networkFlags]
      const node = NodeProcess.start(t, [...data, '--only-peer', source[carrier]])
      await node.says(/-> synced/, 60_000)
      await node.stop()
      const out = await cli(['export', 'blocks', ...data])
      assert.equal(out.json().length, chain.ids.length)
      assert.equal(out.last().stateRoot, chain.stateRoot)
      ends.push(out.stdout)
    }
    await source.process.stop()
    const { stdout } = await cli(['export', 'blocks', '--data-dir', source.dataDir, ...chain.networkFlags])
    for (const [i, end] of ends.entries()) assert.ok(end === stdout, `export after ${CARRIERS[i]} differs`)
  })
})
