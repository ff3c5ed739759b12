import { stringify } from 'smol-toml'
import type { RawValue } from './kinds.ts'
import type { ResolvedConfig } from './resolve.ts'
import { ALL_SETTINGS, type NamedSetting, SETTINGS } from './settings.ts'

function effective({ config }: ResolvedConfig, { section, key }: NamedSetting): unknown {
  const table = (section === '' ? config : config[section as keyof typeof config]) as Readonly<Record<string, unknown>>
  return table[key]
}

const toml = (key: string, value: RawValue): string => stringify({ [key]: value }).trim()

/**
 * The effective configuration as a TOML document that gives the same configuration again, secrets excepted.
 * Behind each value stands where it comes from; what is unset or secret is a comment.
 */
export function printConfig(resolved: ResolvedConfig): string {
  const lines: string[] = []
  for (const section of Object.keys(SETTINGS)) {
    if (section !== '') lines.push('', `[${section}]`)
    for (const setting of ALL_SETTINGS.filter((s) => s.section === section)) {
      const value = effective(resolved, setting)
      const origin = resolved.origins.get(setting.name)!.where
      if (value === undefined) lines.push(`# ${setting.key} is unset # ${origin}`)
      else if (setting.secret) lines.push(`# ${setting.key} is set, not shown # ${origin}`)
      else lines.push(`${toml(setting.key, setting.kind.format(value))} # ${origin}`)
    }
  }
  return `${lines.join('\n')}\n`
}

/** One line a setting for `--help`: flag, what it takes, what it means, default. */
export function describeFlags(): string {
  const rows = ALL_SETTINGS.map(({ flag, kind, help, fallback }) => {
    const sign = kind.spelling === 'switch' ? `--[no-]${flag}` : `--${flag} ${kind.spelling === 'list' ? 'VALUE…' : 'VALUE'}`
    const words = kind.words === undefined ? [] : [kind.words.join(', ')]
    const preset = fallback === undefined ? [] : [`default ${Array.isArray(fallback) ? fallback.join(',') || 'none' : fallback}`]
    const notes = [...words, ...preset].join('; ')
    return [sign, notes === '' ? help : `${help} (${notes})`] as const
  })
  const width = Math.max(...rows.map(([sign]) => sign.length))
  return rows.map(([sign, text]) => `  ${sign.padEnd(width)}  ${text}`).join('\n')
}
