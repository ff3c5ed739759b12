import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { projectRoot } from '../test/support/vectors.ts'

/** A bound such as `<= 1.1` or `>= 16`. */
export interface Target {
  must: string
  moonshot: string
}

/** Case name, then metric name. */
export type Targets = Readonly<Record<string, Readonly<Record<string, Target>>>>

export function readTargets(): Targets {
  return JSON.parse(readFileSync(join(projectRoot, 'bench', 'targets.json'), 'utf8')) as Targets
}

/** True when `value` keeps to the bound. */
export function meets(value: number, bound: string): boolean {
  const [operator, limit] = bound.split(' ')
  if (operator === '<=') return value <= Number(limit)
  if (operator === '>=') return value >= Number(limit)
  throw new Error(`bound ${JSON.stringify(bound)} is neither "<= x" nor ">= x"`)
}
