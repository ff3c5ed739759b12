import { setTimeout as delay } from 'node:timers/promises'
import type { OutputStream } from '../../telemetry/index.ts'

/** Between two lines on a terminal, so that they can be read as they come. */
const BEAT_MS = 140

/** Before a new chapter. */
const CHAPTER_MS = 900

const ESCAPE = '\x1b['
const COLOURS = { bold: '1', dim: '2', red: '31', green: '32', yellow: '33', blue: '34', magenta: '35', cyan: '36' } as const
export type Colour = keyof typeof COLOURS

const SPEAKER_WIDTH = 6

export interface StageInit {
  readonly stream: OutputStream
  /** Pauses between lines; without them everything comes as fast as it happens. */
  readonly paced: boolean
  readonly env: Readonly<Record<string, string | undefined>>
  readonly signal: AbortSignal
  /** Milliseconds, monotonic. */
  readonly now: () => number
}

/** Where a demonstration speaks: lines with the time since its start and who they are about. */
export class Stage {
  readonly signal: AbortSignal
  readonly #stream: OutputStream
  readonly #paced: boolean
  readonly #coloured: boolean
  readonly #now: () => number
  readonly #start: number
  readonly #speakers = new Map<string, Colour>()
  #lines: Promise<void> = Promise.resolve()

  constructor({ stream, paced, env, signal, now }: StageInit) {
    this.signal = signal
    this.#stream = stream
    this.#paced = paced
    // https://no-color.org
    this.#coloured = stream.isTTY === true && (env.NO_COLOR ?? '') === '' && env.TERM !== 'dumb'
    this.#now = now
    this.#start = now()
  }

  /** Seconds since the start. */
  get seconds(): number {
    return (this.#now() - this.#start) / 1000
  }

  /** Gives a speaker its colour. */
  cast(name: string, colour: Colour): void {
    this.#speakers.set(name, colour)
  }

  paint(colour: Colour, text: string): string {
    return this.#coloured ? `${ESCAPE}${COLOURS[colour]}m${text}${ESCAPE}0m` : text
  }

  /** A heading, after a pause. */
  async chapter(title: string): Promise<void> {
    await this.#lines
    await this.pause(CHAPTER_MS)
    this.#enqueue(['', this.paint('bold', title)], 0)
    await this.#lines
  }

  /** Queues a line, so that events may speak without waiting. */
  say(speaker: string, text: string): void {
    const time = this.paint('dim', `${this.seconds.toFixed(1).padStart(5)} s`)
    const name = this.paint(this.#speakers.get(speaker) ?? 'bold', speaker.padEnd(SPEAKER_WIDTH))
    this.#enqueue([`${time}  ${name}  ${text}`], BEAT_MS)
  }

  /** Resolves when everything said so far has been shown. */
  async settle(): Promise<void> {
    await this.#lines
  }

  /** @throws when the demonstration is interrupted */
  async pause(ms: number): Promise<void> {
    this.signal.throwIfAborted()
    if (this.#paced) await delay(ms, undefined, { signal: this.signal })
  }

  #enqueue(lines: readonly string[], pauseMs: number): void {
    this.#lines = this.#lines.then(async () => {
      for (const line of lines) this.#stream.write(`${line}\n`)
      if (this.#paced && !this.signal.aborted) await delay(pauseMs, undefined, { signal: this.signal }).catch(() => {})
    })
  }
}
