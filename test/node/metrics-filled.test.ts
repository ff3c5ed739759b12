/** What is declared is filled: a gauge that stays at nought says something that is not true. */
import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import { createMetrics } from '../../src/telemetry/index.ts'
import { devnetChain } from '../support/anchored-chain.ts'
import { until } from '../support/libp2p-node.ts'
import { projectRoot } from '../support/vectors.ts'
import { wholeNode } from '../support/whole-node.ts'

type Values = ReadonlyMap<string, number>

/** Samples of a scrape, by name and labels as they are written. */
function samplesOf(text: string): Values {
  const lines = text.split('\n').filter((line) => line !== '' && !line.startsWith('#'))
  return new Map(lines.map((line) => [line.slice(0, line.lastIndexOf(' ')), Number(line.slice(line.lastIndexOf(' ') + 1))]))
}

describe('declared metrics', () => {
  it('are all set somewhere in the node', () => {
    const folder = join(projectRoot, 'src', 'node')
    const sources = readdirSync(folder)
      .map((file) => readFileSync(join(folder, file), 'utf8'))
      .join('\n')
    const { registry, ...groups } = createMetrics()
    for (const [group, members] of Object.entries(groups)) {
      for (const member of Object.keys(members)) {
        // Either `metrics.group.member`, or the group by itself where several are set in a row.
        assert.match(sources, new RegExp(`\\b${group}\\.${member}\\b`), `${group}.${member}`)
      }
    }
    assert.ok(registry.getMetricsAsArray().every(({ name, help }) => /^ergo_[a-z_]+$/.test(name) && help.length > 10))
  })

  it('tell of a sync of blocks what happened in it', async (t) => {
    const chain = devnetChain()
    const from = await wholeNode(t, { chain, full: true })
    const to = await wholeNode(t, { chain, flags: { 'only-peer': [from.address('libp2p').toString()] } })
    const blocks = chain.blocks.length
    const scrape = async (): Promise<Values> => samplesOf(await to.node.metrics.registry.metrics())
    await until(async () => (await scrape()).get('ergo_height{kind="full"}') === blocks, 'the last block', 60_000)
    const values = await scrape()
    assert.equal(values.get('ergo_height{kind="header"}'), blocks)
    assert.equal(values.get('ergo_height{kind="peer"}'), blocks)
    assert.equal(values.get('ergo_sync_phase{phase="synced"}'), 1)
    assert.equal(values.get('ergo_headers_verified_total'), blocks)
    assert.equal(values.get('ergo_blocks_applied_total'), blocks)
    assert.ok(Math.abs(values.get('ergo_last_block_applied_timestamp_seconds')! - Date.now() / 1000) < 60)
    // One at least spends the box of emission.
    assert.ok(values.get('ergo_scripts_evaluated_total')! >= blocks)
    assert.ok(values.get('ergo_block_cost_total')! > 1000 * blocks)
    for (const part of ['decode', 'state', 'script', 'store', 'all']) {
      assert.equal(values.get(`ergo_block_seconds_count{part="${part}"}`), blocks, part)
      assert.ok(values.get(`ergo_block_seconds_sum{part="${part}"}`)! > 0, part)
    }
    assert.ok(values.get('ergo_pow_verified_total')! >= blocks)
    assert.ok(values.get('ergo_pow_seconds_total')! > 0)
    assert.equal(values.get('ergo_peers{direction="outbound",carrier="libp2p"}'), 1)
    const statuses = [...values].filter(([name]) => name.startsWith('ergo_peers_by_status'))
    assert.equal(
      statuses.reduce((sum, [, count]) => sum + count, 0),
      1
    )
    assert.ok(values.get('ergo_store_batch_seconds_count')! > 0)
    assert.ok(values.get('ergo_store_written_bytes_total')! > chain.blocks.reduce((n, b) => n + b.header.bytes.length, 0))
    await until(async () => (await scrape()).get('ergo_store_bytes')! > 0, 'size of the database')
    for (const name of ['requests_in_flight{type="section"}', 'queue_bytes{queue="sections"}', 'queue_bytes{queue="send"}']) {
      assert.equal(values.get(`ergo_${name}`), 0, name)
    }
  })
})
