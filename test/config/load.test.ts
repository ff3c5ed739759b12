import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, describe, it } from 'node:test'
import { ConfigError, loadConfig } from '../../src/config/index.ts'

describe('configuration file', () => {
  const dir = mkdtempSync(join(tmpdir(), 'ergo-config-'))
  after(() => rmSync(dir, { recursive: true }))
  const write = (name: string, data: string | Uint8Array): string => {
    const path = join(dir, name)
    writeFileSync(path, data)
    return path
  }
  const load = (path: string | undefined, env: Record<string, string> = {}): string =>
    loadConfig({ flags: {}, env, path }).config.network

  it('is named by argument, by variable, or not at all', () => {
    const path = write('a.toml', 'network = "devnet"')
    assert.equal(load(path), 'devnet')
    assert.equal(load(undefined, { ERGO_CONFIG: path }), 'devnet')
    assert.equal(load(undefined), 'mainnet')
  })

  it('that cannot be used is named in the error', () => {
    const cases: [string, RegExp][] = [
      [join(dir, 'none.toml'), /none\.toml: cannot be read: ENOENT/],
      [write('binary.toml', Uint8Array.of(0xff, 0xfe)), /binary\.toml: is not UTF-8 text/],
      [write('large.toml', '#'.repeat(2 ** 20 + 1)), /large\.toml: has more than 1048576 bytes/],
      [write('bad.toml', 'network = 3'), /bad\.toml:1: network: 3 is not mainnet/]
    ]
    for (const [path, message] of cases)
      assert.throws(
        () => load(path),
        (e) => e instanceof ConfigError && message.test(e.message)
      )
  })
})
