import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TestContext } from 'node:test'

/** A new directory that is removed when the test ends. */
export function tempDir(t: TestContext): string {
  const dir = mkdtempSync(join(tmpdir(), 'ergo-libp2p-test-'))
  // A database that is still open may write while its files go: a hook that fails would keep all later ones from running.
  t.after(() => rmSync(dir, { recursive: true, force: true, maxRetries: 20, retryDelay: 20 }))
  return dir
}
