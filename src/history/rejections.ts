import { chainScore, HEADER_RULES, type Header, HeaderContextError, type HeaderVerdict } from '../chain/index.ts'
import type { HeaderRecord, HeaderStore, InvalidMark } from '../store/index.ts'
import type { HeaderOutcome, Rejection } from './header-outcome.ts'

/** Verdict on the child of a header that failed before it was ever stored. Not worth a row: such headers cost nothing to make. */
export const ON_INVALID_PARENT: Rejection = {
  rule: HEADER_RULES.parentSemantics.number,
  code: HEADER_RULES.parentSemantics.code,
  severity: 'fatal',
  message: HEADER_RULES.parentSemantics.text
}

/**
 * A failure worth a row on disk: only of a header that cost its miner the full work. Headers that fail an earlier rule can be made
 * for nothing, so they go to the bounded memory of `RecentInvalid` and cannot fill the disk.
 */
export function isLasting(failure: Rejection): boolean {
  return failure.rule === HEADER_RULES.parentSemantics.number && failure !== ON_INVALID_PARENT
}

export function markOf(header: Header, failure: Rejection): InvalidMark {
  return { height: header.height, rule: failure.rule, message: failure.message }
}

export function descendantMark(record: HeaderRecord, mark: InvalidMark): InvalidMark {
  return { height: record.height, rule: HEADER_RULES.parentSemantics.number, message: `an ancestor is invalid: ${mark.message}` }
}

/**
 * What becomes of a header that breaks no rule, while one cannot be checked because the chain here starts too late to know.
 * Anybody can make such a header for nothing on an old block at the edge of an epoch, so it is left alone, without blame. One that
 * would be the best is another matter: the chain cannot go on from where it started.
 *
 * @throws HeaderContextError when the header would be the best
 */
export function uncheckable(header: Header, verdict: HeaderVerdict, parentScore: bigint, store: HeaderStore): HeaderOutcome {
  const { missingHeight } = verdict
  const error = new HeaderContextError(
    header,
    verdict,
    missingHeight === undefined
      ? ''
      : `. The chain here starts at height ${store.base}: start it anew in another data directory, by import anchor with headers from height ${missingHeight} on`
  )
  if (chainScore(parentScore, header.nBits) > store.bestScore) throw error
  const { code, message } = error
  const failure: Rejection = { rule: verdict.unchecked[0] ?? null, code, severity: 'recoverable', message }
  return { status: 'later', id: header.id, height: header.height, failure }
}
