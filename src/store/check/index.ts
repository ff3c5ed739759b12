import type { BlockStore } from '../block-store.ts'
import type { Database } from '../database.ts'
import type { HeaderStore } from '../header-store.ts'
import { checkBranch, checkSectionIds, checkSections, checkStates } from './blocks.ts'
import { checkCanonical, checkForks, checkInvalid, checkStray } from './headers.ts'
import type { StoreInspector } from './inspector.ts'
import { type CheckReport, Findings } from './report.ts'
import { checkTableFiles } from './table-files.ts'

export type { InspectedHeader, StoreInspector } from './inspector.ts'
export type { CheckReport } from './report.ts'

export interface CheckInit {
  readonly db: Database
  readonly headers: HeaderStore
  readonly blocks: BlockStore
  readonly inspector: StoreInspector
  /** Called with the number of records read so far. */
  readonly onProgress?: (records: number) => void
}

/**
 * Reads the whole store and compares every record with the others, and with its own hash where it has one. Remembered peers are left
 * out: nothing depends on them, and one that cannot be read is found again.
 */
export async function checkStore(init: CheckInit): Promise<CheckReport> {
  const { db, headers, blocks, inspector } = init
  const found = new Findings(init.onProgress ?? (() => {}))
  const parts = { db, headers, blocks, inspector, found }
  const counts = { headers: 0, forks: 0, invalid: 0, sections: 0, states: 0 }
  const looks: Array<() => Promise<void>> = [
    async () => await checkTableFiles(db.path, found),
    async () => void (counts.headers = await checkCanonical(headers, inspector, found)),
    async () => void (counts.forks = await checkForks(db, headers, inspector, found)),
    async () => void (counts.invalid = await checkInvalid(db, found)),
    async () => void (counts.sections = await checkSections(parts)),
    async () => void (counts.states = await checkStates(parts)),
    async () => await checkSectionIds(parts),
    async () => await checkBranch(parts),
    async () => await checkStray(db, headers, found)
  ]
  for (const look of looks) await found.attempt(look)
  return { ...counts, problems: found.problems, repaired: headers.repaired }
}
