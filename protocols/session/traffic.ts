import { type MessageType, messageName } from '../../src/wire/index.ts'

/** What was sent or received under one message type. */
export interface TrafficEntry {
  readonly direction: 'in' | 'out'
  /** `unknown` for all codes that the protocol does not have together. */
  readonly message: MessageType | 'unknown'
  readonly messages: number
  /** Bytes of frames, heads included. */
  readonly bytes: number
}

/** A message code is one byte. */
const CODES = 256

class Totals {
  readonly messages = new Float64Array(CODES)
  readonly bytes = new Float64Array(CODES)
}

/** Frames of all sessions since the start, by direction and code. */
export class Traffic {
  readonly #totals = { in: new Totals(), out: new Totals() }

  count(direction: 'in' | 'out', code: number, bytes: number): void {
    const totals = this.#totals[direction]
    totals.messages[code]!++
    totals.bytes[code]! += bytes
  }

  /** One entry for each direction and type that occurred. */
  entries(): TrafficEntry[] {
    const byType = new Map<string, TrafficEntry>()
    for (const direction of ['in', 'out'] as const) {
      const { messages, bytes } = this.#totals[direction]
      for (let code = 0; code < CODES; code++) {
        if (messages[code] === 0) continue
        const message = messageName(code) ?? 'unknown'
        const before = byType.get(`${direction} ${message}`)
        byType.set(`${direction} ${message}`, {
          direction,
          message,
          messages: messages[code]! + (before?.messages ?? 0),
          bytes: bytes[code]! + (before?.bytes ?? 0)
        })
      }
    }
    return [...byType.values()]
  }
}
