import { readFileSync, writeFileSync } from 'node:fs'
import { cpus } from 'node:os'
import { join } from 'node:path'
import { projectRoot } from '../test/support/vectors.ts'
import type { CaseResult } from './harness.ts'
import { meets, type Target, type Targets } from './targets.ts'

/** Control time may move by this much before a case counts as noisy. */
const DRIFT_LIMIT = 0.1

/** Packages that cases measure against or build on. */
const PEERS = [
  '@noble/hashes',
  '@noble/curves',
  'sodium-native',
  'secp256k1',
  'hash-wasm',
  'libp2p',
  'level',
  'ergo-lib-wasm-nodejs',
  'sigmastate-js',
  '@fleet-sdk/serializer'
]

export interface Machine {
  cpu: string
  node: string
  v8: string
  platform: string
}

/** A result with where and when it was measured. */
export type StoredResult = CaseResult & { machine: Machine; date: string }

export function isNoisy(result: CaseResult): boolean {
  return Math.abs(result.drift - 1) > DRIFT_LIMIT
}

export function thisMachine(): Machine {
  const processors = cpus()
  return {
    cpu: `${processors[0]?.model.trim() ?? 'unknown'} x ${processors.length}`,
    node: process.versions.node,
    v8: process.versions.v8,
    platform: `${process.platform}-${process.arch}`
  }
}

export function peerVersions(): Record<string, string> {
  const out: Record<string, string> = {}
  for (const name of PEERS) {
    try {
      const file = join(projectRoot, 'node_modules', name, 'package.json')
      out[name] = (JSON.parse(readFileSync(file, 'utf8')) as { version: string }).version
    } catch {
      // Not installed: nothing was measured against it either.
    }
  }
  return out
}

type Verdict = 'moonshot' | 'must' | 'missed' | 'no target'

export function judge(value: number, target: Target | undefined): Verdict {
  if (target === undefined) return 'no target'
  if (meets(value, target.moonshot)) return 'moonshot'
  return meets(value, target.must) ? 'must' : 'missed'
}

const WORDS: Record<Verdict, string> = { moonshot: '**moonshot**', must: 'yes', missed: '**MISSED**', 'no target': '' }

function significant(value: number): string {
  if (value === 0) return '0'
  const digits = Math.max(0, 2 - Math.floor(Math.log10(Math.abs(value))))
  return value.toFixed(Math.min(digits, 4))
}

function duration(ns: number): string {
  if (ns < 1e3) return `${significant(ns)} ns`
  if (ns < 1e6) return `${significant(ns / 1e3)} us`
  return ns < 1e9 ? `${significant(ns / 1e6)} ms` : `${significant(ns / 1e9)} s`
}

/** One row a metric: ratios first, times after. */
export function table(results: readonly StoredResult[], targets: Targets): string {
  const rows = ['| bench | metric | median | min..max | must | moonshot | met | times |', '|---|---|---|---|---|---|---|---|']
  for (const result of results) {
    let times = Object.entries(result.times)
      .map(([name, t]) => `${name} ${duration(t.ns)}`)
      .join(', ')
    if (isNoisy(result)) times += ` (noisy: control moved by ${Math.round((result.drift - 1) * 100)} %)`
    for (const [name, m] of Object.entries(result.metrics)) {
      const target = targets[result.name]?.[name]
      const value = `**${significant(m.value)}** ${m.unit}`
      const span = m.min === m.max ? '' : `${significant(m.min)}..${significant(m.max)}`
      const bounds = `${target?.must ?? ''} | ${target?.moonshot ?? ''}`
      rows.push(`| \`${result.name}\` | ${name} | ${value} | ${span} | ${bounds} | ${WORDS[judge(m.value, target)]} | ${times} |`)
      times = ''
    }
  }
  return rows.join('\n')
}

/** The page that people read, from the latest result of each case. */
export function writeReport(results: readonly StoredResult[], targets: Targets): void {
  const machines = new Map(results.map((r) => [JSON.stringify(r.machine), r.machine]))
  const versions = Object.entries(peerVersions()).map(([name, version]) => `${name} ${version}`)
  const page = `# Bench results

Made by \`npm run bench\`; measure yourself with \`npm run bench -- NAME…\` (a part of a name is enough). A *ratio* is our time
divided by the other's (lower is better), a *speed-up* the other's divided by ours (higher is better). Candidates of a case run
interleaved in one process on the same data, after their answers were compared; the metric is CPU time unless a case says wall
clock. Read the ratios: absolute times depend on the machine and its load.

${[...machines.values()].map((m) => `Machine: ${m.cpu}, ${m.platform}, Node ${m.node} (V8 ${m.v8}).`).join('\n')}
Packages: ${versions.join(', ')}.

${table(results, targets)}

${results.map((r) => `* \`${r.name}\`: ${r.workload}.`).join('\n')}
`
  writeFileSync(join(projectRoot, 'bench', 'RESULTS.md'), page)
}
