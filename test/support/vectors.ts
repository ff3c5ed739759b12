/**
 * Where test data comes from.
 *
 * - {@link committed}: the small part that lives in this repository under `test/vectors`.
 * - {@link shared}: the large recorded sets, looked for in `$ERGO_VECTORS` or `../shared/vectors` beside the checkout.
 *   A test on them must pass `{ skip: missing(...) }`, which says aloud what is not there.
 */
import { existsSync, readFileSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { gunzipSync } from 'node:zlib'

/** Root of the checkout, whether this file runs from source or compiled below `dist`. */
export const projectRoot = ((): string => {
  let dir = dirname(fileURLToPath(import.meta.url))
  while (!existsSync(join(dir, 'package.json'))) dir = dirname(dir)
  return dir
})()

const sharedRoot = resolve(process.env.ERGO_VECTORS ?? join(projectRoot, '..', 'shared', 'vectors'))

/** Path of a file of the large sets, e.g. `shared('mainnet/headers-1-2000.jsonl.gz')`. */
export function shared(path: string): string {
  return join(sharedRoot, path)
}

/** Path of a committed file, e.g. `committed('chain/headers.jsonl.gz')`. */
export function committed(path: string): string {
  return join(projectRoot, 'test', 'vectors', path)
}

/** For a test's `skip` option: false when all files are there, else a sentence that says what is missing. */
export function missing(...paths: string[]): string | false {
  const absent = paths.filter((p) => !existsSync(shared(p)))
  return absent.length === 0 ? false : `recorded vectors not found (set ERGO_VECTORS): ${absent.join(', ')}`
}

/** Bytes of a file, gunzipped when its name ends in `.gz`. */
export function readBytes(path: string): Uint8Array {
  const raw = readFileSync(path)
  return new Uint8Array(path.endsWith('.gz') ? gunzipSync(raw) : raw)
}

/** A JSON file, gunzipped when its name ends in `.gz`. */
export function readJson<T>(path: string): T {
  return JSON.parse(new TextDecoder().decode(readBytes(path))) as T
}

/** A file of one JSON object a line, gunzipped when its name ends in `.gz`. */
export function readJsonLines<T>(path: string): T[] {
  return new TextDecoder()
    .decode(readBytes(path))
    .split('\n')
    .filter((line) => line.length > 0)
    .map((line) => JSON.parse(line) as T)
}
