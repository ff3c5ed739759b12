import { DecodeError } from '../../bytes/index.ts'
import { isV3Tree, type Versions } from '../versions.ts'
import {
  collOf,
  type FuncType,
  funcOf,
  optionOf,
  SAny,
  type SType,
  someType,
  TYPE,
  type TypeVar,
  tupleOf,
  typeEquals
} from './types.ts'

/** Types for type variables, by name. */
export type TypeSubst = ReadonlyMap<string, SType>

export const EMPTY_SUBST: TypeSubst = new Map()

/**
 * Finds types for the variables of `t1` that make it `t2` (reference: `unifyTypes` of `sigma.ast`, part of consensus: it types
 * method calls while parsing).
 *
 * @returns undefined when there are none
 */
export function unifyTypes(t1: SType, t2: SType, versions: Versions): TypeSubst | undefined {
  if (t1.code === TYPE.TypeVar) {
    if (t2.code === TYPE.TypeVar) return t1.name === t2.name ? EMPTY_SUBST : undefined
    return new Map([[t1.name, t2]])
  }
  switch (t1.code) {
    case TYPE.Coll:
      if (t2.code === TYPE.Coll) return unifyTypes(t1.elem, t2.elem, versions)
      return t2.code === TYPE.Tuple ? unifyTypes(t1.elem, SAny, versions) : undefined
    case TYPE.Option:
      return t2.code === TYPE.Option ? unifyTypes(t1.elem, t2.elem, versions) : undefined
    case TYPE.Tuple:
      if (t2.code !== TYPE.Tuple || t1.items.length !== t2.items.length) return undefined
      return unifyTypeLists(t1.items, t2.items, versions)
    case TYPE.Func:
      if (t2.code !== TYPE.Func || t1.args.length !== t2.args.length) return undefined
      return unifyTypeLists([...t1.args, t1.range], [...t2.args, t2.range], versions)
    case TYPE.Boolean:
      if (t2.code === TYPE.SigmaProp) return EMPTY_SUBST
  }
  if (t1.code === TYPE.Any) return EMPTY_SUBST
  return t1.code === t2.code && isPredefined(t1, versions) ? EMPTY_SUBST : undefined
}

/** Types that equal themselves for unification; UnsignedBigInt does so from tree version 3 on. */
function isPredefined(t: SType, versions: Versions): boolean {
  return t.code > 0 && (t.code !== TYPE.UnsignedBigInt || isV3Tree(versions))
}

/** Pairwise over the shorter of the two lists; a variable must get the same type everywhere. */
export function unifyTypeLists(list1: readonly SType[], list2: readonly SType[], versions: Versions): TypeSubst | undefined {
  const n = Math.min(list1.length, list2.length)
  const substs: TypeSubst[] = []
  for (let i = 0; i < n; i++) {
    const subst = unifyTypes(list1[i]!, list2[i]!, versions)
    if (subst === undefined) return undefined
    if (subst.size > 0) substs.push(subst)
  }
  if (substs.length === 0) return EMPTY_SUBST
  const merged = new Map<string, SType>()
  for (const subst of substs) {
    for (const [name, tpe] of subst) {
      const known = merged.get(name)
      if (known !== undefined && !typeEquals(known, tpe)) return undefined
      merged.set(name, tpe)
    }
  }
  return merged
}

/**
 * Deepest type with variables to be replaced in it. The reference has no number here: its rewriting takes a dozen stack frames
 * a level and gives up at about this depth.
 */
const MAX_SUBST_NESTING = 1000

/**
 * Puts types in the place of variables, once: variables inside the types put in stay.
 *
 * @throws DecodeError when variables stand deeper than a thousand levels
 */
export function applySubst(t: SType, subst: TypeSubst): SType {
  if (subst.size === 0 || !someType(t, (part) => part.code === TYPE.TypeVar && subst.has(part.name))) return t
  return substParts(t, subst, 0, false)
}

/** @param isWithin inside a collection, option or tuple, where the reference rewrites without knowing of functions */
function substParts(t: SType, subst: TypeSubst, depth: number, isWithin: boolean): SType {
  if (depth > MAX_SUBST_NESTING) throw new DecodeError('LIMIT_EXCEEDED', 'type with variables is nested too deeply')
  switch (t.code) {
    case TYPE.TypeVar:
      return subst.get(t.name) ?? t
    case TYPE.Coll:
      return collOf(substParts(t.elem, subst, depth + 1, true))
    case TYPE.Option:
      return optionOf(substParts(t.elem, subst, depth + 1, true))
    case TYPE.Tuple:
      return tupleOf(substList(t.items, subst, depth, true))
    case TYPE.Func: {
      const args = substList(t.args, subst, depth, isWithin)
      const range = substParts(t.range, subst, depth + 1, isWithin)
      return funcOf(args, range, isWithin ? renamed(t.typeParams, subst) : t.typeParams.filter((p) => !subst.has(p.name)))
    }
    default:
      return t
  }
}

function substList(types: readonly SType[], subst: TypeSubst, depth: number, isWithin: boolean): SType[] {
  const out: SType[] = []
  for (const t of types) out.push(substParts(t, subst, depth + 1, isWithin))
  return out
}

/** Type parameters of a function that is rewritten like any other part: each must stay a variable. */
function renamed(params: readonly TypeVar[], subst: TypeSubst): TypeVar[] {
  return params.map((p) => {
    const t = subst.get(p.name) ?? p
    if (t.code !== TYPE.TypeVar) throw new DecodeError('MALFORMED', `type parameter ${p.name} of a function is replaced`)
    return t
  })
}

/** {@link applySubst} for a signature; type parameters that got a type are gone. */
export function substFunc(f: FuncType, subst: TypeSubst): FuncType {
  if (subst.size === 0) return f
  return funcOf(
    f.args.map((arg) => applySubst(arg, subst)),
    applySubst(f.range, subst),
    f.typeParams.filter((p) => !subst.has(p.name))
  )
}

/** Substitution of explicit type arguments. */
export function substOf(params: readonly TypeVar[], types: readonly SType[]): TypeSubst {
  if (params.length === 0) return EMPTY_SUBST
  return new Map(params.map((p, i) => [p.name, types[i]!]))
}
