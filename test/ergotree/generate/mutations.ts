import { concatBytes, Writer } from '../../../src/bytes/index.ts'
import { OP } from '../../../src/ergotree/index.ts'
import type { Random } from './random.ts'

const OPERATIONS: readonly number[] = Object.values(OP).filter((code) => code !== OP.Constant)

/** The header byte, whether the length of the rest follows it, and the rest. */
interface Parts {
  readonly header: number
  readonly body: Uint8Array
}

function split(tree: Uint8Array): Parts {
  const header = tree[0] ?? 0
  let start = 1
  if ((header & 8) !== 0) while (start < tree.length && tree[start++]! >= 128);
  return { header, body: tree.subarray(start) }
}

function join({ header, body }: Parts): Uint8Array {
  const w = new Writer(body.length + 8).u8(header)
  if ((header & 8) !== 0) w.uint(body.length)
  return w.bytes(body).toBytes()
}

function changedBytes(body: Uint8Array, random: Random): Uint8Array {
  const out = body.slice()
  if (out.length === 0) return out
  for (let n = 1 + random.below(4); n > 0; n--) {
    const at = random.below(out.length)
    const kind = random.below(4)
    out[at] = kind === 0 ? random.below(256) : kind === 1 ? out[at]! ^ (1 << random.below(8)) : random.pick(OPERATIONS)
    if (kind === 3) out[at] = random.pick([0, 1, 2, 0x7f, 0x80, 0xff])
  }
  return out
}

/** Some bytes of `body` replaced by a part of `other`. */
function spliced(body: Uint8Array, other: Uint8Array, random: Random): Uint8Array {
  const from = random.below(body.length + 1)
  const to = random.chance(0.5) ? from : Math.min(body.length, from + random.below(20))
  const start = random.below(other.length + 1)
  return concatBytes(body.subarray(0, from), other.subarray(start, start + random.below(40)), body.subarray(to))
}

/** Another tree of the bytes of one or two, or of none. The length of the body is right, mostly. */
export function mutateTree(tree: Uint8Array, other: Uint8Array, random: Random): Uint8Array {
  const { header, body } = split(tree)
  switch (random.below(10)) {
    case 0:
      return random.bytes(random.below(200))
    case 1:
      return join({ header: random.below(256), body })
    case 2:
      return changedBytes(tree, random)
    case 3:
      return join({ header, body: random.bytes(random.below(100)) })
    case 4:
    case 5:
    case 6:
      return join({ header, body: spliced(body, split(other).body, random) })
    default:
      return join({ header, body: changedBytes(body, random) })
  }
}
