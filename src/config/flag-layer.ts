import type { ConfigIssue } from './errors.ts'
import type { RawValue } from './kinds.ts'
import type { Given, Layer } from './layer.ts'
import { ALL_SETTINGS, NETWORK_NAMES } from './settings.ts'
import { valueOfText } from './text-values.ts'

/** Shape of an option of `util.parseArgs`. */
export interface FlagOption {
  readonly type: 'string' | 'boolean'
  readonly multiple: boolean
}

/** Values as `util.parseArgs` returns them. */
export type FlagValues = Readonly<Record<string, string | boolean | readonly (string | boolean)[] | undefined>>

/**
 * Options of `util.parseArgs` (with `allowNegative: true`) for every setting, and the shorthands of the reference
 * `--mainnet`, `--testnet` and `--devnet`.
 */
export function flagOptions(): Record<string, FlagOption> {
  const options: Record<string, FlagOption> = {}
  for (const { flag, kind } of ALL_SETTINGS) {
    options[flag] = { type: kind.spelling === 'switch' ? 'boolean' : 'string', multiple: kind.spelling === 'list' }
  }
  for (const name of NETWORK_NAMES) options[name] = { type: 'boolean', multiple: false }
  return options
}

/** Reads parsed flags. A flag that may be repeated also takes several values separated by commas. */
export function flagLayer(values: FlagValues): { layer: Layer; issues: readonly ConfigIssue[] } {
  const layer = new Map<string, Given>()
  const issues: ConfigIssue[] = []
  for (const { flag, name, kind } of ALL_SETTINGS) {
    const given = values[flag]
    if (given === undefined) continue
    layer.set(name, { value: rawValue(kind.spelling, given), origin: { source: 'flag', where: `--${flag}` } })
  }
  const shorthands = NETWORK_NAMES.filter((n) => values[n] === true)
  for (const shorthand of shorthands) {
    const former = layer.get('network')
    if (former !== undefined && former.value !== shorthand) {
      issues.push({ where: `--${shorthand}`, key: 'network', message: `contradicts ${former.origin.where} (${former.value})` })
    }
    layer.set('network', { value: shorthand, origin: { source: 'flag', where: `--${shorthand}` } })
  }
  return { layer, issues }
}

function rawValue(
  spelling: 'text' | 'integer' | 'switch' | 'list',
  given: string | boolean | readonly (string | boolean)[]
): RawValue {
  if (typeof given === 'boolean') return given
  if (typeof given === 'string') return valueOfText(spelling, given)
  return given.flatMap((text) => valueOfText(spelling, String(text)) as readonly RawValue[])
}
