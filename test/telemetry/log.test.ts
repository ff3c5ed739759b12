import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import type { ComponentLogger } from '@libp2p/interface'
import { fromHex } from '../../src/bytes/index.ts'
import { type LogLevel, LogSink, openLogFile } from '../../src/telemetry/index.ts'
import { projectRoot } from '../support/vectors.ts'

const NOW = Date.UTC(2026, 0, 2, 3, 4, 5, 678)
function sink(level: LogLevel, format: 'plain' | 'json' = 'plain', debug = ''): { log: LogSink; lines: string[] } {
  const lines: string[] = []
  return { log: new LogSink({ level, format, debug, write: (l) => lines.push(l), now: () => NOW }), lines }
}
const TIME = '2026-01-02T03:04:05.678Z'

describe('log lines', () => {
  it('have time, level, component and message', () => {
    const { log, lines } = sink('info')
    const ergo = log.forComponent('ergo:sync')
    ergo.info('height %d of %s', 5, 'ten')
    ergo.error('lost')
    ergo.newScope('peer').warn('slow')
    assert.deepEqual(lines, [
      `${TIME} info  ergo:sync height 5 of ten`,
      `${TIME} error ergo:sync lost`,
      `${TIME} warn  ergo:sync:peer slow`
    ])
  })

  it('as JSON are one object a line', () => {
    const { log, lines } = sink('info', 'json')
    log.forComponent('ergo').info('a "b"')
    log.event('info', 'ergo', 'block-applied', 'block 7', { height: 7, id: 'ab' })
    assert.deepEqual(
      lines.map((l) => JSON.parse(l)),
      [
        { time: TIME, level: 'info', component: 'ergo', message: 'a "b"' },
        { time: TIME, level: 'info', component: 'ergo', event: 'block-applied', message: 'block 7', height: 7, id: 'ab' }
      ]
    )
  })

  it('of events begin with the name of the event; their values are for JSON', () => {
    const { log, lines } = sink('info')
    log.event('info', 'ergo', 'block-applied', 'block 7', { height: 7 })
    log.event('debug', 'ergo', 'never', 'shown')
    assert.deepEqual(lines, [`${TIME} info  ergo block-applied: block 7`])
  })

  it('less important than the level are not written, nor formatted', () => {
    const { log, lines } = sink('warn')
    const ergo = log.forComponent('ergo')
    const unprintable = { toString: () => assert.fail('formatted') }
    ergo('%s', unprintable)
    ergo.trace('%s', unprintable)
    ergo.info('%s', unprintable)
    assert.equal(ergo.enabled, false)
    assert.deepEqual(lines, [])
  })

  it('of single components can be turned on as with libp2p', () => {
    const { log, lines } = sink('error', 'plain', 'ergo:sync:*,libp2p:tcp -ergo:sync:noise')
    for (const name of ['ergo:sync', 'ergo:sync:peer', 'ergo:sync:noise', 'libp2p:tcp', 'libp2p:tcp:listener']) {
      const component = log.forComponent(name)
      component('x')
      component.trace('y')
    }
    assert.deepEqual(
      lines.map((l) => l.slice(TIME.length + 1)),
      ['debug ergo:sync:peer x', 'trace ergo:sync:peer y', 'debug libp2p:tcp x', 'trace libp2p:tcp y']
    )
  })

  it('of other people’s errors are not ours: libp2p calls every lost peer an error', () => {
    const { log, lines } = sink('info')
    log.forComponent('libp2p:tcp').error('ECONNRESET')
    assert.deepEqual(lines, [])
    const debug = sink('debug')
    debug.log.forComponent('libp2p:tcp').error('ECONNRESET')
    assert.deepEqual(debug.lines, [`${TIME} debug libp2p:tcp ECONNRESET`])
  })
})

