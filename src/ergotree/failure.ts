import { DecodeError, EncodeError } from '../bytes/index.ts'
import { ScriptError } from './eval/errors.ts'
import { ValidationRuleError } from './validation-rules.ts'

/**
 * Why there is no verdict of true or false.
 *
 * `cost`, `script` and `parse` make the input invalid. `internal` is a fault of this code and says nothing about the input: whoever
 * sees it must stop rather than call the block invalid.
 */
export type ScriptFailureKind = 'cost' | 'script' | 'parse' | 'internal'

export interface ScriptFailure {
  readonly kind: ScriptFailureKind
  readonly message: string
}

/** Text that engines give to a call that no longer fits the stack: V8 and JavaScriptCore, SpiderMonkey. */
const STACK_OVERFLOW = /call stack size exceeded|too much recursion/i

/** Scripts can nest function calls without end; the reference runs out of its stack, too. */
function isStackOverflow(error: unknown): boolean {
  return error instanceof Error && STACK_OVERFLOW.test(error.message)
}

/** What an exception out of parsing or evaluation means. */
export function scriptFailure(error: unknown, stage: 'parse' | 'script' = 'script'): ScriptFailure {
  if (error instanceof ScriptError) return { kind: error.kind, message: error.message }
  if (error instanceof ValidationRuleError) return { kind: stage, message: `rule ${error.rule}: ${error.message}` }
  if (error instanceof DecodeError || error instanceof EncodeError) return { kind: stage, message: error.message }
  if (isStackOverflow(error)) return { kind: stage, message: 'script nests too deeply' }
  return { kind: 'internal', message: error instanceof Error ? `${error.name}: ${error.message}` : String(error) }
}
