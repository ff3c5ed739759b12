import { COMPRESS_PARAMS, emitCompress, resetState } from './blake2b-rounds.ts'
import { type Code, call, doWhile, get, I32, I64, i32, i64, set, tee, when } from './code.ts'
import { layout } from './layout.ts'
import { type FunctionBuilder, ModuleBuilder } from './module.ts'
import { WASM_PAGE_BYTES, type WasmMemory } from './runtime.ts'

const BLOCK_BYTES = 128
const DIGEST_BYTES = 32
/** Message length of an inner Merkle node: 01, left, right. */
const NODE_BYTES = 1 + 2 * DIGEST_BYTES
/** An element of the Autolykos table: 8,200 bytes in version 2 and 8,294 in version 1 are 65 blocks each. */
const ELEMENT_BYTES = 65 * BLOCK_BYTES
/** Elements that one call can make: those of one solution. */
const ELEMENTS = 32
/** Bytes that the caller may place at `input` at once; with the state well inside a first-level cache. */
const INPUT_BYTES = 16_384
/** Widest Merkle level that the module keeps: the caller hashes wider trees node by node. */
const LEVEL_NODES = 2_048

/** Addresses in the memory of the module. */
export const BLAKE2B_LAYOUT = layout(BLOCK_BYTES, {
  state: 64,
  count: 8,
  /** One digest. */
  output: DIGEST_BYTES,
  node: BLOCK_BYTES,
  /** First four bytes of each element wanted, big-endian. */
  indexes: 4 * ELEMENTS,
  /** Their digests. */
  elements: DIGEST_BYTES * ELEMENTS,
  /** A message. What follows it within its last block is overwritten, with up to seven bytes beyond. */
  input: INPUT_BYTES + BLOCK_BYTES,
  /** A level of a Merkle tree. */
  level: LEVEL_NODES * DIGEST_BYTES,
  elementV1: ELEMENT_BYTES + BLOCK_BYTES,
  elementV2: ELEMENT_BYTES + BLOCK_BYTES
})

export const BLAKE2B_LIMITS = { inputBytes: INPUT_BYTES, levelNodes: LEVEL_NODES } as const

/** What the module exports. Addresses and lengths are in bytes. */
export interface Blake2bKernel {
  readonly memory: WasmMemory
  /** Starts a message that is given in pieces. */
  begin(): void
  /** Takes `blocks` whole blocks, none of them the last. */
  update(from: number, blocks: number): void
  /** Takes the rest, at least one byte unless the message is empty, and writes the digest. */
  finish(from: number, length: number, to: number): void
  /** `begin` and `finish`. */
  hash(from: number, length: number, to: number): void
  /** Digests of the message at `from` with each of `count` (at least 1) entries of `indexes` in place of its first four bytes. */
  elements(from: number, length: number, count: number): void
  /** Merkle root of `count` (at least 1) node hashes that stand in `level`, written over the first of them. */
  merkle(count: number): void
}

/** Bytes of the module. */
export function emitBlake2bKernel(): Uint8Array<ArrayBuffer> {
  const module = new ModuleBuilder(Math.ceil(BLAKE2B_LAYOUT.end / WASM_PAGE_BYTES))
  const compress = module.function(COMPRESS_PARAMS)
  emitCompress(compress, BLAKE2B_LAYOUT.state)
  const begin = module.function([])
  begin.body = [resetState(BLAKE2B_LAYOUT.state), i64.store(countAt, 0, i64.const(0))]
  const update = module.function([I32, I32])
  emitUpdate(update, compress)
  const finish = module.function([I32, I32, I32])
  emitFinish(finish, compress)
  const hash = module.function([I32, I32, I32])
  hash.body = [call(begin.index), call(finish.index, get(0), get(1), get(2))]
  const elements = module.function([I32, I32, I32])
  emitElements(elements, hash)
  const node = module.function([I32, I32])
  emitNode(node, compress)
  const merkle = module.function([I32])
  emitMerkle(merkle, node, hash)
  for (const [name, f] of Object.entries({ begin, update, finish, hash, elements, merkle })) module.export(name, f)
  return module.encode()
}

const countAt = i32.const(BLAKE2B_LAYOUT.count)

/** Moves an address or counter on. */
const advance = (local: number, by: number): Code => set(local, i32.add(get(local), i32.const(by)))

function writeDigest(to: Code): Code {
  return [0, 8, 16, 24].map((i) => i64.store(to, i, i64.load(i32.const(BLAKE2B_LAYOUT.state), i)))
}

