import { parse, TomlError, type TomlTable, type TomlValue } from 'smol-toml'
import type { ConfigIssue } from './errors.ts'
import type { RawValue } from './kinds.ts'
import type { Given, Layer } from './layer.ts'
import { ALL_SETTINGS, SETTINGS } from './settings.ts'
import { didYouMean } from './suggest.ts'
import { tomlLines } from './toml-lines.ts'

const SECTION_NAMES = Object.keys(SETTINGS).filter((s) => s !== '')

const isTable = (value: TomlValue): value is TomlTable =>
  typeof value === 'object' && !Array.isArray(value) && !(value instanceof Date)

/** First line of a syntax error's message: the rest is a drawing of the place. */
const firstLine = (text: string): string => text.split('\n')[0]!

/** Reads a TOML document. Keys that do not exist are issues, with the one that was probably meant. */
export function fileLayer(document: string, fileName: string): { layer: Layer; issues: readonly ConfigIssue[] } {
  let root: TomlTable
  try {
    root = parse(document)
  } catch (error) {
    if (!(error instanceof TomlError)) throw error
    const where = `${fileName}:${error.line}:${error.column}`
    return { layer: new Map(), issues: [{ where, key: '', message: firstLine(error.message) }] }
  }
  const lines = tomlLines(document)
  const layer = new Map<string, Given>()
  const issues: ConfigIssue[] = []
  const whereIs = (name: string): string => {
    const line = lines.get(name) ?? lines.get(name.split('.')[0]!)
    return line === undefined ? fileName : `${fileName}:${line}`
  }
  const take = (section: string, table: TomlTable): void => {
    const known = ALL_SETTINGS.filter((s) => s.section === section)
    for (const [key, value] of Object.entries(table)) {
      const name = section === '' ? key : `${section}.${key}`
      if (section === '' && SECTION_NAMES.includes(key)) {
        if (isTable(value)) take(key, value)
        else issues.push({ where: whereIs(name), key: name, message: `is a section: write [${key}] and its settings below` })
      } else if (known.some((s) => s.key === key)) {
        layer.set(name, { value: value as RawValue, origin: { source: 'file', where: whereIs(name) } })
      } else {
        const candidates = section === '' ? [...SECTION_NAMES, ...ALL_SETTINGS.map((s) => s.name)] : known.map((s) => s.name)
        issues.push({ where: whereIs(name), key: name, message: `no such setting.${didYouMean(name, candidates)}` })
      }
    }
  }
  take('', root)
  return { layer, issues }
}
