import { z } from 'zod'
import { checkTogether } from './checks.ts'
import { type Environment, envLayer } from './env-layer.ts'
import { ConfigError, type ConfigIssue } from './errors.ts'
import { fileLayer } from './file-layer.ts'
import { type FlagValues, flagLayer } from './flag-layer.ts'
import type { RawValue } from './kinds.ts'
import type { Given, Layer, Origin } from './layer.ts'
import { ALL_SETTINGS, type Config, type NamedSetting } from './settings.ts'

/** Everything that says something about the configuration. Nothing is read from outside of this. */
export interface ConfigSources {
  readonly flags?: FlagValues
  readonly env?: Environment
  readonly file?: { readonly name: string; readonly text: string }
}

/** A configuration that passed all checks, and where each value of it comes from. */
export interface ResolvedConfig {
  readonly config: Config
  /** By full name of the setting; every setting has one. */
  readonly origins: ReadonlyMap<string, Origin>
  /** For the log: things that are odd but not wrong. */
  readonly warnings: readonly string[]
}

const sections = [...new Set(ALL_SETTINGS.map((s) => s.section))]

const members = (section: string): Record<string, z.ZodType> =>
  Object.fromEntries(
    ALL_SETTINGS.filter((s) => s.section === section).map(({ key, kind, fallback }) => [
      key,
      fallback === undefined ? kind.schema.optional() : kind.schema
    ])
  )

/** The schema of the whole file, after defaults were filled in. */
export const configSchema: z.ZodType<Config> = z.strictObject({
  ...members(''),
  ...Object.fromEntries(sections.filter((s) => s !== '').map((section) => [section, z.strictObject(members(section))]))
}) as unknown as z.ZodType<Config>

const DEFAULT: Origin = { source: 'default', where: 'default' }

/** The strongest word on a setting. */
function given(setting: NamedSetting, layers: readonly Layer[]): Given | undefined {
  for (const layer of layers) {
    const found = layer.get(setting.name)
    if (found !== undefined) return found
  }
  return setting.fallback === undefined ? undefined : { value: setting.fallback, origin: DEFAULT }
}

function show(value: unknown): string {
  const text = JSON.stringify(value) ?? String(value)
  return text.length > 80 ? `${text.slice(0, 77)}...` : text
}

function describeIssue(path: readonly PropertyKey[], values: ReadonlyMap<string, Given>): ConfigIssue {
  const setting = ALL_SETTINGS.find((s) => s.name === path.slice(0, s.section === '' ? 1 : 2).join('.'))!
  const { value, origin } = values.get(setting.name)!
  const rest = path.slice(setting.section === '' ? 1 : 2)
  const bad = rest.reduce<unknown>((v, key) => (v as Record<PropertyKey, unknown>)[key], value)
  const key = setting.name + rest.map((index) => `[${String(index)}]`).join('')
  const found = setting.secret ? 'the value' : show(bad)
  const { allowed, allowedItem = allowed } = setting.kind
  return { where: origin.where, key, message: `${found} is not ${rest.length > 0 ? allowedItem : allowed}` }
}

/**
 * Merges all sources, strongest first: flags, environment, file, defaults.
 *
 * @throws ConfigError with every fault found
 */
export function resolveConfig(sources: ConfigSources): ResolvedConfig {
  const flags = flagLayer(sources.flags ?? {})
  const env = envLayer(sources.env ?? {})
  const file =
    sources.file === undefined ? { layer: new Map<string, Given>(), issues: [] } : fileLayer(sources.file.text, sources.file.name)
  const issues: ConfigIssue[] = [...flags.issues, ...file.issues]

  const values = new Map<string, Given>()
  const input: Record<string, Record<string, RawValue> | RawValue> = {}
  for (const section of sections) if (section !== '') input[section] = {}
  for (const setting of ALL_SETTINGS) {
    const found = given(setting, [flags.layer, env.layer, file.layer])
    if (found === undefined) continue
    values.set(setting.name, found)
    const target = setting.section === '' ? input : (input[setting.section] as Record<string, RawValue>)
    target[setting.key] = found.value
  }

  const parsed = configSchema.safeParse(input)
  if (!parsed.success) issues.push(...parsed.error.issues.map((issue) => describeIssue(issue.path, values)))
  const origins = new Map(ALL_SETTINGS.map((s) => [s.name, values.get(s.name)?.origin ?? DEFAULT]))
  if (parsed.success) issues.push(...checkTogether(parsed.data, origins))
  if (!parsed.success || issues.length > 0) throw new ConfigError(issues)
  return { config: withConsequences(parsed.data, origins), origins, warnings: env.warnings }
}

/** Settings that follow from others unless they are given. */
function withConsequences(config: Config, origins: Map<string, Origin>): Config {
  if (config.p2p.onlyPeers.length === 0 || !config.p2p.peerDiscovery) return config
  origins.set('p2p.peerDiscovery', { source: 'default', where: 'p2p.onlyPeers' })
  return { ...config, p2p: { ...config.p2p, peerDiscovery: false } }
}
