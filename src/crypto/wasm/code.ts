/**
 * WebAssembly instructions as nested lists of bytes. An expression leaves one value on the stack, a statement none, so
 * code is written like the formula it stands for: `set(x, i64.add(get(x), i64.load(get(p), 8)))`.
 * Only what the kernels of this room use is here (opcodes: WebAssembly Core Specification, appendix "Index of Instructions").
 */
export type Code = ReadonlyArray<number | Code>

/** Value types. */
export const I32 = 0x7f
export const I64 = 0x7e
export type ValueType = typeof I32 | typeof I64

/** Unsigned LEB128 of a number below 2^32. */
export function leb(value: number): number[] {
  const out: number[] = []
  let v = value >>> 0
  while (v > 0x7f) {
    out.push((v & 0x7f) | 0x80)
    v >>>= 7
  }
  out.push(v)
  return out
}

/** Signed LEB128. */
function signedLeb(value: bigint): number[] {
  const out: number[] = []
  let v = value
  for (;;) {
    const low = Number(v & 0x7fn)
    v >>= 7n
    if ((v === 0n && (low & 0x40) === 0) || (v === -1n && (low & 0x40) !== 0)) {
      out.push(low)
      return out
    }
    out.push(low | 0x80)
  }
}

type Unary = (a: Code) => Code
type Binary = (a: Code, b: Code) => Code
const unary =
  (...op: number[]): Unary =>
  (a) => [a, op]
const binary =
  (...op: number[]): Binary =>
  (a, b) => [a, b, op]
/** Address operand of loads and stores: alignment hint 0 (any), then the constant offset. */
const load =
  (...op: number[]) =>
  (address: Code, offset = 0): Code => [address, op, 0, leb(offset)]
const store =
  (...op: number[]) =>
  (address: Code, offset: number, value: Code): Code => [address, value, op, 0, leb(offset)]

export const get = (local: number): Code => [0x20, leb(local)]
export const set = (local: number, value: Code): Code => [value, 0x21, leb(local)]
export const tee = (local: number, value: Code): Code => [value, 0x22, leb(local)]
export const call = (index: number, ...args: Code[]): Code => [args, 0x10, leb(index)]
/** A body that repeats while the condition, evaluated after it, is not 0. */
export const doWhile = (body: Code, condition: Code): Code => [0x03, 0x40, body, condition, 0x0d, 0x00, 0x0b]
export const when = (condition: Code, then: Code, otherwise: Code = []): Code => [
  condition,
  [0x04, 0x40],
  then,
  otherwise.length > 0 ? [0x05, otherwise] : [],
  0x0b
]
export const returns = (...values: Code[]): Code => [values, 0x0f]

export const i32 = {
  const: (value: number): Code => [0x41, signedLeb(BigInt(value | 0))],
  load: load(0x28),
  load16S: load(0x2e),
  store: store(0x36),
  store8: store(0x3a),
  eqz: unary(0x45),
  eq: binary(0x46),
  ne: binary(0x47),
  ltS: binary(0x48),
  ltU: binary(0x49),
  gtU: binary(0x4b),
  geS: binary(0x4e),
  add: binary(0x6a),
  sub: binary(0x6b),
  mul: binary(0x6c),
  and: binary(0x71),
  shrU: binary(0x76)
}

export const i64 = {
  const: (value: bigint | number): Code => [0x42, signedLeb(BigInt.asIntN(64, BigInt(value)))],
  load: load(0x29),
  store: store(0x37),
  eqz: unary(0x50),
  ne: binary(0x52),
  add: binary(0x7c),
  sub: binary(0x7d),
  mul: binary(0x7e),
  and: binary(0x83),
  or: binary(0x84),
  xor: binary(0x85),
  shl: binary(0x86),
  shrS: binary(0x87),
  shrU: binary(0x88),
  rotr: binary(0x8a),
  extendU: unary(0xad)
}
