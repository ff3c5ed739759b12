import { fromHex, toHex, Writer } from '../../../src/bytes/index.ts'
import {
  applySubst,
  collOf,
  type FuncType,
  OP,
  optionOf,
  pairOf,
  SAvlTree,
  SBoolean,
  SBox,
  SBoxArray,
  SByte,
  SContext,
  SGlobal,
  SHeader,
  SHeaderArray,
  SInt,
  SIntArray,
  SPreHeader,
  SSigmaProp,
  type SType,
  typeEquals,
  unifyTypes
} from '../../../src/ergotree/index.ts'
import { hasConstants, randomConstant, typeHex } from './constants.ts'
import { CALLABLE, hasOperation, NUMERIC, OPERATIONS, TYPES, withoutSizes } from './palette.ts'
import type { Random } from './random.ts'

const VERSIONS = { activated: 2, tree: 0 }

/** What a script can find in its context. */
export interface Surroundings {
  /** Types of R4, R5, ... of every box. */
  readonly registers: readonly SType[]
  /** Types of the context variables 1, 2, ... */
  readonly variables: readonly SType[]
  /** Ids of variables with the bytes of an expression, by its type. */
  readonly expressions: ReadonlyArray<readonly [id: number, tpe: SType]>
}

/** How often an expression is of a type that does not belong there. */
const MISTYPED = 0.01

interface Definition {
  readonly id: number
  readonly tpe: SType
}

type Env = readonly Definition[]
type Choice = readonly [weight: number, make: () => string]

function hex(op: number): string {
  return op.toString(16).padStart(2, '0')
}

function vlq(n: number): string {
  return toHex(new Writer().uint(n).toBytes())
}

function zigZagIndex(n: number): string {
  return `04${vlq(n * 2)}`
}

/** Makes random scripts: typed well, nearly always, and so reaching far before they fail. */
export class ScriptMaker {
  readonly #random: Random
  readonly #around: Surroundings
  #nextId = 1
  #constants: string[] | undefined = undefined
  #isWellTyped = true

  constructor(random: Random, around: Surroundings) {
    this.#random = random
    this.#around = around
  }

  /** Is there nothing in the last tree that does not belong where it stands? */
  get isWellTyped(): boolean {
    return this.#isWellTyped
  }

  /** A tree of version 0, 1 or 2 whose root is a proposition. */
  tree(depth: number): Uint8Array {
    this.#nextId = 1
    this.#isWellTyped = true
    this.#constants = this.#random.chance(0.5) ? [] : undefined
    const root = this.expression(SSigmaProp, depth, [])
    const constants: string[] | undefined = this.#constants
    const version = this.#random.below(3)
    const segregation = constants === undefined ? '' : vlq(constants.length) + constants.join('')
    const body = fromHex(segregation + root)
    const header = version | (constants === undefined ? 0 : 0x10) | (version > 0 ? 8 : 0)
    return fromHex(hex(header) + (version > 0 ? vlq(body.length) : '') + toHex(body))
  }

  /** An expression that stands for itself, in hex. */
  standalone(tpe: SType, depth: number): string {
    this.#constants = undefined
    return this.expression(tpe, depth, [])
  }

  expression(tpe: SType, depth: number, env: Env): string {
    const wanted = this.#random.chance(MISTYPED) ? this.#otherType(tpe) : tpe
    if (depth <= 0) return this.#leaf(wanted, env)
    const d = depth - 1
    const choices: Choice[] = [
      [depth > 2 ? 1 : 3, () => this.#leaf(wanted, env)],
      ...this.#anyType(wanted, d, env),
      ...this.#ofType(wanted, d, env)
    ]
    let left = this.#random.below(choices.reduce((sum, [weight]) => sum + weight, 0))
    for (const [weight, make] of choices) {
      left -= weight
      if (left < 0) return make()
    }
    throw new Error('unreachable')
  }

  /** A type that is wrong here. Not one that only differs in a size of integers, which compiled Scala.js does not tell apart. */
  #otherType(tpe: SType): SType {
    const other = this.#type()
    if (typeEquals(withoutSizes(other), withoutSizes(tpe))) return tpe
    this.#isWellTyped = false
    return other
  }