describe('log messages', () => {
  const message = (format: unknown, ...args: unknown[]): string => {
    const { log, lines } = sink('info')
    log.forComponent('ergo').info(format, ...args)
    return lines[0]!.slice(`${TIME} info  ergo `.length)
  }

  it('know the placeholders of js-libp2p', () => {
    assert.equal(message('%s %d %i %j %%', 'a', '5', 5.7, { b: 1n, c: Uint8Array.of(1, 255) }), 'a 5 5 {"b":"1","c":"01ff"} %')
    assert.equal(message('%p at %a', { toString: () => 'peer' }, { toString: () => '/ip4' }), 'peer at /ip4')
    assert.equal(message('%s %s', 'one'), 'one %s')
    assert.equal(message('one', 'two', 3), 'one two 3')
    assert.equal(message(new TypeError('bad')), 'TypeError: bad')
  })

  it('know its encodings of bytes: base58btc, base32, base64', () => {
    const ascii = (text: string): Uint8Array => new TextEncoder().encode(text)
    // Test vectors of the base58 draft and of RFC 4648, without padding.
    assert.equal(message('%b', ascii('Hello World!')), '2NEpo7TZRRrLZSi2U')
    assert.equal(message('%b', fromHex('0000287fb4cd')), '11233QC4')
    assert.equal(message('%t', ascii('foobar')), 'mzxw6ytboi')
    assert.equal(message('%m', ascii('foob')), 'Zm9vYg')
    assert.equal(message('%b %t %m %p', undefined, null, undefined, undefined), 'undefined undefined undefined undefined')
  })

  it('print what the logger of js-libp2p prints', () => {
    const bytes = [[], [0], [0, 1, 2, 3], [255, 254, 0], Array.from({ length: 34 }, (_, i) => i * 7)]
    const format = '[%b|%t|%m|%s|%d|%j]'
    const script = `
      import { logger } from '@libp2p/logger'
      const log = logger('ergo')
      for (const b of ${JSON.stringify(bytes)}) {
        const v = Uint8Array.from(b)
        log('${format}', v, v, v, 'text', 42, { a: 1 })
      }
      log('[%b|%t|%m|%p|%a]', undefined, undefined, undefined, undefined, undefined)`
    const run = spawnSync(process.execPath, ['--input-type=module', '-e', script], {
      cwd: projectRoot,
      env: { ...process.env, DEBUG: 'ergo', DEBUG_COLORS: 'no' },
      encoding: 'utf8'
    })
    const theirs = [...`${run.stdout}${run.stderr}`.matchAll(/\[[^\]]*\|[^\]]*\]/g)].map((m) => m[0])
    const ours = bytes.map((b) => {
      const v = Uint8Array.from(b)
      return message(format, v, v, v, 'text', 42, { a: 1 })
    })
    ours.push(message('[%b|%t|%m|%p|%a]', undefined, undefined, undefined, undefined, undefined))
    assert.equal(theirs.length, ours.length, run.stderr)
    assert.deepEqual(ours, theirs)
  })

  it('show code and causes of errors', () => {
    const inner = Object.assign(new Error('inner'), { code: 'E_IN' })
    const outer = new Error('outer', { cause: inner })
    assert.equal(message('%e', outer), 'Error: outer <- Error [E_IN]: inner')
    assert.equal(message('%e', new AggregateError([inner, 'x'], 'all')), 'AggregateError: all (Error [E_IN]: inner; x)')
    assert.equal(message('%e', undefined), 'undefined')
  })

  it('stay on one line and cannot drive a terminal, whatever a peer calls itself', () => {
    const name = 'evil\n2026 error ergo forged\x1b[2J\u2028'
    assert.equal(message('peer %s', name), 'peer evil\\x0a2026 error ergo forged\\x1b[2J\\x2028')
    assert.ok(!message(name).includes('\n'))
    assert.ok(message('%s', 'x'.repeat(100_000)).length < 2100)
    const { log, lines } = sink('info')
    log.event('info', 'ergo', 'peer', name, { name })
    assert.ok(!lines[0]!.includes('\n') && !lines[0]!.includes('\x1b'))
  })

  it('survive objects that cannot be written', () => {
    const circular: Record<string, unknown> = {}
    circular.self = circular
    assert.equal(message('%o', circular), '[object Object]')
  })

  it('carry the stack for those who debug', () => {
    const { log, lines } = sink('debug', 'json')
    log.forComponent('ergo').error('failed: %e', new Error('x'))
    assert.match(JSON.parse(lines[0]!).stack, /log\.test/)
  })
})

describe('log sink', () => {
  it('is the logger that libp2p components expect', () => {
    const logger: ComponentLogger = sink('trace').log
    const log = logger.forComponent('libp2p:x')
    assert.deepEqual(
      [typeof log, typeof log.error, typeof log.trace, typeof log.newScope, log.enabled],
      ['function', 'function', 'function', 'function', true]
    )
  })
})

describe('log file', () => {
  it('is appended to, and closed when all is written', async () => {
    const dir = mkdtempSync(join(tmpdir(), 'ergo-log-'))
    const path = join(dir, 'ergo.log')
    for (const line of ['one', 'two']) {
      const file = await openLogFile(path, assert.fail)
      file.write(line)
      await file.close()
    }
    assert.equal(readFileSync(path, 'utf8'), 'one\ntwo\n')
    rmSync(dir, { recursive: true })
    await assert.rejects(
      openLogFile(path, () => {}),
      { code: 'ENOENT' }
    )
  })
})
