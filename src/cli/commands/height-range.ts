import type { CommandContext } from '../command.ts'
import { UsageError } from '../errors.ts'

/** Flags of commands that work on a stretch of the chain. */
export const HEIGHT_RANGE = {
  from: { type: 'string', multiple: false, help: 'first height; default the lowest stored' },
  to: { type: 'string', multiple: false, help: 'last height; default the best' }
} as const

/** A height as an argument or flag has it. */
export function parseHeight(text: string, what: string): number {
  if (!/^\d{1,10}$/.test(text) || Number(text) > 0x7fffffff) throw new UsageError(`${what} must be a height, not ${text}`)
  return Number(text)
}

/** Values of {@link HEIGHT_RANGE}; undefined where the flag was not given. */
export function heightRange(context: CommandContext, command: string): { from: number | undefined; to: number | undefined } {
  const read = (flag: 'from' | 'to'): number | undefined => {
    const text = context.options[flag]
    return text === undefined ? undefined : parseHeight(String(text), `${command}: --${flag}`)
  }
  return { from: read('from'), to: read('to') }
}
