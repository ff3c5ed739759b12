import { bigIntToBytes, bytesEqual } from '../bytes/index.ts'
import { FieldMemory } from './field-memory.ts'
import { AFFINE_BYTES, GROUP_ORDER, notOnCurve, POINT_BYTES, Point, readsAsIdentity, type Scalar } from './point.ts'
import { BETA, DigitWriter, scalarToBigInt, splitScalar } from './scalar.ts'
import type { Secp256k1 } from './secp256k1-types.ts'
import { CURVE_LAYOUT, CURVE_TABLES, type CurveKernel, emitCurveKernel } from './wasm/curve-kernel.ts'
import { FIELD_BYTES } from './wasm/field-ops.ts'
import { instantiate } from './wasm/runtime.ts'

const { point: POINT, tableA: TABLE_A, tableB: TABLE_B, tableBase: TABLE_BASE } = CURVE_LAYOUT
const POINT_Y = POINT + FIELD_BYTES

/** SEC 2, section 2.4.1 */
const BASE_X = 0x79be667ef9dcbbac55a06295ce870b07029bfcdb2dce28d959f2815b16f81798n
const BASE_Y = 0x483ada7726a3c4655da4fbfc0e1108a8fd17b448a68554199c47d08ffb10d4b8n

/** The field prime 2^256 - 2^32 - 977. */
const PRIME = bigIntToBytes(2n ** 256n - 2n ** 32n - 977n, 32)

/** On our own WebAssembly kernel; `undefined` where the platform does not let it run. Each call makes an instance of its own. */
export function createWasmSecp256k1(): Secp256k1 | undefined {
  const kernel = instantiate<CurveKernel>(emitCurveKernel())
  return kernel === undefined ? undefined : new WasmSecp256k1(kernel)
}

class WasmSecp256k1 implements Secp256k1 {
  readonly backend = 'wasm'
  readonly order = GROUP_ORDER
  readonly generator: Point
  readonly identity = Point.identity()
  readonly #kernel: CurveKernel
  readonly #field: FieldMemory
  readonly #writer = new DigitWriter()
  readonly #digits: Int16Array[]
  readonly #sources: Int32Array
  readonly #generatorBytes: Uint8Array
  /** Encoded points of which the tables are: wallets sign many inputs of a transaction with one key. */
  readonly #tabled = new Map<number, Uint8Array>()

