import { once } from 'node:events'
import { createWriteStream } from 'node:fs'

/** Bytes that may wait for a slow disk; beyond, lines are counted and dropped rather than kept in memory. */
const MAX_WAITING_BYTES = 4 << 20

/** A file that log lines are appended to. */
export interface LogFile {
  /** Takes a line without its line feed. Never throws and never waits. */
  readonly write: (line: string) => void
  readonly close: () => Promise<void>
}

/**
 * Opens a log file for appending.
 *
 * @param onError - told of the first failure to write; lines are dropped from then on
 * @throws the system's error when it cannot be opened
 */
export async function openLogFile(path: string, onError: (error: Error) => void): Promise<LogFile> {
  const stream = createWriteStream(path, { flags: 'a' })
  await once(stream, 'open')
  let failed = false
  let dropped = 0
  stream.on('error', (error) => {
    if (!failed) onError(error)
    failed = true
  })
  return {
    write: (line) => {
      if (failed) return
      if (stream.writableLength > MAX_WAITING_BYTES) {
        dropped++
        return
      }
      if (dropped > 0) stream.write(`${dropped} lines were dropped: the disk is too slow\n`)
      dropped = 0
      stream.write(`${line}\n`)
    },
    close: async () => {
      if (failed || stream.closed) return
      stream.end()
      await once(stream, 'close')
    }
  }
}
