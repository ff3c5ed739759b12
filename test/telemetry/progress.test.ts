import assert from 'node:assert/strict'
import { describe, it, mock } from 'node:test'
import fc from 'fast-check'
import {
  etaSeconds,
  formatSeconds,
  LogSink,
  PHASES,
  ProgressReporter,
  type ProgressSnapshot,
  progressFields,
  RateMeter,
  renderBar,
  renderLine,
  Terminal
} from '../../src/telemetry/index.ts'

const HEADERS: ProgressSnapshot = {
  phase: 'headers',
  headerHeight: 250_000,
  fullHeight: 0,
  targetHeight: 1_000_000,
  headersPerSecond: 5000,
  blocksPerSecond: 0,
  peers: 8,
  inFlight: 3200
}

/** A stream that remembers, and what a terminal would show of it. */
function screen(
  isTTY: boolean,
  columns = 100
): { stream: { isTTY: boolean; columns: number; write: (t: string) => void }; text: () => string } {
  let all = ''
  return { stream: { isTTY, columns, write: (t) => void (all += t) }, text: () => all }
}

describe('progress', () => {
  it('as a bar has share, height, pace, remaining time and peers', () => {
    assert.equal(
      renderBar(HEADERS, 100),
      'headers [######------------------] 25.0%  headers 250000/1000000  5000/s  ETA 2m30s  8 peers'
    )
  })

  it('says why it waits', () => {
    const waiting: ProgressSnapshot = {
      phase: 'connecting',
      headerHeight: 0,
      fullHeight: 0,
      headersPerSecond: 0,
      blocksPerSecond: 0,
      peers: 1,
      inFlight: 0,
      waitingFor: '2 more peers\x1b[2J'
    }
    assert.equal(renderBar(waiting, 120), 'connecting  headers 0  0.0/s  1 peer  waiting for 2 more peers\\x1b[2J')
    assert.equal(renderLine(waiting), 'connecting: headers 0, 0.0/s, 1 peer, waiting for 2 more peers\\x1b[2J, 0 in flight')
  })

  it('cuts the reason where the terminal ends, and leaves out what would say nothing', () => {
    const waiting: ProgressSnapshot = { ...HEADERS, waitingFor: '400 headers from 203.0.113.9, asked 1200 ms ago' }
    const bar = 'headers [######------------------] 25.0%  headers 250000/1000000  5000/s  ETA 2m30s  8 peers'
    assert.equal(renderBar(waiting, 200), `${bar}  waiting for 400 headers from 203.0.113.9, asked 1200 ms ago`)
    assert.equal(renderBar(waiting, 120), `${bar}  waiting for 400 header...`)
    assert.equal(renderBar(waiting, 110), bar)
    for (let columns = 1; columns < 200; columns++) assert.ok(renderBar(waiting, columns).length < columns)
  })

  it('counts blocks once headers are done, and shows no pace at the tip', () => {
    const blocks: ProgressSnapshot = { ...HEADERS, phase: 'blocks', fullHeight: 999_999, blocksPerSecond: 3.06 }
    assert.equal(renderLine(blocks), 'blocks: blocks 999999/1000000, 3.1/s, ETA 1s, 8 peers, 3200 in flight')
    assert.match(renderBar(blocks, 100), /99\.9%/)
    assert.equal(
      renderLine({ ...blocks, phase: 'synced', fullHeight: 1_000_000 }),
      'synced: blocks 1000000/1000000, 8 peers, 3200 in flight'
    )
  })

  it('for machines is flat and complete', () => {
    assert.deepEqual(progressFields(HEADERS), {
      phase: 'headers',
      headerHeight: 250_000,
      fullHeight: 0,
      targetHeight: 1_000_000,
      headersPerSecond: 5000,
      blocksPerSecond: 0,
      etaSeconds: 150,
      peers: 8,
      inFlight: 3200,
      waitingFor: null
    })
  })

  it('never fills a terminal line, whatever its width', () => {
    const snapshot = fc.record({
      phase: fc.constantFrom(...PHASES),
      headerHeight: fc.nat(),
      fullHeight: fc.nat(),
      targetHeight: fc.nat(),
      headersPerSecond: fc.double({ min: 0, max: 1e6, noNaN: true }),
      blocksPerSecond: fc.double({ min: 0, max: 1e6, noNaN: true }),
      peers: fc.nat(1000),
      inFlight: fc.nat(10_000),
      waitingFor: fc.string()
    })
    fc.assert(
      fc.property(snapshot, fc.integer({ min: 1, max: 300 }), (s, columns) => {
        assert.ok(renderBar(s, columns).length < columns)
        assert.ok(!['\n', '\u001b'].some((c) => renderLine(s).includes(c)))
      })
    )
  })

  it('estimates only when there is a target and a pace', () => {
    const { targetHeight: _, ...noTarget } = HEADERS
    assert.equal(etaSeconds(noTarget), undefined)
    assert.equal(etaSeconds({ ...HEADERS, headersPerSecond: 0 }), undefined)
    assert.equal(etaSeconds({ ...HEADERS, headerHeight: 2_000_000 }), 0)
    assert.deepEqual([0, 44.2, 60, 3599, 3600, 86_399, 86_400, 190_000].map(formatSeconds), [
      '0s',
      '45s',
      '1m00s',
      '59m59s',
      '1h00m',
      '23h59m',
      '1d00h',
      '2d04h'
    ])
  })
})

