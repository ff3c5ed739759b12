/** Named areas of a memory, one after the other: their addresses, and `end`. */
export type Layout<T extends Record<string, number>> = { readonly [K in keyof T]: number } & { readonly end: number }

/** Lays areas of the given sizes out in order, each at a multiple of `alignment` bytes. */
export function layout<const T extends Record<string, number>>(alignment: number, sizes: T): Layout<T> {
  const out: Record<string, number> = {}
  let end = 0
  for (const [name, size] of Object.entries(sizes)) {
    out[name] = end
    end += Math.ceil(size / alignment) * alignment
  }
  return { ...(out as { [K in keyof T]: number }), end }
}
