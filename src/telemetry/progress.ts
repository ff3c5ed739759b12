import { oneLine } from './format-message.ts'
import type { Phase } from './phase.ts'

/** Where a node stands, at one moment. */
export interface ProgressSnapshot {
  readonly phase: Phase
  /** Blocks are not followed: headers are all there is to progress. */
  readonly headersOnly?: boolean
  readonly headerHeight: number
  readonly fullHeight: number
  /** Where the chain is believed to end; undefined while no peer told. */
  readonly targetHeight?: number
  readonly headersPerSecond: number
  readonly blocksPerSecond: number
  readonly peers: number
  /** Objects asked for and not yet here. */
  readonly inFlight: number
  /** Why it does not go faster, in a few words: `3 peers dialled, none answered yet`. */
  readonly waitingFor?: string
}

/** Height and pace that count in a phase: headers come first, then blocks. */
function current(s: ProgressSnapshot): { height: number; rate: number; unit: string } {
  if (s.headersOnly !== true && (s.phase === 'blocks' || s.phase === 'synced'))
    return { height: s.fullHeight, rate: s.blocksPerSecond, unit: 'blocks' }
  return { height: s.headerHeight, rate: s.headersPerSecond, unit: 'headers' }
}

/** Seconds until the target at the present pace; undefined when there is no target or no pace. */
export function etaSeconds(s: ProgressSnapshot): number | undefined {
  const { height, rate } = current(s)
  if (s.targetHeight === undefined || rate <= 0) return undefined
  return Math.max(0, (s.targetHeight - height) / rate)
}

/** `45s`, `12m30s`, `3h05m`, `2d04h`. */
export function formatSeconds(seconds: number): string {
  const two = (n: number): string => String(Math.floor(n)).padStart(2, '0')
  if (seconds < 60) return `${Math.ceil(seconds)}s`
  if (seconds < 3600) return `${Math.floor(seconds / 60)}m${two(seconds % 60)}s`
  if (seconds < 86_400) return `${Math.floor(seconds / 3600)}h${two((seconds % 3600) / 60)}m`
  return `${Math.floor(seconds / 86_400)}d${two((seconds % 86_400) / 3600)}h`
}

const rateText = (rate: number): string => (rate >= 10 ? String(Math.round(rate)) : rate.toFixed(1))

const WAITING = 'waiting for '
/** A reason that is cut to less than this says nothing. */
const MIN_REASON_CHARS = 24

/** Parts of the text beside the bar, most telling first: as many are shown as there is room for. */
function parts(s: ProgressSnapshot): string[] {
  const { height, rate, unit } = current(s)
  const eta = etaSeconds(s)
  const peers = `${s.peers} ${s.peers === 1 ? 'peer' : 'peers'}`
  const list = [`${unit} ${height}${s.targetHeight === undefined ? '' : `/${s.targetHeight}`}`]
  if (s.phase !== 'synced') list.push(`${rateText(rate)}/s`)
  if (eta !== undefined && s.phase !== 'synced') list.push(`ETA ${formatSeconds(eta)}`)
  list.push(peers)
  if (s.waitingFor !== undefined) list.push(`${WAITING}${oneLine(s.waitingFor)}`)
  return list
}

/** Share of the way gone, 0 .. 1; undefined without a target. */
function fraction(s: ProgressSnapshot): number | undefined {
  if (s.targetHeight === undefined || s.targetHeight <= 0) return undefined
  return Math.min(1, Math.max(0, current(s).height / s.targetHeight))
}

const BAR_CHARS = 24

/** One line for a terminal of that many columns, with a bar when there is a target and room. */
export function renderBar(s: ProgressSnapshot, columns: number): string {
  const done = fraction(s)
  let line = s.phase
  if (done !== undefined && columns >= 80) {
    const filled = Math.floor(done * BAR_CHARS)
    // Never a hundred percent before it is: the last percent is where people wait.
    const percent = done < 1 ? Math.min(99.9, done * 100) : 100
    line += ` [${'#'.repeat(filled)}${'-'.repeat(BAR_CHARS - filled)}] ${percent.toFixed(1)}%`
  }
  for (const part of parts(s)) {
    const room = columns - 1 - line.length - 2
    if (part.length > room) {
      // Half of why it waits says more than nothing.
      if (part.startsWith(WAITING) && room >= MIN_REASON_CHARS) line += `  ${part.slice(0, room - 3)}...`
      break
    }
    line += `  ${part}`
  }
  return line.slice(0, Math.max(0, columns - 1))
}

/** One plain line. */
export function renderLine(s: ProgressSnapshot): string {
  return `${s.phase}: ${parts(s).join(', ')}, ${s.inFlight} in flight`
}

/** The same for machines, as the fields of a log record. */
export function progressFields(s: ProgressSnapshot): Readonly<Record<string, string | number | null>> {
  const eta = etaSeconds(s)
  return {
    phase: s.phase,
    headerHeight: s.headerHeight,
    fullHeight: s.fullHeight,
    targetHeight: s.targetHeight ?? null,
    headersPerSecond: Math.round(s.headersPerSecond * 10) / 10,
    blocksPerSecond: Math.round(s.blocksPerSecond * 10) / 10,
    etaSeconds: eta === undefined ? null : Math.round(eta),
    peers: s.peers,
    inFlight: s.inFlight,
    waitingFor: s.waitingFor ?? null
  }
}
