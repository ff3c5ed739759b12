import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TestContext } from 'node:test'

/** Directories that something still wrote into when their test ended. */
const left = new Set<string>()

process.on('exit', () => {
  for (const dir of left) rmSync(dir, { recursive: true, force: true })
})

/** A new directory that is removed when the test ends. */
export function tempDir(t: TestContext): string {
  const dir = mkdtempSync(join(tmpdir(), 'ergo-libp2p-test-'))
  t.after(() => {
    try {
      rmSync(dir, { recursive: true, force: true })
    } catch {
      // Hooks run in the order they were added, so a database may be open and written to. One that fails keeps all later ones from
      // running, and with them what would close it: such a directory goes when the process ends.
      left.add(dir)
    }
  })
  return dir
}
