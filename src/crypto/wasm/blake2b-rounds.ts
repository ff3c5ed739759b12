import { type Code, get, I32, I64, i32, i64, set } from './code.ts'
import type { FunctionBuilder } from './module.ts'

/** RFC 7693, section 2.6 */
const IV: readonly bigint[] = [
  0x6a09e667f3bcc908n,
  0xbb67ae8584caa73bn,
  0x3c6ef372fe94f82bn,
  0xa54ff53a5f1d36f1n,
  0x510e527fade682d1n,
  0x9b05688c2b3e6c1fn,
  0x1f83d9abfb41bd6bn,
  0x5be0cd19137e2179n
]

/** Order of message words in each of the twelve rounds (RFC 7693, section 2.7). */
const SIGMA: readonly string[] = [
  '0123456789abcdef',
  'ea489fd61c02b753',
  'b8c052fdae367194',
  '7931dcbe265a40f8',
  '905724afe1bc683d',
  '2c6a0b834d75fe19',
  'c51fed4a0763928b',
  'db7ec13950f4862a',
  '6fe9b308c2d714a5',
  'a2847615fb9e3cd0',
  '0123456789abcdef',
  'ea489fd61c02b753'
]

/** The four columns, then the four diagonals (RFC 7693, section 3.2). */
const QUARTETS: ReadonlyArray<readonly [number, number, number, number]> = [
  [0, 4, 8, 12],
  [1, 5, 9, 13],
  [2, 6, 10, 14],
  [3, 7, 11, 15],
  [0, 5, 10, 15],
  [1, 6, 11, 12],
  [2, 7, 8, 13],
  [3, 4, 9, 14]
]

/** Parameters of `compress`: block address, byte counter, final flag. */
export const COMPRESS_PARAMS = [I32, I64, I64] as const

/**
 * Fills in `compress(m, t, final)`: mixes the block at address `m` into the state at constant address `state`. `t` counts
 * the message bytes up to the end of the block, `final` is -1 for the last block, else 0.
 *
 * All rounds are written out. Two choices are worth a fifth of the time each on V8: the sixteen message words are locals
 * (the register allocator then keeps them as memory operands of additions, while loads written at the place of use are
 * hoisted and spilled again), and a word is added to `a` before `b` is, because `b` is what the round waits for.
 * Two messages at once in 128-bit lanes were measured, too: on processors whose vector additions take two cycles that is
 * slower than this, on others about equal, so there is one kernel for all.
 */
export function emitCompress(f: FunctionBuilder, state: number): void {
  const [block, t, final] = [0, 1, 2]
  const v = f.locals(I64, 16)
  const m = f.locals(I64, 16)
  const at = i32.const(state)
  const body: Code[] = m.map((local, i) => set(local, i64.load(get(block), 8 * i)))
  for (let i = 0; i < 8; i++) {
    body.push(set(v[i]!, i64.load(at, 8 * i)))
    const extra = i === 4 ? get(t) : i === 6 ? get(final) : undefined
    body.push(set(v[8 + i]!, extra === undefined ? i64.const(IV[i]!) : i64.xor(i64.const(IV[i]!), extra)))
  }
  for (const order of SIGMA) {
    QUARTETS.forEach(([ia, ib, ic, id], q) => {
      const [a, b, c, d] = [v[ia]!, v[ib]!, v[ic]!, v[id]!]
      const word = (k: number): Code => get(m[Number.parseInt(order[2 * q + k]!, 16)]!)
      const mix = (x: Code, first: number, second: number): Code => [
        set(a, i64.add(i64.add(get(a), x), get(b))),
        set(d, i64.rotr(i64.xor(get(d), get(a)), i64.const(first))),
        set(c, i64.add(get(c), get(d))),
        set(b, i64.rotr(i64.xor(get(b), get(c)), i64.const(second)))
      ]
      body.push(mix(word(0), 32, 24), mix(word(1), 16, 63))
    })
  }
  for (let i = 0; i < 8; i++) {
    body.push(i64.store(at, 8 * i, i64.xor(i64.load(at, 8 * i), i64.xor(get(v[i]!), get(v[8 + i]!)))))
  }
  f.body = body
}

/** Fresh state: digest of 32 bytes, no key, no salt, sequential (RFC 7693, section 2.5). */
export function resetState(state: number): Code {
  return IV.map((iv, i) => i64.store(i32.const(state), 8 * i, i64.const(i === 0 ? iv ^ 0x01010020n : iv)))
}
