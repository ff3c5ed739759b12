/** Why an evaluation failed: the cost limit, or anything a script may do wrong. Both make the input invalid. */
export type ScriptErrorKind = 'cost' | 'script'

/** Failure of a script, the counterpart of every exception that the reference's evaluator throws. */
export class ScriptError extends Error {
  override readonly name: string = 'ScriptError'
  readonly code: 'SCRIPT_COST' | 'SCRIPT_FAILED'
  readonly kind: ScriptErrorKind

  constructor(message: string, kind: ScriptErrorKind = 'script') {
    super(message)
    this.kind = kind
    this.code = kind === 'cost' ? 'SCRIPT_COST' : 'SCRIPT_FAILED'
  }
}

/** Fails the evaluation; an expression, so that it can stand wherever a value is needed. */
export function fail(message: string): never {
  throw new ScriptError(message)
}
