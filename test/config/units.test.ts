import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { formatEndpoint, isLoopbackHost, parseEndpoint } from '../../src/config/index.ts'
import { suggest } from '../../src/config/suggest.ts'
import { tomlLines } from '../../src/config/toml-lines.ts'
import { formatDuration, formatSize, parseDuration, parseSize } from '../../src/config/units.ts'

describe('durations and sizes', () => {
  it('are read', () => {
    assert.deepEqual(
      ['100ms', '30s', '2m', '1h', '1d', '0s'].map(parseDuration),
      [100, 30_000, 120_000, 3_600_000, 86_400_000, 0]
    )
    assert.deepEqual(['512B', '64KiB', '64MiB', '1GiB'].map(parseSize), [512, 65_536, 67_108_864, 1_073_741_824])
    for (const text of ['', '5', 's', '-1s', '1.5s', '1 day', '1M', '1S', '1h30m', '99999999999999s']) {
      assert.equal(parseDuration(text), undefined, text)
    }
    for (const text of ['64', '64MB', '64mib', '-1B', '999999999999GiB']) assert.equal(parseSize(text), undefined, text)
  })

  it('are written so that they read back', () => {
    fc.assert(
      fc.property(fc.nat(1_000_000_000), (n) => {
        assert.equal(parseDuration(formatDuration(n)), n)
        assert.equal(parseSize(formatSize(n)), n)
      })
    )
  })
})

describe('endpoints', () => {
  it('are hosts with ports', () => {
    for (const text of ['1.2.3.4:9030', '[2001:41d0:700:6662::]:29031', 'a-b.example:1', 'localhost:0', 'x:65535']) {
      assert.equal(formatEndpoint(parseEndpoint(text)!), text)
    }
    for (const text of [
      '',
      '1.2.3.4',
      ':1',
      '1.2.3.4:65536',
      '1.2.3:1',
      '1.2.3.256:1',
      '::1:1',
      '[1.2.3.4]:1',
      '-a:1',
      'a b:1',
      'a..b:1'
    ]) {
      assert.equal(parseEndpoint(text), undefined, text)
    }
    assert.deepEqual(['127.0.0.1', '::1', '0.0.0.0', '10.0.0.1', 'localhost'].map(isLoopbackHost), [
      true,
      true,
      false,
      false,
      false
    ])
  })
})

describe('suggestions', () => {
  it('are the nearest word, if any is near', () => {
    const words = ['maxConnections', 'nodeName', 'network']
    assert.equal(suggest('maxConections', words), 'maxConnections')
    assert.equal(suggest('netwrok', words), 'network')
    assert.equal(suggest('NODENAME', words), 'nodeName')
    assert.equal(suggest('banana', words), undefined)
    assert.equal(suggest('x'.repeat(100_000), words), undefined)
  })
})

describe('lines of a TOML document', () => {
  it('are found for tables, keys and dotted keys', () => {
    const text = ['a = 1', '[ b . "c" ]', ' d = [', '  "e = 2",', ']', "'f'.g = 3", '[[h]]', 'd = 4', 'a = 5'].join('\n')
    assert.deepEqual(
      [...tomlLines(text)],
      [
        ['a', 1],
        ['b.c', 2],
        ['b.c.d', 3],
        ['b.c.f.g', 6],
        ['h', 7],
        ['h.d', 8],
        ['h.a', 9]
      ]
    )
  })
})
