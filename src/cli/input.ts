import { createReadStream, existsSync } from 'node:fs'
import { createInterface } from 'node:readline'
import type { Readable } from 'node:stream'
import { createGunzip } from 'node:zlib'
import { fromHex, JsonError, type JsonObject, type JsonValue, parseJson } from '../bytes/index.ts'
import { UsageError } from './errors.ts'

/** One JSON object of a file, and where it stands. */
export interface InputLine {
  readonly file: string
  /** From 1. */
  readonly line: number
  readonly text: string
  readonly value: JsonObject
}

/** A single line longer than this is no line of ours: the largest block with its proof is a few megabytes of hex. */
const MAX_LINE_CHARS = 64 * 1024 * 1024

/**
 * Lines of a `.jsonl` or `.jsonl.gz` file, or of standard input for `-`.
 *
 * @throws UsageError naming file and line
 */
export async function* readLines(file: string): AsyncGenerator<InputLine> {
  if (file !== '-' && !existsSync(file)) throw new UsageError(`${file}: there is no such file`)
  const name = file === '-' ? 'standard input' : file
  const source: Readable = file === '-' ? process.stdin : createReadStream(file)
  let failure: Error | undefined
  const fail = (err: Error): void => {
    failure ??= err
    reader.close()
  }
  const unpacked = file.endsWith('.gz') ? source.pipe(createGunzip().on('error', fail)) : source
  source.on('error', fail)
  const reader = createInterface({ input: unpacked, crlfDelay: Number.POSITIVE_INFINITY })
  let line = 0
  for await (const text of reader) {
    line++
    if (text.trim() === '') continue
    if (text.length > MAX_LINE_CHARS) throw new UsageError(`${name}, line ${line}: longer than ${MAX_LINE_CHARS} characters`)
    yield { file: name, line, text, value: parseObject(text, `${name}, line ${line}`) }
  }
  if (failure !== undefined) throw new UsageError(`${name}, after line ${line}: ${failure.message}`, { cause: failure })
}

/** Stage of a pipe: groups of `size`, the last of what is left. */
export function inBatches<T>(size: number): (source: AsyncIterable<T>) => AsyncGenerator<readonly T[]> {
  return async function* (source) {
    let batch: T[] = []
    for await (const item of source) {
      batch.push(item)
      if (batch.length < size) continue
      yield batch
      batch = []
    }
    if (batch.length > 0) yield batch
  }
}

/** A whole file as one JSON value. */
export async function readJsonFile(file: string): Promise<JsonValue> {
  const chunks: Buffer[] = []
  if (file !== '-' && !existsSync(file)) throw new UsageError(`${file}: there is no such file`)
  const source: Readable = file === '-' ? process.stdin : createReadStream(file)
  const stream = file.endsWith('.gz') ? source.pipe(createGunzip()) : source
  try {
    for await (const chunk of stream) chunks.push(chunk as Buffer)
    return parseJson(Buffer.concat(chunks).toString('utf8'))
  } catch (err) {
    throw new UsageError(`${file}: ${(err as Error).message}`, { cause: err })
  }
}

function parseObject(text: string, where: string): JsonObject {
  let value: JsonValue
  try {
    value = parseJson(text)
  } catch (err) {
    if (err instanceof JsonError) throw new UsageError(`${where}: ${err.message}`, { cause: err })
    throw err
  }
  if (!(value instanceof Map)) throw new UsageError(`${where}: not a JSON object`)
  return value
}

/** Reads a line as something; what is wrong with it is told with file and line. */
export function readAs<T>(input: InputLine, read: (input: InputLine) => T): T {
  try {
    return read(input)
  } catch (err) {
    if (!(err instanceof Error) || !isUnreadable(err)) throw err
    throw new UsageError(`${input.file}, line ${input.line}: ${err.message}`, { cause: err })
  }
}

/** Errors that mean that the input is not of the shape, as opposed to faults of ours. */
function isUnreadable(err: Error): boolean {
  const code = (err as { code?: unknown }).code
  return err instanceof SyntaxError || typeof code === 'string'
}

/** A field that holds bytes in hex. */
export function hexField(input: InputLine, field: string): Uint8Array {
  const value = input.value.get(field)
  if (typeof value !== 'string') throw new UsageError(`${input.file}, line ${input.line}: field ${field} must be a hex string`)
  try {
    return fromHex(value)
  } catch (err) {
    throw new UsageError(`${input.file}, line ${input.line}, field ${field}: ${(err as Error).message}`, { cause: err })
  }
}
