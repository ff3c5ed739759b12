import type { ScriptReader } from '../codec/script-reader.ts'
import { readType } from '../codec/type-codec.ts'
import type { FuncType, SType } from '../types/types.ts'
import { applySubst, substFunc, substOf, unifyTypeLists } from '../types/unify.ts'
import { RULE, ValidationRuleError } from '../validation-rules.ts'
import { isV3Tree, isV6Activated } from '../versions.ts'
import { findMethod, hasMethods, type MethodDescriptor } from './method-table.ts'
import type { MethodCallNode, Node } from './nodes.ts'
import { OP } from './op-codes.ts'
import { typeOf } from './typing.ts'

const NO_NODES: readonly Node[] = []
const NO_TYPES: readonly SType[] = []

/** Signed byte, as rules keep codes. */
function signed(code: number): number {
  return (code << 24) >> 24
}

/** Method of a call, or rule 1010 (type) or 1011/1016 (method): visibility follows the tree version, the number activation. */
function resolve(s: ScriptReader, typeId: number, methodId: number): MethodDescriptor {
  if (!hasMethods(typeId, s.versions)) {
    throw new ValidationRuleError(RULE.TypeWithMethods, `type ${typeId} has no methods`, [signed(typeId)])
  }
  const method = findMethod(typeId, methodId, s.versions)
  if (method !== undefined) return method
  const rule = isV6Activated(s.versions) ? RULE.MethodV6 : RULE.Method
  throw new ValidationRuleError(rule, `type ${typeId} has no method ${methodId}`, [signed(typeId), signed(methodId)])
}

function readTypeArgs(s: ScriptReader, method: MethodDescriptor): readonly SType[] {
  return method.explicitTypeArgs.length === 0 ? NO_TYPES : method.explicitTypeArgs.map(() => readType(s))
}

/** Signature with the variables that the types of object and arguments determine put in; as it is when they do not fit. */
function specialize(s: ScriptReader, signature: FuncType, obj: SType, args: readonly SType[]): FuncType {
  const subst = unifyTypeLists(signature.args, [obj, ...args], s.versions)
  return subst === undefined ? signature : substFunc(signature, subst)
}

/** Body of opcode DB (reference: `PropertyCallSerializer.scala`). */
export function readPropertyCall(s: ScriptReader, readValue: (s: ScriptReader) => Node): MethodCallNode {
  const typeId = s.u8()
  const methodId = s.u8()
  const obj = readValue(s)
  const method = resolve(s, typeId, methodId)
  const typeArgs = readTypeArgs(s, method)
  const subst = substOf(method.explicitTypeArgs, typeArgs)
  const signature =
    typeArgs.length > 0 ? substFunc(method.signature, subst) : specialize(s, method.signature, typeOf(s, obj), NO_TYPES)
  const tpe = applySubst(signature.range, subst)
  return { op: OP.PropertyCall, tpe, obj, method, signature, args: NO_NODES, typeArgs }
}

/** Body of opcode DC (reference: `MethodCallSerializer.scala`). Without arguments it is a property call, legal below version 3. */
export function readMethodCall(s: ScriptReader, readValue: (s: ScriptReader) => Node): MethodCallNode {
  const typeId = s.u8()
  const methodId = s.u8()
  const obj = readValue(s)
  const args: Node[] = []
  for (let n = s.count('method arguments'); n > 0; n--) args.push(readValue(s))
  if (args.length === 0 && isV3Tree(s.versions)) s.fail('method call without arguments')
  const method = resolve(s, typeId, methodId)
  const typeArgs = readTypeArgs(s, method)
  const subst = substOf(method.explicitTypeArgs, typeArgs)
  const argTypes = args.map((arg) => typeOf(s, arg))
  const signature = specialize(s, substFunc(method.signature, subst), typeOf(s, obj), argTypes)
  if (method.readsChain) s.sawChain = true
  const tpe = applySubst(signature.range, subst)
  return { op: args.length === 0 ? OP.PropertyCall : OP.MethodCall, tpe, obj, method, signature, args, typeArgs }
}
