import { fromHex, Reader, toHex, Writer } from '../../src/bytes/index.ts'
import {
  CastError,
  FALSE_NODE,
  type Node,
  NoType,
  OP,
  parseErgoTree,
  readConstant,
  readTreeTemplate,
  readType,
  readValue,
  SBooleanArray,
  ScriptReader,
  type SType,
  TRUE_NODE,
  typeToString,
  ValidationRuleError,
  type Versions,
  writeConstant,
  writeErgoTree,
  writeType,
  writeValue
} from '../../src/ergotree/index.ts'

/** Line of a `parse-*.jsonl` file: bytes given to the reference's deserialisers, and what came out. */
export interface ParseCase {
  readonly name: string
  readonly what: 'tree' | 'value' | 'constant' | 'type'
  readonly bytes: string
  readonly activatedVersion: number
  readonly treeVersion?: number
  readonly result: ParseResult & { readonly error?: RecordedError }
}

interface RecordedError {
  readonly class: string
  readonly rule?: number
  readonly message: string
  readonly cause?: RecordedError
}

export interface ParseResult {
  readonly ok: boolean
  readonly consumed?: number
  readonly header?: number
  readonly version?: number
  readonly constants?: number
  readonly hasDeserialize?: boolean
  readonly usesContext?: boolean
  readonly reserialized?: string
  readonly reserializeError?: unknown
  readonly template?: string
  readonly unparsed?: boolean
  readonly rule?: number
  readonly type?: string
  readonly node?: string
}

const OP_NAMES: ReadonlyMap<number, string> = new Map<number, string>([
  ...Object.entries(OP).map(([name, code]): [number, string] => [code, name]),
  [OP.And, 'AND'],
  [OP.Or, 'OR']
])

/** Class of a node in the reference. Codes 7f and 80 have nodes of their own there, which are constants all the same. */
function nodeName(node: Node): string {
  if (node === TRUE_NODE) return 'TrueLeaf'
  if (node === FALSE_NODE) return 'FalseLeaf'
  if (node.op === OP.ConcreteCollection && node.tpe === SBooleanArray && node.items.every((i) => i.op === OP.Constant)) {
    return 'ConcreteCollectionBooleanConstant'
  }
  return OP_NAMES.get(node.op) ?? `opcode ${node.op}`
}

function typeName(tpe: SType): string {
  return tpe === NoType ? '?' : typeToString(tpe)
}

function written(original: Uint8Array, write: () => Uint8Array): Pick<ParseResult, 'reserialized' | 'reserializeError'> {
  try {
    const bytes = write()
    const hex = toHex(bytes)
    return { reserialized: hex === toHex(original) ? 'same' : hex }
  } catch (error) {
    return { reserializeError: error }
  }
}

function withWriter(write: (w: Writer) => void): Uint8Array {
  const w = new Writer()
  write(w)
  return w.toBytes()
}

/** What this implementation makes of a case, in the words of the recording. Throws what the parser throws. */
export function runParseCase(c: ParseCase): ParseResult {
  const bytes = fromHex(c.bytes)
  const versions: Versions = { activated: c.activatedVersion, tree: c.treeVersion ?? c.activatedVersion }
  if (c.what === 'tree') {
    const tree = parseErgoTree(bytes, versions)
    const consumed = tree.bytes.length
    if (tree.kind === 'unparsed') return { ok: true, unparsed: true, consumed, rule: tree.error.rule }
    return {
      ok: true,
      consumed,
      header: (tree.header << 24) >> 24,
      version: tree.version,
      constants: tree.constants.length,
      hasDeserialize: tree.hasDeserialize,
      usesContext: tree.usesBlockchainContext,
      ...written(tree.bytes, () => writeErgoTree(tree, versions)),
      template: toHex(readTreeTemplate(tree.bytes, { activated: versions.activated, tree: tree.version }).template)
    }
  }
  const s = new ScriptReader(new Reader(bytes), versions)
  if (c.what === 'type') {
    const tpe = readType(s)
    const consumed = s.position
    const rewritten = written(bytes.subarray(0, consumed), () => withWriter((w) => writeType(w, tpe, versions)))
    return { ok: true, consumed, type: typeToString(tpe), ...rewritten }
  }
  const node = c.what === 'value' ? readValue(s) : readConstant(s)
  const consumed = s.position
  const rewritten = written(bytes.subarray(0, consumed), () =>
    withWriter((w) => (node.op === OP.Constant ? writeConstant(w, node, versions) : writeValue(w, node, versions)))
  )
  return { ok: true, consumed, type: typeName(node.tpe), node: nodeName(node), ...rewritten }
}

/** First rule in a recorded chain of causes. */
function recordedRule(error: RecordedError | undefined): number | undefined {
  if (error === undefined) return undefined
  return error.rule ?? recordedRule(error.cause)
}

/** Differences from the recording, as text; empty when there are none. */
export function compareParseCase(c: ParseCase): string[] {
  const expected = c.result
  let actual: ParseResult
  let failure: unknown
  try {
    actual = runParseCase(c)
  } catch (error) {
    actual = { ok: false }
    failure = error
  }
  if (expected.ok !== actual.ok) return [`ok: expected ${expected.ok}, got ${actual.ok} (${failure})`]
  if (!expected.ok) {
    const rule = recordedRule(expected.error)
    const direct = expected.error?.rule !== undefined
    if (direct !== failure instanceof ValidationRuleError) return [`class of error: expected rule ${rule}, got ${failure}`]
    if (direct && (failure as ValidationRuleError).rule !== rule) return [`rule: expected ${rule}, got ${failure}`]
    const isCast = expected.error?.class === 'java.lang.ClassCastException'
    return isCast === failure instanceof CastError ? [] : [`expected ${expected.error?.class}, got ${failure}`]
  }
  const differences: string[] = []
  for (const key of Object.keys({ ...expected, ...actual }) as (keyof ParseResult)[]) {
    if (key === ('error' as string)) continue
    if (key === 'reserializeError') {
      if ((expected[key] === undefined) !== (actual[key] === undefined)) differences.push(`${key}: ${actual[key]}`)
    } else if (expected[key] !== actual[key]) {
      differences.push(`${key}: expected ${expected[key]}, got ${actual[key]}`)
    }
  }
  return differences
}
