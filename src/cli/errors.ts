/** Exit codes that scripts go by. */
export const EXIT = {
  /** All good. */
  ok: 0,
  /** Something was found invalid, or the node had to stop. */
  invalid: 1,
  /** Wrong use, or input that cannot be read. */
  usage: 2,
  /** Ended by Ctrl-C. */
  interrupted: 130
} as const

/** Wrong use or unreadable input: the message names file, line and field. Ends the command with {@link EXIT.usage}. */
export class UsageError extends Error {
  static override readonly name: string = 'UsageError'
  override readonly name: string = 'UsageError'
  readonly code = 'USAGE'
}
