import { DecodeError, EncodeError, type JsonInput, type JsonValue, Reader, toHex, Writer } from '../bytes/index.ts'
import {
  type BoxCandidate,
  type BoxToken,
  DEFAULT_VERSIONS,
  ErgoBox,
  type ErgoTree,
  type EvaluatedNode,
  MAX_ADDITIONAL_REGISTERS,
  readErgoTree,
  readEvaluated,
  ScriptReader,
  ValidationRuleError,
  type Versions,
  writeValue
} from '../ergotree/index.ts'
import { type Box, ParsedBox } from './box.ts'
import { ID_BYTES, type InputParts, orderedVariables, type Variables } from './codec.ts'
import { JsonField } from './json-fields.ts'
import { ParsedTransaction, type Transaction, type TransactionInput } from './transaction.ts'

/** Number of the first register that is not about value, script, tokens or origin. */
const FIRST_REGISTER = 4

const MAX_INT = 0x7fffffff

function valueHex(node: EvaluatedNode): string {
  const w = new Writer(64)
  writeValue(w, node, DEFAULT_VERSIONS)
  return toHex(w.toBytes())
}

function inputToJson({ boxId, proof, variables }: TransactionInput): JsonInput {
  const extension = new Map([...variables].map(([id, node]) => [String(id), valueHex(node)]))
  return { boxId: toHex(boxId), spendingProof: { proofBytes: toHex(proof), extension } }
}

/** A box in the shape of the REST API. */
export function boxToJson(box: Box): Record<string, JsonInput> {
  return {
    boxId: toHex(box.id),
    value: box.value,
    ergoTree: toHex(box.canonicalTree),
    assets: box.tokens.map(({ id, amount }) => ({ tokenId: toHex(id), amount })),
    creationHeight: box.creationHeight,
    additionalRegisters: new Map(box.registerBytes.map((bytes, i) => [`R${FIRST_REGISTER + i}`, toHex(bytes)])),
    transactionId: toHex(box.transactionId),
    index: box.index
  }
}

/**
 * A transaction in the shape of the REST API. Write it by `stringifyJson`: amounts are bigints, and the order of context
 * variables matters.
 */
export function transactionToJson(tx: Transaction): Record<string, JsonInput> {
  return {
    id: tx.idHex,
    inputs: tx.inputs.map(inputToJson),
    dataInputs: tx.dataInputs.map((boxId) => ({ boxId: toHex(boxId) })),
    outputs: tx.outputs.map(boxToJson),
    size: tx.size
  }
}

/** Reads bytes that a field holds; what is wrong with them is wrong with the field. */
function readField<T>(field: JsonField, versions: Versions, read: (s: ScriptReader) => T): T {
  const bytes = field.hex()
  try {
    return read(new ScriptReader(new Reader(bytes), versions))
  } catch (error) {
    if (error instanceof DecodeError || error instanceof ValidationRuleError) throw field.fail(`cannot be read: ${error.message}`)
    throw error
  }
}

function variablesFromJson(json: JsonField, versions: Versions): Variables {
  const variables = new Map<number, EvaluatedNode>()
  for (const [key, value] of json.members()) {
    const id = Number(key)
    if (!/^-?\d{1,3}$/.test(key) || id < -128 || id > 127) throw value.fail('has no signed byte for a name')
    variables.set(id, readField(value, versions, readEvaluated))
  }
  return orderedVariables(variables)
}

function inputFromJson(json: JsonField, versions: Versions): InputParts {
  const proof = json.get('spendingProof')
  return {
    boxId: json.get('boxId').hex(ID_BYTES),
    proof: proof.get('proofBytes').hex(),
    variables: variablesFromJson(proof.get('extension'), versions)
  }
}

function tokenFromJson(json: JsonField): BoxToken {
  return { id: json.get('tokenId').hex(ID_BYTES), amount: json.get('amount').long() }
}

/** Registers by name, in any order, without gaps. */
function registersFromJson(json: JsonField, versions: Versions): EvaluatedNode[] {
  const registers: EvaluatedNode[] = []
  for (const [key, value] of json.members()) {
    const place = /^R[4-9]$/.test(key) ? Number(key.slice(1)) - FIRST_REGISTER : MAX_ADDITIONAL_REGISTERS
    if (place >= MAX_ADDITIONAL_REGISTERS) throw value.fail('is no register R4..R9')
    registers[place] = readField(value, versions, readEvaluated)
  }
  for (let i = 0; i < registers.length; i++) {
    if (registers[i] === undefined) throw json.fail(`has no R${FIRST_REGISTER + i} before its last register`)
  }
  return registers
}

/** A box candidate of its fields `value`, `ergoTree`, `assets`, `creationHeight`, `additionalRegisters`. */
function candidateFromJson(json: JsonField, versions: Versions): BoxCandidate {
  return {
    value: json.get('value').long(),
    tree: readField(json.get('ergoTree'), versions, (s): ErgoTree => readErgoTree(s)),
    creationHeight: json.get('creationHeight').integer(0, MAX_INT),
    tokens: json.get('assets').items().map(tokenFromJson),
    registers: registersFromJson(json.get('additionalRegisters'), versions)
  }
}

/** Largest index of a box (`Short.MaxValue`). */
const MAX_BOX_INDEX = 0x7fff

/**
 * A box from the shape of the REST API: the fields of an output, `transactionId` and `index`. Its id follows from them; what the
 * value says of it is not looked at.
 *
 * @throws JsonFieldError
 */
export function boxFromJson(json: JsonValue, versions: Versions = DEFAULT_VERSIONS): Box {
  const root = new JsonField(json)
  const candidate = candidateFromJson(root, versions)
  const box = new ErgoBox(candidate, root.get('transactionId').hex(ID_BYTES), root.get('index').integer(0, MAX_BOX_INDEX))
  return new ParsedBox(box)
}

/**
 * A transaction from the shape of the REST API; `parseJson` reads the text. Ids and other fields that follow from the rest are
 * not looked at. Whole numbers may be given as strings, as wallets do.
 *
 * @param versions the reference reads JSON by the default ones
 * @throws JsonFieldError naming the field that is missing or wrong
 */
export function transactionFromJson(json: JsonValue, versions: Versions = DEFAULT_VERSIONS): Transaction {
  const root = new JsonField(json)
  const parts = {
    inputs: root
      .get('inputs')
      .items()
      .map((item) => inputFromJson(item, versions)),
    dataInputs: root
      .get('dataInputs')
      .items()
      .map((item) => item.get('boxId').hex(ID_BYTES)),
    outputs: root
      .get('outputs')
      .items()
      .map((item) => candidateFromJson(item, versions))
  }
  try {
    return new ParsedTransaction(parts, versions)
  } catch (error) {
    if (error instanceof EncodeError) throw root.fail(`has no encoding: ${error.message}`)
    throw error
  }
}
