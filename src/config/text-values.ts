import type { Kind, RawValue } from './kinds.ts'

const YES = new Set(['true', 'yes', 'on', '1'])
const NO = new Set(['false', 'no', 'off', '0'])

/** What a flag or an environment variable spells, as the raw value that a file would have. The schema judges it. */
export function valueOfText(spelling: Kind<unknown>['spelling'], text: string): RawValue {
  const trimmed = text.trim()
  switch (spelling) {
    case 'integer':
      return /^-?\d{1,15}$/.test(trimmed) ? Number(trimmed) : trimmed
    case 'switch':
      return YES.has(trimmed.toLowerCase()) ? true : NO.has(trimmed.toLowerCase()) ? false : trimmed
    case 'list':
      return trimmed === '' ? [] : trimmed.split(',').map((part) => part.trim())
    case 'text':
      return text
  }
}
