import { DecodeError, Reader, Writer } from '../bytes/index.ts'
import type { Change, Database } from './database.ts'
import { damage, readStored } from './errors.ts'
import { decodeHeaderRow, headerRowOf, readScore, writeScore } from './header-rows.ts'
import { metaKey, numberKey, TABLE } from './keys.ts'

const TIP = metaKey('headers')

/** Where the best chain begins and ends. */
export interface HeaderTip {
  /** Height of its first header: 1 unless it starts at an anchor. */
  readonly base: number
  /** Height of its last; one less than the base when it is empty. */
  readonly height: number
  readonly bestScore: bigint
}

export function stageTip({ base, height, bestScore }: HeaderTip): Change {
  const w = new Writer(24).uint(base).uint(height)
  writeScore(w, bestScore)
  return { key: TIP, value: w.toBytes() }
}

/** What the record of the tip says; without one the chain is empty. */
export function readTip(db: Database): HeaderTip {
  const tip = db.get(TIP)
  if (tip === undefined) return { base: 1, height: 0, bestScore: 0n }
  return readStored('the record of the best header', () => {
    const r = new Reader(tip)
    const out = { base: r.uint('base'), height: r.uint('height'), bestScore: readScore(r) }
    r.expectEnd('the tip')
    if (out.height < out.base - 1) throw new DecodeError('OUT_OF_RANGE', `height ${out.height} of a chain from ${out.base} on`)
    return out
  })
}

/**
 * Is the last header there? Asked before memory is taken for all those below. It is always in the database: the archive has older ones.
 */
export function checkTop(db: Database, { base, height }: HeaderTip): void {
  if (height < base) return
  const bytes = db.get(numberKey(TABLE.headers, headerRowOf(height)))
  const row = bytes === undefined ? undefined : readStored('the row of the best header', () => decodeHeaderRow(bytes))
  if (row === undefined || row.first + row.headers.length - 1 !== height) {
    throw damage(`the best header is of height ${height} and not stored there`)
  }
}