  #type(): SType {
    return this.#random.pick(TYPES)
  }

  #op(op: number, types: readonly SType[], depth: number, env: Env): string {
    return hex(op) + types.map((t) => this.expression(t, depth, env)).join('')
  }

  #constant(tpe: SType): string {
    const constant = randomConstant(tpe, this.#random)
    if (this.#constants === undefined || this.#random.chance(0.2)) return constant
    this.#constants.push(constant)
    return hex(OP.ConstantPlaceholder) + vlq(this.#constants.length - 1)
  }

  #leaf(tpe: SType, env: Env): string {
    const known = env.filter((d) => typeEquals(d.tpe, tpe))
    if (known.length > 0 && this.#random.chance(0.7)) return hex(OP.ValUse) + vlq(this.#random.pick(known).id)
    const boxes = hex(this.#random.pick([OP.Inputs, OP.Outputs]))
    switch (tpe) {
      case SBox:
        return this.#random.chance(0.5) ? hex(OP.Self) : `b2${boxes}${zigZagIndex(this.#random.chance(0.95) ? 0 : 2)}00`
      case SBoxArray:
        return this.#random.chance(0.7) ? boxes : 'db6501fe'
      case SHeader:
        return `b2db6502fe${zigZagIndex(this.#random.below(3))}00`
      case SHeaderArray:
        return 'db6502fe'
      case SPreHeader:
        return 'db6503fe'
      case SContext:
        return hex(OP.Context)
      case SGlobal:
        return hex(OP.Global)
      case SAvlTree:
        if (this.#random.chance(0.3)) return hex(OP.LastBlockUtxoRootHash)
    }
    if (hasConstants(tpe)) return this.#constant(tpe)
    switch (tpe.code) {
      case 12:
        return hex(OP.ConcreteCollection) + this.#items(tpe.elem, this.#random.below(3), 0, env)
      case 36:
        return this.#option(tpe.elem, 0, env)
      case 96:
        return hex(OP.Tuple) + vlq(tpe.items.length) + tpe.items.map((t) => this.#leaf(t, env)).join('')
      default:
        throw new Error(`nothing of type ${tpe.code}`)
    }
  }

  #items(elem: SType, n: number, depth: number, env: Env): string {
    return vlq(n) + typeHex(elem) + Array.from({ length: n }, () => this.expression(elem, depth, env)).join('')
  }

  /** An option from a variable or register, most often one that is there. */
  #option(elem: SType, depth: number, env: Env): string {
    const { registers, variables } = this.#around
    const register = registers.findIndex((t) => typeEquals(t, elem))
    if (register >= 0 && this.#random.chance(0.5)) {
      return hex(OP.ExtractRegisterAs) + this.expression(SBox, depth, env) + hex(4 + register) + typeHex(elem)
    }
    const variable = variables.findIndex((t) => typeEquals(t, elem))
    const id = variable >= 0 ? variable + 1 : this.#random.chance(0.005) ? 1 : 100
    return hex(OP.GetVar) + hex(id) + typeHex(elem)
  }

  /** Is there a register or variable of this type? Now and then the answer is a lie. */
  #isFound(tpe: SType): boolean {
    const { registers, variables } = this.#around
    return this.#random.chance(0.02) || [...registers, ...variables].some((t) => typeEquals(t, tpe))
  }

  #lambda(argument: SType, result: SType, depth: number, env: Env): string {
    const id = this.#nextId++
    return `d901${vlq(id)}${typeHex(argument)}${this.expression(result, depth, [...env, { id, tpe: argument }])}`
  }

  #block(tpe: SType, depth: number, env: Env): string {
    const n = 1 + this.#random.below(3)
    const definitions: Definition[] = [...env]
    let items = ''
    for (let i = 0; i < n; i++) {
      const type = this.#type()
      const rhs = this.expression(type, depth, definitions)
      const id = this.#nextId++
      items += `d6${vlq(id)}${rhs}`
      definitions.push({ id, tpe: type })
    }
    return `d8${vlq(n)}${items}${this.expression(tpe, depth, definitions)}`
  }

  /** What gives a value of any type. */
  #anyType(tpe: SType, d: number, env: Env): Choice[] {
    const choices: Choice[] = [
      [3, () => this.#op(OP.If, [SBoolean, tpe, tpe], d, env)],
      [3, () => this.#block(tpe, d, env)],
      [
        1,
        () => {
          const argument = this.#type()
          return `da${this.#lambda(argument, tpe, d, env)}01${this.expression(argument, d, env)}`
        }
      ],
      [1, () => `${hex(OP.SelectField) + this.expression(pairOf(tpe, this.#type()), d, env)}01`],
      [1, () => `${hex(OP.SelectField) + this.expression(pairOf(this.#type(), tpe), d, env)}02`],
      [
        1,
        () => {
          const elem = this.#type()
          const [input, zero] = [this.expression(collOf(elem), d, env), this.expression(tpe, d, env)]
          return hex(OP.Fold) + input + zero + this.#lambda(pairOf(tpe, elem), tpe, d, env)
        }
      ],
      [1, () => this.#byIndex(tpe, d, env)],
      [6, () => this.#call(tpe, d, env)]
    ]
    if (tpe.code !== 36) {
      if (this.#isFound(tpe)) choices.push([2, () => hex(OP.OptionGet) + this.#option(tpe, d, env)])
      choices.push([2, () => this.#op(OP.OptionGetOrElse, [optionOf(tpe), tpe], d, env)])
    }
    for (const [id, type] of this.#around.expressions) {
      if (typeEquals(type, tpe)) choices.push([1, () => `d4${typeHex(tpe)}${hex(id)}`])
    }
    return choices
  }

  #byIndex(tpe: SType, d: number, env: Env): string {
    const input = this.expression(collOf(tpe), d, env)
    const withDefault = this.#random.chance(0.9)
    const index = this.#random.chance(0.5) ? this.expression(SInt, d, env) : zigZagIndex(0)
    return hex(OP.ByIndex) + input + index + (withDefault ? `01${this.expression(tpe, d, env)}` : '00')
  }

  #call(tpe: SType, d: number, env: Env): string {
    const method = this.#random.pick(CALLABLE)
    const bound = unifyTypes(method.signature.range, tpe, VERSIONS)
    if (bound === undefined || (hasOperation(method) && !this.#random.chance(0.03))) return this.expression(tpe, d, env)
    if (!typeEquals(applySubst(method.signature.range, bound), tpe)) return this.expression(tpe, d, env)
    const all = new Map(method.signature.typeParams.map((p) => [p.name, bound.get(p.name) ?? this.#type()]))
    const [self, ...args] = method.signature.args.map((t) => applySubst(t, all))
    const name = hex(method.typeId) + hex(method.methodId)
    const object = this.expression(self!, d, env)
    if (args.length === 0) return `db${name}${object}`
    return `dc${name}${object}${vlq(args.length)}${args.map((t) => this.#argument(t, d, env)).join('')}`
  }

  #argument(tpe: SType, d: number, env: Env): string {
    if (tpe.code !== 112) return this.expression(tpe, d, env)
    const { args, range }: FuncType = tpe
    return this.#lambda(args.length === 1 ? args[0]! : pairOf(args[0]!, args[1]!), range, d, env)
  }

  /** Operations that give this very type. */
  #ofType(tpe: SType, d: number, env: Env): Choice[] {
    const choices = OPERATIONS.filter(({ result }) => typeEquals(result, tpe)).map(
      ({ weight, codes, args }): Choice => [weight, () => this.#op(this.#random.pick(codes), args, d, env)]
    )
    switch (tpe.code) {
      case 1:
        return [...choices, ...this.#booleans(d, env)]
      case 2:
      case 3:
      case 4:
      case 5:
      case 6:
        choices.push([2, () => this.#cast(tpe, d, env)])
        if (tpe === SInt) choices.push([4, () => this.#op(OP.SizeOf, [collOf(this.#type())], d, env)])
        break
      case 8:
        choices.push([3, () => hex(OP.SigmaAnd) + this.#propositions(d, env)])
        choices.push([3, () => hex(OP.SigmaOr) + this.#propositions(d, env)])
        break
      case 12:
        return [...choices, ...this.#collections(tpe.elem, d, env)]
      case 36:
        choices.push([4, () => this.#option(tpe.elem, d, env)])
        break
      case 96:
        choices.push([4, () => hex(OP.Tuple) + vlq(tpe.items.length) + tpe.items.map((t) => this.expression(t, d, env)).join('')])
    }
    return choices
  }

  #propositions(d: number, env: Env): string {
    const n = 1 + this.#random.below(3)
    return vlq(n) + Array.from({ length: n }, () => this.expression(SSigmaProp, d, env)).join('')
  }

  #cast(tpe: SType, d: number, env: Env): string {
    const from = NUMERIC.indexOf(tpe as (typeof NUMERIC)[number])
    const other = this.#random.below(NUMERIC.length)
    return hex(other <= from ? OP.Upcast : OP.Downcast) + this.expression(NUMERIC[other]!, d, env) + typeHex(tpe)
  }

  #booleans(d: number, env: Env): Choice[] {
    const equality = (): string => {
      const type = this.#type()
      return this.#op(this.#random.pick([OP.EQ, OP.NEQ]), [type, type], d, env)
    }
    const order = (): string => {
      const left = this.#random.pick(NUMERIC)
      const right = this.#random.chance(0.8) ? left : this.#random.pick(NUMERIC)
      return this.#op(this.#random.pick([OP.GT, OP.GE, OP.LT, OP.LE]), [left, right], d, env)
    }
    const quantifier = (): string => {
      const elem = this.#type()
      const input = this.expression(collOf(elem), d, env)
      return hex(this.#random.pick([OP.Exists, OP.ForAll])) + input + this.#lambda(elem, SBoolean, d, env)
    }
    return [
      [8, equality],
      [6, order],
      [3, quantifier],
      [1, () => this.#op(OP.OptionIsDefined, [optionOf(this.#type())], d, env)]
    ]
  }

  #collections(elem: SType, d: number, env: Env): Choice[] {
    const self = collOf(elem)
    const map = (): string => {
      const from = this.#type()
      return hex(OP.MapCollection) + this.expression(collOf(from), d, env) + this.#lambda(from, elem, d, env)
    }
    const choices: Choice[] = [
      [3, () => hex(OP.ConcreteCollection) + this.#items(elem, this.#random.below(4), d, env)],
      [2, () => this.#op(OP.Append, [self, self], d, env)],
      [2, () => this.#op(OP.Slice, [self, SInt, SInt], d, env)],
      [2, () => hex(OP.Filter) + this.expression(self, d, env) + this.#lambda(elem, SBoolean, d, env)],
      [3, map]
    ]
    if (elem === SByte) choices.push([1, () => this.#substitution(env)])
    return choices
  }

  /** Replaces the only constant of a script, if positions and values are as many. */
  #substitution(env: Env): string {
    const script = '0e06100104027300'
    return hex(OP.SubstConstants) + script + this.expression(SIntArray, 0, env) + this.expression(SIntArray, 0, env)
  }
}