describe('pace', () => {
  it('is that of the window, not of all time', () => {
    const meter = new RateMeter(60_000)
    assert.equal(meter.perSecond(0), 0)
    let total = 0
    for (let t = 0; t <= 600_000; t += 1000) meter.add(t, (total += t < 300_000 ? 100 : 10))
    assert.ok(Math.abs(meter.perSecond(600_000) - 10) < 0.5)
    // Nothing more comes: the pace sinks.
    assert.ok(meter.perSecond(660_000) < 5.5)
  })

  it('keeps few samples however often it is told', () => {
    const meter = new RateMeter(60_000)
    for (let t = 0; t <= 120_000; t += 1) meter.add(t, t)
    assert.ok(Math.abs(meter.perSecond(120_000) - 1000) < 20)
  })

  it('starts afresh after a rollback', () => {
    const meter = new RateMeter(60_000)
    meter.add(0, 1000)
    meter.add(1000, 2000)
    meter.add(2000, 500)
    assert.equal(meter.perSecond(2000), 0)
    meter.add(3000, 600)
    assert.equal(meter.perSecond(3000), 100)
  })
})

describe('terminal', () => {
  it('keeps the status line below the lines', () => {
    const { stream, text } = screen(true)
    const terminal = new Terminal(stream)
    terminal.status('50%')
    terminal.line('news')
    terminal.status('60%')
    terminal.status('60%')
    terminal.status('')
    terminal.line('end')
    const erase = '\r\x1b[2K'
    assert.equal(text(), `${erase}50%${erase}news\n50%${erase}60%${erase}end\n`)
  })

  it('on a pipe is plain lines', () => {
    const { stream, text } = screen(false)
    const terminal = new Terminal(stream)
    terminal.status('50%')
    terminal.line('news')
    assert.equal(text(), 'news\n')
  })
})

describe('progress reporter', () => {
  const run = (isTTY: boolean, format: 'human' | 'plain' | 'json', phases: ProgressSnapshot['phase'][]): string => {
    mock.timers.enable({ apis: ['setInterval'] })
    const { stream, text } = screen(isTTY)
    const terminal = new Terminal(stream)
    const log = new LogSink({
      level: 'info',
      format: format === 'json' ? 'json' : 'plain',
      write: (l) => terminal.line(l),
      now: () => 0
    })
    let tick = 0
    const snapshot = (): ProgressSnapshot => ({ ...HEADERS, phase: phases[Math.min(tick++, phases.length - 1)]! })
    const reporter = new ProgressReporter({ snapshot, format, terminal, log, lineIntervalMs: 10_000 })
    reporter.start()
    reporter.start()
    mock.timers.tick(10_000)
    mock.timers.tick(10_000)
    reporter.stop()
    const shown = text()
    mock.timers.tick(60_000)
    assert.equal(text(), shown)
    mock.timers.reset()
    return shown
  }

  it('draws on a terminal and erases what it drew', () => {
    const shown = run(true, 'human', ['headers', 'blocks'])
    assert.ok(!shown.includes('\n'))
    assert.match(shown, /headers \[#+-+\] 25\.0%/)
    assert.ok(shown.endsWith('\r\x1b[2K'))
  })

  it('writes a line now and then where there is no terminal, or when told to', () => {
    for (const shown of [run(false, 'human', ['headers']), run(true, 'plain', ['headers'])]) {
      const lines = shown.trimEnd().split('\n')
      assert.equal(lines.length, 3)
      assert.equal(
        lines[0],
        '1970-01-01T00:00:00.000Z info  ergo progress: headers: headers 250000/1000000, 5000/s, ETA 2m30s, 8 peers, 3200 in flight'
      )
    }
  })

  it('writes JSON when asked', () => {
    const lines = run(true, 'json', ['headers']).trimEnd().split('\n')
    const first = JSON.parse(lines[0]!)
    assert.deepEqual([first.event, first.headerHeight, first.etaSeconds], ['progress', 250_000, 150])
  })

  it('is silent at the tip after the first line', () => {
    assert.equal(run(false, 'plain', ['synced']).trimEnd().split('\n').length, 1)
    assert.equal(run(false, 'plain', ['synced', 'synced', 'blocks']).trimEnd().split('\n').length, 2)
  })
})
