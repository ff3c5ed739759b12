import type { MethodCallNode } from '../ast/nodes.ts'
import { METHOD_FUNCTIONS } from '../methods/index.ts'
import type { Value } from '../values/values.ts'
import { COST } from './cost.ts'
import { fail } from './errors.ts'
import type { Code } from './machine.ts'

/**
 * Code of a method call. The object comes first, then the overhead of any call, then the arguments, then the method's own
 * cost.
 *
 * Some methods exist for their signature only: the reference finds no function behind them and fails.
 */
export function compileMethodCall(node: MethodCallNode, obj: Code, args: readonly Code[]): Code {
  const method = METHOD_FUNCTIONS.get((node.method.typeId << 8) | node.method.methodId)
  const isCallable = method !== undefined && (method.args === args.length || (method.extraArgs && method.args < args.length))
  if (!isCallable) return () => fail(`method ${node.method.name} cannot be called`)
  const run = method.prepare(node)
  const { cost } = method
  return (f, m) => {
    const self = obj(f, m)
    m.add(COST.methodCall)
    const values: Value[] = []
    for (const arg of args) values.push(arg(f, m))
    if (cost > 0) m.add(cost)
    return run(self, values, m)
  }
}
