import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import { collectProcessMetrics, createMetrics } from '../../src/telemetry/index.ts'
import { projectRoot } from '../support/vectors.ts'

interface Panel {
  readonly title: string
  readonly targets: ReadonlyArray<{ readonly expr: string; readonly legendFormat: string }>
}

describe('dashboard', () => {
  const { panels } = JSON.parse(readFileSync(join(projectRoot, 'docs', 'grafana-dashboard.json'), 'utf8')) as { panels: Panel[] }
  const { registry } = createMetrics()
  collectProcessMetrics(registry)()
  const metrics = registry.getMetricsAsArray() as unknown as ReadonlyArray<{ name: string; labelNames?: readonly string[] }>

  it('asks for metrics and labels that exist', () => {
    for (const { title, targets } of panels) {
      for (const { expr, legendFormat } of targets) {
        const labels = new Set<string>(['instance'])
        for (const [name] of expr.matchAll(/ergo_\w+/g)) {
          const metric = metrics.find((m) => m.name === name || m.name === name.replace(/_(sum|count|bucket)$/, ''))
          assert.ok(metric !== undefined, `${title}: ${name}`)
          for (const label of metric.labelNames ?? []) labels.add(label)
        }
        for (const [, label] of legendFormat.matchAll(/\{\{(\w+)\}\}/g)) assert.ok(labels.has(label!), `${title}: ${label}`)
      }
    }
  })

  it('shows every metric', () => {
    const all = panels.flatMap(({ targets }) => targets.map(({ expr }) => expr)).join('\n')
    for (const { name } of metrics) assert.match(all, new RegExp(`\\b${name}(_sum|_count|_bucket)?\\b`), name)
  })
})
