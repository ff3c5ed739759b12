/**
 * Grows and reorganises a chain of headers until it is killed; says what it is about to commit and what it has committed. Arguments:
 * data directory, number of the first branch that is not used yet.
 */
import { writeSync } from 'node:fs'
import { Database, HeaderStore } from '../../src/store/index.ts'
import { headerRecords } from './header-records.ts'

const [dir, firstBranch] = process.argv.slice(2)
const db = await Database.open(dir!)
const store = await HeaderStore.load(db)
// Not by `console`, whose output may be lost with the process.
const say = (word: string, height: number, branch: number): void => void writeSync(1, `${word} ${height} ${branch}\n`)

let branch = Number(firstBranch)
let height = store.height
for (let step = 1; ; step++) {
  // Now and then deep enough to reach into what is archived.
  const back = step % 9 === 0 ? 5_000 : step % 4 === 0 ? 40 : 0
  const keep = Math.max(0, height - back)
  if (back > 0) branch++
  height = keep + back + 700
  say('begin', height, branch)
  const staged = store.stage({ keep, canonical: headerRecords(keep + 1, height, branch) })
  await db.commit('headers', staged.changes)
  staged.apply()
  say('done', height, branch)
}
