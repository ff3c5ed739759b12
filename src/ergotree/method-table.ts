import type { FuncType, TypeVar } from './types.ts'

/** One method of a type: what parsing needs and what evaluation is keyed on. */
export interface MethodDescriptor {
  /** Code of the owner type. */
  readonly typeId: number
  readonly methodId: number
  readonly name: string
  /** Generic signature; the receiver is the first argument. */
  readonly signature: FuncType
  /** Type arguments that are written after the call, in order. */
  readonly explicitTypeArgs: readonly TypeVar[]
  /** Lowest tree version that has it (0 or 3). */
  readonly since: number
}
