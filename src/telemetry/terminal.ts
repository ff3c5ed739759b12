/** What is needed of standard error: `process.stderr` has it all. */
export interface OutputStream {
  readonly isTTY?: boolean | undefined
  readonly columns?: number | undefined
  write(text: string): unknown
}

const ERASE_LINE = '\r\x1b[2K'
const DEFAULT_COLUMNS = 80

/**
 * Lines that scroll and one status line below them that stays. On anything but a terminal the status line does not
 * exist, and the output holds no control characters.
 */
export class Terminal {
  readonly #stream: OutputStream
  #status = ''

  constructor(stream: OutputStream) {
    this.#stream = stream
  }

  get isInteractive(): boolean {
    return this.#stream.isTTY === true
  }

  get columns(): number {
    return this.#stream.columns ?? DEFAULT_COLUMNS
  }

  /** Writes a line above the status line. */
  line(text: string): void {
    if (this.#status === '') this.#stream.write(`${text}\n`)
    else this.#stream.write(`${ERASE_LINE}${text}\n${this.#status}`)
  }

  /** Replaces the status line; empty text removes it. */
  status(text: string): void {
    if (!this.isInteractive || text === this.#status) return
    this.#stream.write(`${ERASE_LINE}${text}`)
    this.#status = text
  }
}
