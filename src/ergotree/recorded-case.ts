import { fromHex, Reader, toHex, Writer } from '../bytes/index.ts'
import type { EvaluatedNode } from './ast/nodes.ts'
import { readBox, readCandidate } from './codec/box-codec.ts'
import { readValue } from './codec/expression-parser.ts'
import { ScriptReader } from './codec/script-reader.ts'
import { writeSigmaBoolean } from './codec/sigma-codec.ts'
import { parseErgoTree, readErgoTree } from './codec/tree-codec.ts'
import { type ContextVariables, type TransactionContext, TransactionValues } from './eval/context.ts'
import { type ScriptFailure, scriptFailure } from './failure.ts'
import { type Reduction, reduceTree, type ScriptInput, type Verification, verifyTree } from './interpreter.ts'
import type { RuleStatus } from './validation-rules.ts'
import type { BoxCandidate, BoxToken } from './values/box.ts'
import { ErgoBox } from './values/ergo-box.ts'
import { GroupElement } from './values/group-element.ts'
import type { SigmaBoolean } from './values/sigma-boolean.ts'
import { AvlTreeValue, type ScriptHeader, type ScriptPreHeader } from './values/values.ts'
import type { Versions } from './versions.ts'

interface JsonHeader {
  id: string
  version: number
  parentId: string
  ADProofsRoot: string
  stateRoot: string
  transactionsRoot: string
  timestamp: string
  nBits: number
  height: number
  extensionRoot: string
  minerPk: string
  powOnetimePk: string
  powNonce: string
  powDistance: string
  votes: string
  unparsedBytes?: string
}

type JsonVariables = Readonly<Record<string, string>>

type JsonRuleStatus = 'enabled' | 'disabled' | { replacedBy: number } | { changed: string }

/** A recorded call of the interpreter: everything that goes in. What came out (`result`) is not read. */
export interface RecordedCase {
  readonly name: string
  readonly kind: 'verify' | 'reduce'
  readonly tree: string
  readonly message?: string
  readonly proof?: string
  readonly selfIndex: number
  readonly boxes: readonly string[]
  readonly dataBoxes: readonly string[]
  readonly tx: {
    readonly id: string
    readonly inputs: ReadonlyArray<{ readonly extension: JsonVariables }>
    readonly outputs: readonly string[]
  }
  readonly headers: readonly JsonHeader[]
  readonly preHeader: Omit<ScriptPreHeader, 'parentId' | 'timestamp' | 'nBits' | 'minerPk' | 'votes'> & {
    readonly parentId: string
    readonly timestamp: string
    readonly nBits: number | string
    readonly minerPk: string
    readonly votes: string
  }
  readonly lastBlockUtxoRoot: {
    readonly digest: string
    readonly flags: number
    readonly keyLength: number
    readonly valueLength: number | null
  }
  readonly extension: JsonVariables
  readonly activatedVersion: number
  readonly treeVersion: number
  readonly initCost: string
  readonly costLimit: string
  readonly rules?: ReadonlyArray<readonly [number, JsonRuleStatus]>
  readonly offWire?: readonly string[]
}

/** What running a recorded case gave. */
export type RecordedOutcome =
  | { readonly kind: 'verify'; readonly name: string; readonly verification: Verification }
  | { readonly kind: 'reduce'; readonly name: string; readonly reduction: Reduction }
  | { readonly kind: 'error'; readonly name: string; readonly error: ScriptFailure }

/** One line of output of `script verify`. */
export type RecordedResult =
  | { readonly name: string; readonly ok: boolean; readonly cost: number }
  | { readonly name: string; readonly reduced: string; readonly cost: number }
  | { readonly name: string; readonly error: ScriptFailure }

/** Fields that a case cannot do without, by dotted name, and what they must be. */
const FIELDS: ReadonlyArray<readonly [name: string, kind: keyof typeof FIELD_KINDS]> = [
  ['name', 'a string'],
  ['kind', 'verify or reduce'],
  ['tree', 'a hex string'],
  ['selfIndex', 'an integer'],
  ['boxes', 'a list of hex strings'],
  ['dataBoxes', 'a list of hex strings'],
  ['tx.id', 'a hex string'],
  ['tx.inputs', 'a list'],
  ['tx.outputs', 'a list of hex strings'],
  ['headers', 'a list'],
  ['preHeader.height', 'an integer'],
  ['lastBlockUtxoRoot.digest', 'a hex string'],
  ['extension', 'an object'],
  ['activatedVersion', 'an integer'],
  ['treeVersion', 'an integer'],
  ['initCost', 'an integer in a string'],
  ['costLimit', 'an integer in a string']
]

