import { MAX_ADDITIONAL_REGISTERS, MAX_BOX_BYTES, type ParsedErgoTree } from '../../ergotree/index.ts'
import { scanConstant } from './scan-value.ts'
import { GIVE_UP, type Scanner } from './scanner.ts'

/** Length of box, token and transaction ids. */
const ID_BYTES = 32

/** Where the parts of a box candidate stand in its buffer. All offsets; parts follow each other without gaps. */
export interface CandidateSpan {
  /** The value starts here. */
  readonly start: number
  readonly treeStart: number
  /** The creation height starts here. */
  readonly treeEnd: number
  /** Count of tokens, one byte; entries follow. */
  readonly tokensStart: number
  /** Count of registers, one byte; values follow. */
  readonly registersStart: number
  readonly end: number
  readonly creationHeight: number
  readonly tree: ParsedErgoTree
}

/** Token ids of a transaction by their first use: an entry may name one that was used before, or the next one. */
export class TokenUse {
  readonly #count: number
  #used = 0

  /** @param count ids in the transaction's table */
  constructor(count: number) {
    this.#count = count
  }

  /** Notes a use of {@link GIVE_UP} or an index. @returns false when the table is not in the order that the reference writes */
  use(index: number): boolean {
    if (index < 0 || index > this.#used || index >= this.#count) return false
    if (index === this.#used) this.#used++
    return true
  }

  /** Is every id used? */
  get isComplete(): boolean {
    return this.#used === this.#count
  }
}

/**
 * Passes over a box candidate.
 *
 * @param tokens of the transaction whose table holds the token ids; undefined when they stand in the box
 * @returns undefined to leave the judgement to the exact codec
 */
export function scanCandidate(s: Scanner, tokens: TokenUse | undefined): CandidateSpan | undefined {
  const start = s.position
  if (!s.skipVlq64()) return undefined
  const treeStart = s.position
  const tree = s.tree()
  if (tree === undefined) return undefined
  const treeEnd = s.position
  const creationHeight = s.vlq()
  if (creationHeight === GIVE_UP) return undefined
  const tokensStart = s.position
  if (!scanTokens(s, tokens)) return undefined
  const registersStart = s.position
  const registers = s.byte()
  if (registers === GIVE_UP || registers > MAX_ADDITIONAL_REGISTERS) return undefined
  for (let i = 0; i < registers; i++) if (!scanConstant(s)) return undefined
  const end = s.position
  // Longer ones may hit the position limit on the way.
  if (end - start > MAX_BOX_BYTES) return undefined
  return { start, treeStart, treeEnd, tokensStart, registersStart, end, creationHeight, tree }
}

function scanTokens(s: Scanner, tokens: TokenUse | undefined): boolean {
  const count = s.byte()
  if (count === GIVE_UP) return false
  for (let i = 0; i < count; i++) {
    if (tokens === undefined ? !s.skip(ID_BYTES) : !tokens.use(s.vlq())) return false
    if (!s.skipVlq64()) return false
  }
  return true
}
