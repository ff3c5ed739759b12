import type { Given, Layer } from './layer.ts'
import { ALL_SETTINGS } from './settings.ts'
import { didYouMean } from './suggest.ts'
import { valueOfText } from './text-values.ts'

/** Environment variables, as in `process.env`. */
export type Environment = Readonly<Record<string, string | undefined>>

/** Path of the configuration file. */
export const CONFIG_FILE_ENV = 'ERGO_CONFIG'
const PREFIX = 'ERGO_'
/** Variables of our name that are no settings: where the tests find their data. */
const FOREIGN = new Set([CONFIG_FILE_ENV, 'ERGO_VECTORS'])

/**
 * Reads the environment. Lists are separated by commas; an empty variable is an empty list, and for anything but a
 * list the same as none (container files often pass empty ones on). Unknown `ERGO_…` variables only get a warning: other
 * software may have put them there.
 */
export function envLayer(env: Environment): { layer: Layer; warnings: readonly string[] } {
  const layer = new Map<string, Given>()
  for (const setting of ALL_SETTINGS) {
    const { spelling } = setting.kind
    const variable = [setting.env, ...setting.envAliases].find((name) =>
      spelling === 'list' ? env[name] !== undefined : env[name]
    )
    if (variable === undefined) continue
    const value = valueOfText(spelling, env[variable]!)
    layer.set(setting.name, { value, origin: { source: 'env', where: variable } })
  }
  const known = ALL_SETTINGS.map((s) => s.env)
  const warnings = Object.keys(env)
    .filter((name) => name.startsWith(PREFIX) && !known.includes(name) && !FOREIGN.has(name))
    .map((name) => `environment variable ${name} is not a setting.${didYouMean(name, known)}`)
  return { layer, warnings }
}
