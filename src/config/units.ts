/** Milliseconds of each unit of time, largest first. */
const TIME_UNITS_MS: readonly (readonly [string, number])[] = [
  ['d', 86_400_000],
  ['h', 3_600_000],
  ['m', 60_000],
  ['s', 1000],
  ['ms', 1]
]

/** Bytes of each unit of size, largest first. */
const SIZE_UNITS_BYTES: readonly (readonly [string, number])[] = [
  ['GiB', 2 ** 30],
  ['MiB', 2 ** 20],
  ['KiB', 2 ** 10],
  ['B', 1]
]

function parse(text: string, units: readonly (readonly [string, number])[]): number | undefined {
  const match = /^(\d{1,12})\s*([A-Za-z]+)$/.exec(text.trim())
  const unit = units.find(([name]) => name === match?.[2])
  if (match === null || unit === undefined) return undefined
  const value = Number(match[1]) * unit[1]
  return Number.isSafeInteger(value) ? value : undefined
}

function format(value: number, units: readonly (readonly [string, number])[]): string {
  const [name, size] = units.find(([, s]) => value % s === 0 && value >= s) ?? units.at(-1)!
  return `${value / size}${name}`
}

/** Milliseconds of `100ms`, `30s`, `2m`, `1h` or `1d`; undefined for anything else. */
export const parseDuration = (text: string): number | undefined => parse(text, TIME_UNITS_MS)
/** Inverse of {@link parseDuration}, in the largest unit that divides. */
export const formatDuration = (ms: number): string => format(ms, TIME_UNITS_MS)
/** Bytes of `512B`, `64KiB`, `64MiB` or `1GiB`; undefined for anything else. */
export const parseSize = (text: string): number | undefined => parse(text, SIZE_UNITS_BYTES)
/** Inverse of {@link parseSize}, in the largest unit that divides. */
export const formatSize = (bytes: number): string => format(bytes, SIZE_UNITS_BYTES)