  constructor(kernel: CurveKernel) {
    const { buffer } = kernel.memory
    this.#kernel = kernel
    this.#field = new FieldMemory(buffer)
    this.#sources = new Int32Array(buffer, CURVE_LAYOUT.sources, 8)
    this.#digits = [0, 1, 2, 3].map(
      (i) => new Int16Array(buffer, CURVE_LAYOUT.digits + 2 * CURVE_TABLES.digits * i, CURVE_TABLES.digits)
    )
    const constants: Array<[number, bigint]> = [
      [CURVE_LAYOUT.one, 1n],
      [CURVE_LAYOUT.seven, 7n],
      [CURVE_LAYOUT.beta, BETA],
      [POINT, BASE_X],
      [POINT_Y, BASE_Y]
    ]
    for (const [at, value] of constants) this.#field.write(at, bigIntToBytes(value, 32), 0)
    kernel.table(TABLE_BASE, CURVE_TABLES.baseEntries)
    this.generator = this.#readPoint()
    this.#generatorBytes = this.generator.toBytes()
  }

  decode(bytes: Uint8Array): Point {
    return this.#decompress(bytes) ? this.#readPoint() : this.identity
  }

  isValid(bytes: Uint8Array): boolean {
    try {
      this.#decompress(bytes)
      return true
    } catch {
      return false
    }
  }

  add(a: Point, b: Point): Point {
    if (a.isIdentity) return b
    if (b.isIdentity) return a
    this.#writePoint(a)
    this.#kernel.load()
    this.#writePoint(b)
    this.#kernel.add()
    return this.#result()
  }

  negate(a: Point): Point {
    if (a.isIdentity) return a
    const affine = a.affine.slice()
    // p - y, byte by byte; y is never 0 in a group of odd order.
    let borrow = 0
    for (let i = AFFINE_BYTES - 1; i >= 32; i--) {
      const digit = PRIME[i - 32]! - affine[i]! - borrow
      borrow = digit < 0 ? 1 : 0
      affine[i] = digit
    }
    return new Point(affine, false)
  }

  multiply(a: Point, scalar: Scalar): Point {
    return this.#sum(a.isIdentity ? 0 : this.#addPoint(0, TABLE_A, a, scalarToBigInt(scalar)))
  }

  multiplyBase(scalar: Scalar): Point {
    return this.#sum(this.#addBase(0, scalarToBigInt(scalar)))
  }

  combine(k1: Scalar, a: Point, k2: Scalar, b: Point): Point {
    let streams = 0
    if (!a.isIdentity) streams = this.#addPoint(streams, TABLE_A, a, scalarToBigInt(k1))
    if (!b.isIdentity) streams = this.#addPoint(streams, TABLE_B, b, scalarToBigInt(k2))
    return this.#sum(streams)
  }

  schnorrCommitment(z: Uint8Array, e: Uint8Array, h: Uint8Array): Uint8Array {
    const streams = this.#addEncoded(0, TABLE_A, h, -scalarToBigInt(e))
    return this.#sumEncoded(this.#addBase(streams, scalarToBigInt(z)))
  }

  dhCommitment(z: Uint8Array, e: Uint8Array, g: Uint8Array, u: Uint8Array): Uint8Array {
    const streams = this.#addEncoded(0, TABLE_A, g, scalarToBigInt(z))
    return this.#sumEncoded(this.#addEncoded(streams, TABLE_B, u, -scalarToBigInt(e)))
  }

  /** Puts a point into the kernel; false for the identity. */
  #decompress(bytes: Uint8Array): boolean {
    if (readsAsIdentity(bytes)) return false
    if (!this.#field.write(POINT, bytes, 1) || this.#kernel.decompress(bytes[0]! & 1) === 0) throw notOnCurve()
    return true
  }

  #writePoint(p: Point): void {
    this.#field.write(POINT, p.affine, 0)
    this.#field.write(POINT_Y, p.affine, 32)
  }

  #readPoint(): Point {
    const affine = new Uint8Array(AFFINE_BYTES)
    this.#field.read(POINT, affine, 0)
    this.#field.read(POINT_Y, affine, 32)
    return new Point(affine, false)
  }

  /** Each of these adds two streams, `k` of either sign times a point, and returns the number of streams so far. */
  #addPoint(streams: number, table: number, p: Point, k: bigint): number {
    if (p === this.generator) return this.#addBase(streams, k)
    this.#writePoint(p)
    this.#tabled.delete(table)
    this.#kernel.table(table, CURVE_TABLES.pointEntries)
    return this.#addStreams(streams, table, CURVE_TABLES.pointWindow, k)
  }

  #addEncoded(streams: number, table: number, bytes: Uint8Array, k: bigint): number {
    if (bytesEqual(bytes, this.#generatorBytes)) return this.#addBase(streams, k)
    const tabled = this.#tabled.get(table)
    if (tabled === undefined || !bytesEqual(bytes, tabled)) {
      if (!this.#decompress(bytes)) return streams
      this.#kernel.table(table, CURVE_TABLES.pointEntries)
      this.#tabled.set(table, bytes.slice())
    }
    return this.#addStreams(streams, table, CURVE_TABLES.pointWindow, k)
  }

  #addBase(streams: number, k: bigint): number {
    return this.#addStreams(streams, TABLE_BASE, CURVE_TABLES.baseWindow, k)
  }

  #addStreams(streams: number, table: number, window: number, k: bigint): number {
    const [k1, k2] = splitScalar(k < 0n ? -k : k)
    this.#writer.write(k < 0n ? -k1 : k1, window, this.#digits[streams]!)
    this.#writer.write(k < 0n ? -k2 : k2, window, this.#digits[streams + 1]!)
    this.#sources[2 * streams] = table
    this.#sources[2 * streams + 1] = CURVE_TABLES.plainX
    this.#sources[2 * streams + 2] = table
    this.#sources[2 * streams + 3] = CURVE_TABLES.lambdaX
    return streams + 2
  }

  #sum(streams: number): Point {
    if (streams === 0) return this.identity
    this.#kernel.combine(streams)
    return this.#result()
  }

  #result(): Point {
    return this.#kernel.store() === 0 ? this.identity : this.#readPoint()
  }

  #sumEncoded(streams: number): Uint8Array {
    const out = new Uint8Array(POINT_BYTES)
    if (streams === 0) return out
    this.#kernel.combine(streams)
    if (this.#kernel.store() === 0) return out
    out[0] = this.#field.isOdd(POINT_Y) ? 3 : 2
    this.#field.read(POINT, out, 1)
    return out
  }
}