function emitUpdate(f: FunctionBuilder, compress: FunctionBuilder): void {
  const [from, blocks] = [0, 1]
  f.body = when(
    get(blocks),
    doWhile(
      [
        i64.store(countAt, 0, i64.add(i64.load(countAt), i64.const(BLOCK_BYTES))),
        call(compress.index, get(from), i64.load(countAt), i64.const(0)),
        advance(from, BLOCK_BYTES)
      ],
      tee(blocks, i32.sub(get(blocks), i32.const(1)))
    )
  )
}

function emitFinish(f: FunctionBuilder, compress: FunctionBuilder): void {
  const [from, length, to] = [0, 1, 2]
  const t = f.local(I64)
  const p = f.local(I32)
  const end = f.local(I32)
  const more = i32.gtU(get(length), i32.const(BLOCK_BYTES))
  f.body = [
    set(t, i64.load(countAt)),
    when(
      more,
      doWhile(
        [
          set(t, i64.add(get(t), i64.const(BLOCK_BYTES))),
          call(compress.index, get(from), get(t), i64.const(0)),
          advance(from, BLOCK_BYTES),
          advance(length, -BLOCK_BYTES)
        ],
        more
      )
    ),
    set(p, i32.add(get(from), get(length))),
    set(end, i32.add(get(from), i32.const(BLOCK_BYTES))),
    when(i32.ltU(get(p), get(end)), doWhile([i64.store(get(p), 0, i64.const(0)), advance(p, 8)], i32.ltU(get(p), get(end)))),
    call(compress.index, get(from), i64.add(get(t), i64.extendU(get(length))), i64.const(-1)),
    writeDigest(get(to))
  ]
}

function emitElements(f: FunctionBuilder, hash: FunctionBuilder): void {
  const [from, length, count] = [0, 1, 2]
  const index = f.local(I32)
  const to = f.local(I32)
  f.body = [
    set(index, i32.const(BLAKE2B_LAYOUT.indexes)),
    set(to, i32.const(BLAKE2B_LAYOUT.elements)),
    doWhile(
      [
        i32.store(get(from), 0, i32.load(get(index))),
        call(hash.index, get(from), get(length), get(to)),
        advance(index, 4),
        advance(to, DIGEST_BYTES)
      ],
      tee(count, i32.sub(get(count), i32.const(1)))
    )
  ]
}

/** `(children, to)`: hash of an inner node from its 64 bytes of children. All words of 01 || left || right are a byte out of step. */
function emitNode(f: FunctionBuilder, compress: FunctionBuilder): void {
  const [children, to] = [0, 1]
  const block = i32.const(BLAKE2B_LAYOUT.node)
  f.body = [
    i64.store(block, 0, i64.or(i64.shl(i64.load(get(children)), i64.const(8)), i64.const(1))),
    [8, 16, 24, 32, 40, 48, 56].map((i) => i64.store(block, i, i64.load(get(children), i - 1))),
    i64.store(block, 64, i64.shrU(i64.load(get(children), 56), i64.const(56))),
    resetState(BLAKE2B_LAYOUT.state),
    call(compress.index, block, i64.const(NODE_BYTES), i64.const(-1)),
    writeDigest(get(to))
  ]
}

function emitMerkle(f: FunctionBuilder, node: FunctionBuilder, hash: FunctionBuilder): void {
  const count = 0
  const left = f.local(I32)
  const from = f.local(I32)
  const to = f.local(I32)
  const pairsLeft = i32.gtU(get(left), i32.const(1))
  const input = i32.const(BLAKE2B_LAYOUT.input)
  f.body = doWhile(
    [
      set(left, get(count)),
      set(from, i32.const(BLAKE2B_LAYOUT.level)),
      set(to, get(from)),
      when(
        pairsLeft,
        doWhile(
          [call(node.index, get(from), get(to)), advance(from, 2 * DIGEST_BYTES), advance(to, DIGEST_BYTES), advance(left, -2)],
          pairsLeft
        )
      ),
      // An odd last node has no neighbour: 01 || left.
      when(get(left), [
        i32.store8(input, 0, i32.const(1)),
        [0, 8, 16, 24].map((i) => i64.store(input, 1 + i, i64.load(get(from), i))),
        call(hash.index, input, i32.const(1 + DIGEST_BYTES), get(to))
      ])
    ],
    i32.gtU(tee(count, i32.shrU(i32.add(get(count), i32.const(1)), i32.const(1))), i32.const(1))
  )
}
