import { type Code, leb, type ValueType } from './code.ts'

/** A function under construction: parameters are locals 0, 1, …; more come from {@link local}. */
export class FunctionBuilder {
  readonly index: number
  readonly params: readonly ValueType[]
  readonly results: readonly ValueType[]
  readonly #locals: ValueType[] = []
  body: Code = []

  constructor(index: number, params: readonly ValueType[], results: readonly ValueType[]) {
    this.index = index
    this.params = params
    this.results = results
  }

  /** A new local variable. */
  local(type: ValueType): number {
    return this.params.length + this.#locals.push(type) - 1
  }

  locals(type: ValueType, count: number): number[] {
    return Array.from({ length: count }, () => this.local(type))
  }

  encode(): number[] {
    const declarations = this.#locals.flatMap((type) => [1, type])
    const out: number[] = [...leb(this.#locals.length), ...declarations]
    flatten(this.body, out)
    out.push(0x0b)
    return out
  }
}

function flatten(code: Code, out: number[]): void {
  for (const item of code) {
    if (typeof item === 'number') out.push(item)
    else flatten(item, out)
  }
}

function section(id: number, items: readonly number[][]): number[] {
  const body = [...leb(items.length)]
  for (const item of items) for (const byte of item) body.push(byte)
  return [id, ...leb(body.length)].concat(body)
}

function text(value: string): number[] {
  const bytes = [...new TextEncoder().encode(value)]
  return [...leb(bytes.length), ...bytes]
}

/** A module with functions, all working on one memory that it exports as `memory`. */
export class ModuleBuilder {
  readonly #functions: FunctionBuilder[] = []
  readonly #exports: Array<[string, FunctionBuilder]> = []
  readonly #pages: number

  /** @param pages size of the memory in units of 64 KiB; it may grow */
  constructor(pages: number) {
    this.#pages = pages
  }

  /** Adds a function; it can be called by its index at once, before its body is there. */
  function(params: readonly ValueType[], results: readonly ValueType[] = []): FunctionBuilder {
    const f = new FunctionBuilder(this.#functions.length, params, results)
    this.#functions.push(f)
    return f
  }

  export(name: string, f: FunctionBuilder): void {
    this.#exports.push([name, f])
  }

  encode(): Uint8Array<ArrayBuffer> {
    const types = this.#functions.map((f) => [0x60, f.params.length, ...f.params, f.results.length, ...f.results])
    const bodies = this.#functions.map((f) => {
      const code = f.encode()
      return leb(code.length).concat(code)
    })
    const exports = [[...text('memory'), 0x02, 0x00], ...this.#exports.map(([name, f]) => [...text(name), 0x00, ...leb(f.index)])]
    const parts = [
      [0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00],
      section(1, types),
      section(
        3,
        this.#functions.map((_, i) => leb(i))
      ),
      section(5, [[0x00, ...leb(this.#pages)]]),
      section(7, exports),
      section(10, bodies)
    ]
    return new Uint8Array(parts.flat())
  }
}
