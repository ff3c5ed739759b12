import { createReadStream, existsSync } from 'node:fs'
import type { Readable } from 'node:stream'
import { StringDecoder } from 'node:string_decoder'
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
  const name = file === '-' ? 'standard input' : file
  let line = 0
  const parse = (text: string): InputLine => ({ file: name, line, text, value: parseObject(text, `${name}, line ${line}`) })
  const utf8 = new StringDecoder('utf8')
  // Pieces of the line at hand: a line of megabytes comes in many, and is put together once.
  let pieces: string[] = []
  let held = 0
  const take = (last: string): string => {
    pieces.push(last)
    const text = pieces.join('').replace(/\r$/, '')
    pieces = []
    held = 0
    line++
    return text
  }
  try {
    for await (const chunk of openInput(file)) {
      const text = utf8.write(chunk)
      let from = 0
      for (let at = text.indexOf('\n'); at >= 0; at = text.indexOf('\n', from)) {
        const whole = take(text.slice(from, at))
        from = at + 1
        if (whole.trim() !== '') yield parse(whole)
      }
      pieces.push(text.slice(from))
      held += text.length - from
      if (held > MAX_LINE_CHARS) throw new UsageError(`${name}, line ${line + 1}: longer than ${MAX_LINE_CHARS} characters`)
    }
  } catch (err) {
    if (!isInputError(err)) throw err
    throw new UsageError(`${name}, after line ${line}: ${err.message}`, { cause: err })
  }
  const whole = take(utf8.end())
  if (whole.trim() !== '') yield parse(whole)
}

/** Bytes of a file, gunzipped when its name ends in `.gz`. */
function openInput(file: string): Readable {
  if (file === '-') return process.stdin
  if (!existsSync(file)) throw new UsageError(`${file}: there is no such file`)
  const source = createReadStream(file)
  if (!file.endsWith('.gz')) return source
  const unpacked = createGunzip()
  // A pipe carries no errors: without this one on the source would end the process.
  source.on('error', (err) => unpacked.destroy(err))
  return source.pipe(unpacked)
}

/** Failures of reading and unpacking, which are the file's. */
function isInputError(err: unknown): err is NodeJS.ErrnoException {
  return err instanceof Error && !(err instanceof UsageError) && typeof (err as NodeJS.ErrnoException).code === 'string'
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
  try {
    for await (const chunk of openInput(file)) chunks.push(chunk as Buffer)
    return parseJson(Buffer.concat(chunks).toString('utf8'))
  } catch (err) {
    if (err instanceof UsageError) throw err
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
