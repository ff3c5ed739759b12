/**
 * `npm run bench [-- NAME… [--rounds N] [--list]]`: runs all cases, or those whose name contains one of the words.
 * Exit code 1 when a case failed or misses what it must reach. Writes `bench/RESULTS.md` and `bench/results.json` (latest
 * result of each case) and a file with everything under `bench/results/`.
 */
import { fork } from 'node:child_process'
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { projectRoot } from '../test/support/vectors.ts'
import type { ChildMessage } from './child.ts'
import type { BenchCase } from './harness.ts'
import { isNoisy, judge, type StoredResult, table, thisMachine, writeReport } from './report.ts'
import { readTargets } from './targets.ts'

/** A noisy case is measured again this often at most. */
const ATTEMPTS = 3

const here = fileURLToPath(new URL('.', import.meta.url))
const args = process.argv.slice(2)
const roundsAt = args.indexOf('--rounds')
const rounds = roundsAt < 0 ? undefined : args.splice(roundsAt, 2)[1]
const list = args.includes('--list')
const words = args.filter((a) => !a.startsWith('--'))

interface CaseFile {
  name: string
  file: string
}

async function caseFiles(): Promise<CaseFile[]> {
  const files = readdirSync(join(here, 'cases'), { recursive: true, encoding: 'utf8' }).filter((f) => f.endsWith('.js'))
  const out: CaseFile[] = []
  for (const relative of files.sort()) {
    const file = join(here, 'cases', relative)
    const { bench } = (await import(pathToFileURL(file).href)) as { bench?: BenchCase }
    if (bench !== undefined) out.push({ name: bench.name, file })
  }
  return out.filter(({ name }) => words.length === 0 || words.some((w) => name.includes(w)))
}

function runChild(file: string): Promise<ChildMessage> {
  return new Promise((resolve, reject) => {
    const child = fork(join(here, 'child.js'), rounds === undefined ? [file] : [file, rounds], {
      execArgv: ['--expose-gc', '--enable-source-maps'],
      stdio: ['ignore', 'inherit', 'inherit', 'ipc']
    })
    child.once('message', (message) => resolve(message as ChildMessage))
    child.once('error', reject)
    child.once('exit', (code) => reject(new Error(`${file} ended with code ${code} and no result`)))
  })
}

async function measure(file: string): Promise<ChildMessage> {
  let best: ChildMessage | undefined
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    const message = await runChild(file)
    if (message.status !== 'done' || !isNoisy(message.result)) return message
    if (best?.status !== 'done' || Math.abs(message.result.drift - 1) < Math.abs(best.result.drift - 1)) best = message
  }
  return best!
}

const cases = await caseFiles()
if (list || cases.length === 0) {
  console.log(cases.length === 0 ? `no bench case matches ${words.join(' ')}` : cases.map((c) => c.name).join('\n'))
  process.exit(list ? 0 : 2)
}

const targets = readTargets()
const machine = thisMachine()
const date = new Date().toISOString()
const measured: StoredResult[] = []
let bad = 0
for (const { name, file } of cases) {
  console.error(`${name} …`)
  const message = await measure(file)
  if (message.status !== 'done') {
    console.error(`${name}: ${message.status}: ${message.reason}`)
    if (message.status === 'failed') bad++
    continue
  }
  measured.push({ ...message.result, machine, date })
  for (const [metric, m] of Object.entries(message.result.metrics)) {
    if (judge(m.value, targets[name]?.[metric]) === 'missed') bad++
  }
}

const latestFile = join(projectRoot, 'bench', 'results.json')
const latest: Record<string, StoredResult> = existsSync(latestFile) ? JSON.parse(readFileSync(latestFile, 'utf8')) : {}
for (const result of measured) latest[result.name] = result
const sorted = Object.keys(latest)
  .sort()
  .map((name) => latest[name]!)
writeFileSync(latestFile, `${JSON.stringify(Object.fromEntries(sorted.map((r) => [r.name, r])), rounded, 2)}\n`)
const folder = join(projectRoot, 'bench', 'results')
mkdirSync(folder, { recursive: true })
writeFileSync(join(folder, `${date.replaceAll(':', '-')}.json`), JSON.stringify(measured, undefined, 1))
writeReport(sorted, targets)
console.log(table(measured, targets))
process.exit(bad > 0 ? 1 : 0)

/** Five digits say all that a measurement knows. */
function rounded(_key: string, value: unknown): unknown {
  return typeof value === 'number' && !Number.isInteger(value) ? Number(value.toPrecision(5)) : value
}