const isHex = (value: unknown): boolean => typeof value === 'string' && /^(?:[0-9a-fA-F]{2})*$/.test(value)

const FIELD_KINDS = {
  'a string': (value: unknown) => typeof value === 'string',
  'verify or reduce': (value: unknown) => value === 'verify' || value === 'reduce',
  'a hex string': isHex,
  'an integer': Number.isSafeInteger,
  'an integer in a string': (value: unknown) => typeof value === 'string' && /^\d+$/.test(value),
  'a list': Array.isArray,
  'a list of hex strings': (value: unknown) => Array.isArray(value) && value.every(isHex),
  'an object': (value: unknown) => typeof value === 'object' && value !== null && !Array.isArray(value)
} as const

/**
 * A case from its line of JSON. Of all numbers only `nBits` of a made-up pre-header can exceed what `JSON.parse` keeps: 64 bits.
 *
 * @throws SyntaxError when the line is not JSON, or naming the first field that is missing or of the wrong kind
 */
export function parseRecordedCase(line: string): RecordedCase {
  const value: unknown = JSON.parse(line.replace(/"nBits":(-?[0-9]{16,})/g, '"nBits":"$1"'))
  for (const [name, kind] of FIELDS) {
    const field = name.split('.').reduce<unknown>((of, key) => (of as Record<string, unknown> | null | undefined)?.[key], value)
    if (!FIELD_KINDS[kind](field)) throw new SyntaxError(`field ${name} must be ${kind}`)
  }
  return value as RecordedCase
}

/** Variables were recorded as bytes under the rules of version 3 trees. */
const VARIABLE_VERSIONS: Versions = { activated: 3, tree: 3 }

/** Reads what transactions may not carry: values of version 3 types, trees of any version. */
const LENIENT_VERSIONS: Versions = { activated: 1, tree: 3 }

function readVariables(json: JsonVariables): ContextVariables {
  const out = new Map<number, EvaluatedNode>()
  for (const [id, bytes] of Object.entries(json)) {
    out.set(Number(id), readValue(new ScriptReader(new Reader(fromHex(bytes)), VARIABLE_VERSIONS)) as EvaluatedNode)
  }
  return out
}

/** A box as {@link readCandidate} reads it, without the check of register types. */
function readLenientCandidate(s: ScriptReader): BoxCandidate {
  const value = s.ulong()
  const tree = readErgoTree(s)
  const creationHeight = s.uint('creation height')
  const tokens: BoxToken[] = []
  for (let n = s.u8(); n > 0; n--) tokens.push({ id: s.bytes(32), amount: s.ulong() })
  const registers: EvaluatedNode[] = []
  for (let n = s.u8(); n > 0; n--) registers.push(readValue(s) as EvaluatedNode)
  return { value, tree, creationHeight, tokens, registers }
}

function readLenientBox(s: ScriptReader): ErgoBox {
  const start = s.position
  const candidate = readLenientCandidate(s)
  return new ErgoBox(candidate, s.bytes(32), s.ushort('box index'), s.raw.buffer.subarray(start, s.position))
}

function boxesOf(c: RecordedCase): {
  box: (hex: string) => ErgoBox
  output: (hex: string, index: number) => ErgoBox
} {
  const lenient = c.offWire?.includes('boxes') === true
  const versions = lenient ? LENIENT_VERSIONS : { activated: c.activatedVersion, tree: c.activatedVersion }
  const reader = (hex: string) => new ScriptReader(new Reader(fromHex(hex)), versions)
  const txId = fromHex(c.tx.id)
  return {
    box: (hex) => (lenient ? readLenientBox(reader(hex)) : readBox(reader(hex))),
    output: (hex, index) => new ErgoBox((lenient ? readLenientCandidate : readCandidate)(reader(hex)), txId, index)
  }
}

