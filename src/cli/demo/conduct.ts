import { setTimeout as delay } from 'node:timers/promises'
import type { Modifier } from '../../wire/index.ts'
import type { SectionConduct } from './wire-peer.ts'

/** Answers nothing. */
export const silent: SectionConduct = async () => []

/** Answers in full, after a while for each request and each section. */
export function slow(requestMs: number, sectionMs: number): SectionConduct {
  return async (wanted) => {
    await delay(requestMs + wanted.length * sectionMs)
    return wanted
  }
}

/** Lies that a section can be, each found out in another way. */
const LIES: readonly ((own: Modifier, other: Modifier) => Uint8Array)[] = [
  // One bit of the content is another: the root does not fit the header.
  ({ bytes }) => bytes.map((byte, i) => (i === bytes.length - 1 ? byte ^ 1 : byte)),
  // The section of another block under this id.
  (_, other) => other.bytes,
  // Cut short.
  ({ bytes }) => bytes.subarray(0, bytes.length - 1),
  // Not even of a header.
  ({ bytes }) => new Uint8Array(bytes.length)
]

/** Answers at once and never with the truth, but for the sections that `isHonest` picks. */
export function lying(isHonest: (modifier: Modifier) => boolean): SectionConduct {
  let count = 0
  return async (wanted) =>
    wanted.map((own, i) => {
      if (isHonest(own)) return own
      const lie = LIES[count++ % LIES.length]!
      return { id: own.id, bytes: lie(own, wanted[(i + 1) % wanted.length]!) }
    })
}
