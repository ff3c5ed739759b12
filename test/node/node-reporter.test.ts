/** What a node says of itself: names of events that programs look for, values beside them, and a clock that is wrong. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { ClockCheck } from '../../src/node/clock-check.ts'
import { NodeReporter } from '../../src/node/node-reporter.ts'
import { createMetrics, LogSink, NodeEvents } from '../../src/telemetry/index.ts'

function reporter(): {
  report: NodeReporter
  lines: Array<Record<string, unknown>>
  metrics: ReturnType<typeof createMetrics>
} {
  const lines: Array<Record<string, unknown>> = []
  const now = (): number => 1_000_000
  const log = new LogSink({ level: 'info', format: 'json', write: (line) => void lines.push(JSON.parse(line)), now })
  const metrics = createMetrics()
  const events = new NodeEvents({ now, onError: (err) => assert.fail(String(err)) })
  return { report: new NodeReporter({ events, metrics, log, now }), lines, metrics }
}

describe('clock of this machine', () => {
  it('is told of when the median of at least three peers is more than 30 s away, once, and again when it is right', () => {
    const check = new ClockCheck()
    assert.equal(check.add(90_000, 0), undefined)
    assert.equal(check.add(91_000, 0), undefined)
    assert.equal(check.offsetMs, undefined)
    assert.equal(check.add(92_000, 0), 91_000)
    assert.equal(check.add(93_000, 0), undefined)
    for (let i = 0; i < 7; i++) check.add(0, 0)
    assert.equal(check.offsetMs, 0)
  })

  it('is not believed wrong for the sake of one liar, nor within 30 s', () => {
    const check = new ClockCheck()
    for (let i = 0; i < 10; i++) assert.equal(check.add(i === 5 ? -1e15 : 29_000, 0), undefined)
    assert.equal(check.offsetMs, 29_000)
  })

  it('behind as well as ahead', () => {
    const check = new ClockCheck()
    for (let i = 0; i < 2; i++) check.add(-31_000, 0)
    assert.equal(check.add(-31_000, 0), -31_000)
    for (let i = 0; i < 2; i++) assert.equal(check.add(0, 0), undefined)
    assert.equal(check.add(0, 0), 0)
  })
})

describe('lines of the log', () => {
  it('of a stall: name, phase, what is waited for and what was done; at the tip it is no stall', async () => {
    const { report, lines, metrics } = reporter()
    report.stalled({ phase: 'blocks', waitingFor: 'AD proofs of block 7', sinceMs: 31_000, action: 'asks the others again' })
    report.stalled({ phase: 'synced', waitingFor: 'a new block', sinceMs: 1_800_000, action: 'keeps listening' })
    report.recovered()
    assert.deepEqual(
      lines.map(({ event, level }) => [event, level]),
      [
        ['stalled', 'warn'],
        ['no-new-block', 'info'],
        ['under-way', 'info']
      ]
    )
    assert.deepEqual([lines[0]!.phase, lines[0]!.seconds, lines[0]!.waitingFor], ['blocks', 31, 'AD proofs of block 7'])
    const text = await metrics.registry.metrics()
    assert.match(text, /^ergo_stalls_total\{reason="blocks"\} 1$/m)
    assert.doesNotMatch(text, /ergo_stalls_total\{reason="synced"\}/)
  })

  it('counts what became of headers', async () => {
    const { report, metrics } = reporter()
    const id = new Uint8Array(32)
    const failure = { rule: 207, code: 'HEADER_POW', severity: 'fatal', message: 'x' } as never
    report.judged({ status: 'invalid', id, height: 1, failure })
    report.judged({ status: 'known', id, height: 1 })
    report.judged({ status: 'unreadable', message: 'x' } as never)
    const text = await metrics.registry.metrics()
    assert.match(text, /^ergo_headers_rejected_total\{reason="HEADER_POW"\} 1$/m)
    assert.match(text, /^ergo_headers_rejected_total\{reason="UNREADABLE"\} 1$/m)
    assert.match(text, /^ergo_duplicates_total\{type="header"\} 1$/m)
  })

  it('no name of an event is a prefix of another, and all are plain ASCII', async () => {
    const { readdirSync, readFileSync } = await import('node:fs')
    const { join } = await import('node:path')
    const { projectRoot } = await import('../support/vectors.ts')
    const names = new Set<string>()
    for (const folder of ['src/node', 'src/cli', 'src/cli/commands', 'src/telemetry']) {
      for (const file of readdirSync(join(projectRoot, folder)).filter((f) => f.endsWith('.ts'))) {
        const source = readFileSync(join(projectRoot, folder, file), 'utf8')
        for (const [, name] of source.matchAll(
          /(?:say|\.event)\(\s*(?:'(?:info|warn|error|debug)',\s*(?:'ergo',\s*)?)?'([a-z-]+)',/g
        )) {
          names.add(name!)
        }
      }
    }
    assert.ok(names.size >= 18, [...names].join())
    for (const name of names) for (const other of names) assert.ok(name === other || !other.startsWith(name), `${name} ${other}`)
  })
})