function readHeader(h: JsonHeader): ScriptHeader {
  return {
    id: fromHex(h.id),
    version: h.version,
    parentId: fromHex(h.parentId),
    adProofsRoot: fromHex(h.ADProofsRoot),
    stateRoot: fromHex(h.stateRoot),
    transactionsRoot: fromHex(h.transactionsRoot),
    timestamp: BigInt(h.timestamp),
    nBits: h.nBits,
    height: h.height,
    extensionRoot: fromHex(h.extensionRoot),
    minerPk: new GroupElement(fromHex(h.minerPk)),
    powOnetimePk: new GroupElement(fromHex(h.powOnetimePk)),
    powNonce: fromHex(h.powNonce),
    powDistance: BigInt(h.powDistance),
    votes: fromHex(h.votes),
    unparsedBytes: fromHex(h.unparsedBytes ?? '')
  }
}

function readStatus(status: JsonRuleStatus): RuleStatus {
  if (typeof status === 'string') return { kind: status }
  if ('replacedBy' in status) return { kind: 'replaced', newRule: status.replacedBy }
  return { kind: 'changed', bytes: fromHex(status.changed) }
}

function readContext(c: RecordedCase): TransactionContext {
  const { box, output } = boxesOf(c)
  const root = c.lastBlockUtxoRoot
  return {
    inputs: c.boxes.map(box),
    dataInputs: c.dataBoxes.map(box),
    outputs: c.tx.outputs.map(output),
    inputVariables: c.tx.inputs.map((input) => readVariables(input.extension)),
    headers: c.headers.map(readHeader),
    preHeader: {
      version: c.preHeader.version,
      parentId: fromHex(c.preHeader.parentId),
      timestamp: BigInt(c.preHeader.timestamp),
      nBits: BigInt(c.preHeader.nBits),
      height: c.preHeader.height,
      minerPk: new GroupElement(fromHex(c.preHeader.minerPk)),
      votes: fromHex(c.preHeader.votes)
    },
    lastBlockUtxoRoot: new AvlTreeValue(fromHex(root.digest), root.flags, root.keyLength, root.valueLength ?? undefined),
    activatedVersion: c.activatedVersion,
    ruleStatuses: new Map((c.rules ?? []).map(([id, status]) => [id, readStatus(status)]))
  }
}

/**
 * Everything that the script of a case runs with.
 *
 * @throws DecodeError, ValidationRuleError for boxes and variables that cannot be read
 */
export function recordedInput(c: RecordedCase): ScriptInput {
  return {
    transaction: new TransactionValues(readContext(c)),
    selfIndex: c.selfIndex,
    variables: readVariables(c.extension),
    initialCost: Number(c.initCost),
    costLimit: Number(c.costLimit)
  }
}

/** Runs one recorded case. Never throws for what the case holds. */
export function runRecordedCase(c: RecordedCase): RecordedOutcome {
  const { name } = c
  let stage: 'parse' | 'script' = 'parse'
  try {
    const activated = Math.max(c.activatedVersion, c.treeVersion)
    const tree = parseErgoTree(fromHex(c.tree), { activated, tree: c.treeVersion })
    const input = recordedInput(c)
    stage = 'script'
    if (c.kind === 'reduce') return { kind: 'reduce', name, reduction: reduceTree(tree, input) }
    const verification = verifyTree(tree, input, fromHex(c.message ?? ''), fromHex(c.proof ?? ''))
    return { kind: 'verify', name, verification }
  } catch (error) {
    return { kind: 'error', name, error: scriptFailure(error, stage) }
  }
}

/** Hex of a proposition as data. */
export function propositionHex(p: SigmaBoolean): string {
  const w = new Writer()
  writeSigmaBoolean(w, p)
  return toHex(w.toBytes())
}

/** The output line of a case: verdict and cost, or why there is none. */
export function recordedResult(outcome: RecordedOutcome): RecordedResult {
  const { name } = outcome
  switch (outcome.kind) {
    case 'verify':
      return { name, ok: outcome.verification.ok, cost: outcome.verification.cost }
    case 'reduce':
      return { name, reduced: propositionHex(outcome.reduction.proposition), cost: outcome.reduction.cost }
    case 'error':
      return { name, error: outcome.error }
  }
}
