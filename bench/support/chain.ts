import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Reader, Writer } from '../../src/bytes/index.ts'
import { encodeCompact, type Header, headerFromFields, PowSolver } from '../../src/chain/index.ts'
import { DEVNET_START_MS, devnet } from '../../test/support/mine-headers.ts'

const MINER = { secretKey: 1234567890123456789n, oneTimeSecret: 987654321987654321n }
/** Slow enough that the difficulty stays at its least. */
const PACE_MS = 1000n

/**
 * Consecutive headers of the devnet from its genesis on. At difficulty 1 the first nonce is a solution, and checking it costs what it
 * costs on mainnet: 33 hashes of 8,200 bytes. Without `solved` the proofs of work are void, for runs that do not look at them.
 */
export function devnetChain(count: number, solved: boolean): Header[] {
  const zeros = new Uint8Array(32)
  const nBits = encodeCompact(devnet.difficulty.initialDifficulty)
  const out: Header[] = []
  for (let height = 1; height <= count; height++) {
    const fields = {
      version: height === 1 ? 1 : 4,
      parentId: out.at(-1)?.id ?? zeros,
      adProofsRoot: zeros,
      transactionsRoot: zeros,
      stateRoot: new Uint8Array(33),
      timestamp: BigInt(DEVNET_START_MS) + BigInt(height) * PACE_MS,
      extensionRoot: zeros,
      nBits,
      height,
      votes: new Uint8Array(3),
      unparsedBytes: new Uint8Array(0)
    }
    const genesis = out[0]
    const solver = genesis === undefined || solved ? new PowSolver(fields, genesis ?? MINER) : undefined
    const found = solver === undefined ? { ...genesis!.powSolution, d: 0n } : solver.search(0n, 1_000)
    if (found === null) throw new Error(`no solution for height ${height}`)
    out.push(headerFromFields({ ...fields, powSolution: found }))
  }
  return out
}

/** A file in which child processes find a chain; removed by the function that comes with it. */
export function chainFile(headers: readonly Header[]): { path: string; remove: () => void } {
  const dir = mkdtempSync(join(tmpdir(), 'ergo-bench-'))
  const path = join(dir, 'chain')
  const w = new Writer(headers.length * 240)
  for (const header of headers) w.ushort(header.size).bytes(header.bytes)
  writeFileSync(path, w.toBytes())
  return { path, remove: () => rmSync(dir, { recursive: true, force: true }) }
}

/** The headers of a {@link chainFile}. */
export function* readChainFile(bytes: Uint8Array): Generator<Uint8Array> {
  const r = new Reader(bytes)
  while (r.remaining > 0) yield r.bytes(r.ushort())
}
