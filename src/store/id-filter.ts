/**
 * Which ids a table may hold, by their first four bytes. Nearly every id that is looked up in the tables of forks and of invalid
 * headers is in neither; this answers without a look at the disk. An answer `true` has to be looked up.
 *
 * Eight bytes or so for each id. Every id in those tables cost its miner a proof of work, so there are few.
 */
export class IdFilter {
  readonly #words = new Set<number>()

  add(id: Uint8Array): void {
    this.#words.add(wordOf(id))
  }

  mayHold(id: Uint8Array): boolean {
    return this.#words.has(wordOf(id))
  }
}

function wordOf(id: Uint8Array): number {
  return id[0]! | (id[1]! << 8) | (id[2]! << 16) | (id[3]! << 24)
}
