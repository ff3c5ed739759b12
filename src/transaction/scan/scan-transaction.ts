import { isExtensionOrder } from '../extension-order.ts'
import { type CandidateSpan, scanCandidate, TokenUse } from './scan-candidate.ts'
import { scanConstant } from './scan-value.ts'
import { GIVE_UP, type Scanner } from './scanner.ts'

const ID_BYTES = 32

/** Inputs, data inputs and outputs that a transaction may have (`Short.MaxValue`; rules 102..104). */
const MAX_ITEMS = 0x7fff

const NO_TOKENS = new TokenUse(0)

/** Where an input stands: box id, proof length, proof, extension, one after the other. */
export interface InputSpan {
  readonly start: number
  /** Offset of the first byte of the proof. */
  readonly proofStart: number
  readonly extensionStart: number
  readonly end: number
}

/** Where the parts of a transaction stand, all of them in the form in which the reference writes them. */
export interface TransactionSpan {
  readonly start: number
  readonly inputs: readonly InputSpan[]
  /** First of the data input ids, after their count. */
  readonly dataInputsStart: number
  readonly dataInputs: number
  /** First of the token ids, after their count. */
  readonly tokenIdsStart: number
  readonly outputs: readonly CandidateSpan[]
  readonly end: number
}

/**
 * Passes over a transaction.
 *
 * @returns undefined to leave the judgement to the exact codec
 */
export function scanTransaction(s: Scanner): TransactionSpan | undefined {
  const start = s.position
  const inputs = scanInputs(s)
  if (inputs === undefined) return undefined
  const dataInputs = s.vlq()
  const dataInputsStart = s.position
  if (dataInputs === GIVE_UP || dataInputs > MAX_ITEMS || !s.skip(dataInputs * ID_BYTES)) return undefined
  const tokenIds = s.vlq()
  const tokenIdsStart = s.position
  if (tokenIds === GIVE_UP || !s.skip(tokenIds * ID_BYTES)) return undefined
  if (tokenIds > 1 && !areDistinct(s.buffer, tokenIdsStart, tokenIds)) return undefined
  const outputs = scanOutputs(s, tokenIds === 0 ? NO_TOKENS : new TokenUse(tokenIds))
  if (outputs === undefined) return undefined
  return { start, inputs, dataInputsStart, dataInputs, tokenIdsStart, outputs, end: s.position }
}

function scanInputs(s: Scanner): InputSpan[] | undefined {
  const count = s.vlq()
  if (count === GIVE_UP || count > MAX_ITEMS) return undefined
  const inputs: InputSpan[] = []
  for (let i = 0; i < count; i++) {
    const start = s.position
    if (!s.skip(ID_BYTES)) return undefined
    const proofLength = s.vlq()
    const proofStart = s.position
    if (proofLength === GIVE_UP || proofLength > 0xffff || !s.skip(proofLength)) return undefined
    const extensionStart = s.position
    if (!scanExtension(s)) return undefined
    inputs.push({ start, proofStart, extensionStart, end: s.position })
  }
  return inputs
}

function scanExtension(s: Scanner): boolean {
  const count = s.byte()
  if (count === 0) return true
  if (count === GIVE_UP || count > 0x7f) return false
  const ids: number[] = []
  for (let i = 0; i < count; i++) {
    ids.push((s.byte() << 24) >> 24)
    if (!scanConstant(s)) return false
  }
  return count === 1 || isExtensionOrder(ids)
}

function scanOutputs(s: Scanner, tokens: TokenUse): CandidateSpan[] | undefined {
  const count = s.vlq()
  if (count === GIVE_UP || count > MAX_ITEMS) return undefined
  const outputs: CandidateSpan[] = []
  for (let i = 0; i < count; i++) {
    const output = scanCandidate(s, tokens)
    if (output === undefined) return undefined
    outputs.push(output)
  }
  return tokens.isComplete ? outputs : undefined
}

/** Ids that may agree in their first four bytes. Token ids are hashes: more of them were made for the purpose. */
const MAX_LOOKALIKES = 8

/** Are the 32-byte ids distinct? Says no as well to crafted ones, which would take quadratic time. */
function areDistinct(buffer: Uint8Array, start: number, count: number): boolean {
  const seen = new Map<number, number[]>()
  for (let i = 0; i < count; i++) {
    const at = start + i * ID_BYTES
    const key = buffer[at]! | (buffer[at + 1]! << 8) | (buffer[at + 2]! << 16) | (buffer[at + 3]! << 24)
    const same = seen.get(key)
    if (same === undefined) seen.set(key, [at])
    else if (same.length === MAX_LOOKALIKES || same.some((other) => sameId(buffer, at, other))) return false
    else same.push(at)
  }
  return true
}

function sameId(buffer: Uint8Array, a: number, b: number): boolean {
  for (let i = 0; i < ID_BYTES; i++) if (buffer[a + i] !== buffer[b + i]) return false
  return true
}
