import { readFileSync } from 'node:fs'
import { CONFIG_FILE_ENV, type Environment } from './env-layer.ts'
import { ConfigError } from './errors.ts'
import type { FlagValues } from './flag-layer.ts'
import { type ResolvedConfig, resolveConfig } from './resolve.ts'

/** Largest configuration file read: far above any real one, far below what would hurt. */
const MAX_FILE_BYTES = 1 << 20

/**
 * Reads the file named by `path` or by the environment variable `ERGO_CONFIG`, if any, and resolves.
 *
 * @throws ConfigError when the file cannot be read or anything in it is wrong
 */
export function loadConfig(init: { flags: FlagValues; env: Environment; path?: string | undefined }): ResolvedConfig {
  const name = init.path ?? init.env[CONFIG_FILE_ENV]
  if (name === undefined) return resolveConfig({ flags: init.flags, env: init.env })
  return resolveConfig({ flags: init.flags, env: init.env, file: { name, text: readText(name) } })
}

function readText(name: string): string {
  let bytes: Uint8Array
  try {
    bytes = readFileSync(name)
  } catch (error) {
    throw new ConfigError([{ where: name, key: '', message: `cannot be read: ${(error as Error).message}` }])
  }
  if (bytes.length > MAX_FILE_BYTES)
    throw new ConfigError([{ where: name, key: '', message: `has more than ${MAX_FILE_BYTES} bytes` }])
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes)
  } catch {
    throw new ConfigError([{ where: name, key: '', message: 'is not UTF-8 text' }])
  }
}
