/**
 * Settings: one table of them, read from flags, environment, a TOML file and defaults, in that order of strength.
 *
 * ```ts
 * const { values } = parseArgs({ options: { ...flagOptions(), config: { type: 'string' } }, allowNegative: true })
 * const resolved = loadConfig({ flags: values, env: process.env, path: values.config })
 * console.error(printConfig(resolved))
 * resolved.config.p2p.maxConnections
 * ```
 *
 * Networks are names or files here; their parameters are looked up by whoever builds the node.
 *
 * @packageDocumentation
 */
export { WELL_KNOWN_API_KEY_HASH } from './checks.ts'
export { defaultDataDir } from './data-dir.ts'
export { type Endpoint, formatEndpoint, isLoopbackHost, parseEndpoint } from './endpoint.ts'
export { CONFIG_FILE_ENV, type Environment } from './env-layer.ts'
export { ConfigError, type ConfigIssue } from './errors.ts'
export { type FlagOption, type FlagValues, flagOptions } from './flag-layer.ts'
export type { Anchor } from './kinds.ts'
export type { Origin, SourceKind } from './layer.ts'
export { loadConfig } from './load.ts'
export { describeFlags, printConfig } from './print.ts'
export { type ConfigSources, configSchema, type ResolvedConfig, resolveConfig } from './resolve.ts'
export { ALL_SETTINGS, CARRIERS, type Config, LOG_FORMATS, LOG_LEVELS, type NamedSetting, NETWORK_NAMES } from './settings.ts'
export { didYouMean } from './suggest.ts'
