/** Finds the compiled tests and hands them to Node's own runner (Node 20 has no glob support in `--test`). */
import { spawnSync } from 'node:child_process'
import { existsSync, readdirSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('.', import.meta.url))
const sources = fileURLToPath(new URL('../../test/', import.meta.url))
const args = process.argv.slice(2)
const soak = args.includes('--soak')
const filters = args.filter((a) => !a.startsWith('--'))
const suffix = soak ? '.soak.js' : '.test.js'
const files = readdirSync(root, { recursive: true, encoding: 'utf8' })
  .filter((f) => f.endsWith(suffix))
  // The compiler leaves what it once made of files that are gone.
  .filter((f) => existsSync(join(sources, f.replace(/\.js$/, '.ts'))))
  .filter((f) => filters.length === 0 || filters.some((x) => f.includes(x)))
  .sort()
  .map((f) => join(root, f))
if (files.length === 0) {
  console.error(`no test file matches ${filters.join(' ')}`)
  process.exit(1)
}
const concurrency = Math.max(1, Math.min(4, availableParallelism()))
const run = spawnSync(process.execPath, ['--enable-source-maps', '--test', `--test-concurrency=${concurrency}`, ...files], {
  stdio: 'inherit'
})
process.exit(run.status ?? 1)
