import assert from 'node:assert/strict'
import { describe, it, type TestContext } from 'node:test'
import { toHex } from '../../src/bytes/index.ts'
import { type Header, headerFromFields, type NetworkParameters, parseNetworkFile, verifyPow } from '../../src/chain/index.ts'
import { HeaderChain, HeaderProcessor, type PowVerifier, storeInspector } from '../../src/history/index.ts'
import { BlockStore, checkStore, Database, HeaderStore } from '../../src/store/index.ts'
import { DEVNET_START_MS, devnet, mineHeaders } from '../support/mine-headers.ts'
import { tempDir } from '../support/temp-dir.ts'
import { missing, readBytes, readJsonLines, shared } from '../support/vectors.ts'

const inThread: PowVerifier = { verifyPow: async (headers) => headers.map((h) => verifyPow(h)) }

interface Env {
  chain: HeaderChain
  processor: HeaderProcessor
  reopen(): Promise<void>
}

async function open(t: TestContext, network: NetworkParameters = devnet, now = () => Date.now()): Promise<Env> {
  const dir = tempDir(t)
  let db = await Database.open(dir)
  t.after(() => db.close())
  const make = async (): Promise<[HeaderChain, HeaderProcessor]> => {
    const chain = await HeaderChain.open({ db, network, now })
    return [chain, new HeaderProcessor({ chain, pow: inThread })]
  }
  const [chain, processor] = await make()
  const env: Env = {
    chain,
    processor,
    async reopen() {
      await db.close()
      db = await Database.open(dir)
      ;[env.chain, env.processor] = await make()
    }
  }
  return env
}

const submit = async (env: Env, headers: readonly Header[], source = 'test'): Promise<string[]> => {
  const { outcomes } = await env.processor.submit(
    headers.map((h) => h.bytes),
    source
  )
  return outcomes.map((o) => o.status)
}

const statuses = (list: readonly string[]): Record<string, number> => {
  const out: Record<string, number> = {}
  for (const s of list) out[s] = (out[s] ?? 0) + 1
  return out
}

function assertBest(env: Env, headers: readonly Header[]): void {
  assert.equal(env.chain.height, headers.at(-1)!.height)
  for (const h of headers) assert.equal(toHex(env.chain.store.idAt(h.height)!), h.idHex)
}

describe('headers on their way into the chain', () => {
  for (const name of ['v4', 'vote', 'params']) {
    const files = [`devnet/${name}/chain.jsonl.gz`, `devnet/${name === 'params' ? 'v4' : name}/network.json`]
    it(`recorded devnet ${name}: every header valid, ids and tip as the reference has them`, {
      skip: missing(...files)
    }, async (t) => {
      const network = parseNetworkFile(new TextDecoder().decode(readBytes(shared(files[1]!))))
      const env = await open(t, network)
      const lines = readJsonLines<{ height: number; id: string; header: string }>(shared(files[0]!))
      for (let at = 0; at < lines.length; at += 400) {
        const batch = lines.slice(at, at + 400).map((l) => new Uint8Array(Buffer.from(l.header, 'hex')))
        const { outcomes } = await env.processor.submit(batch.reverse(), 'file')
        assert.deepEqual(statuses(outcomes.map((o) => o.status)), { accepted: batch.length })
      }
      await env.reopen()
      assert.equal(env.chain.height, lines.length)
      for (const line of lines) assert.equal(toHex(env.chain.store.idAt(line.height)!), line.id)
    })
  }

  it('headers in any order, in any batches, end in the same chain', async (t) => {
    const env = await open(t)
    const headers = mineHeaders({ count: 120 })
    const shuffled = [...headers].sort((a, b) => toHex(a.id).localeCompare(toHex(b.id)))
    const seen = []
    for (let at = 0; at < shuffled.length; at += 17) seen.push(...(await submit(env, shuffled.slice(at, at + 17))))
    assertBest(env, headers)
    assert.equal(env.processor.orphans.size, 0)
    assert.equal(statuses(seen).invalid, undefined)
    assert.deepEqual(statuses(await submit(env, headers)), { known: 120 })
  })

  it('names the lowest parent that is missing', async (t) => {
    const env = await open(t)
    const headers = mineHeaders({ count: 60 })
    await submit(env, headers.slice(0, 10))
    await submit(env, [...headers.slice(30, 40), ...headers.slice(20, 29)])
    const missingParents = env.processor.orphans.missingParents(10)
    assert.deepEqual(
      missingParents.map((m) => [m.height, m.idHex]),
      [
        [20, headers[19]!.idHex],
        [30, headers[29]!.idHex]
      ]
    )
    await submit(env, headers.slice(10, 20))
    assertBest(env, headers.slice(0, 29))
    await submit(env, [headers[29]!])
    assertBest(env, headers.slice(0, 40))
  })

  for (const depth of [1, 10, 200, 1000]) {
    it(`a heavier branch replaces the last ${depth} headers, also after a restart`, async (t) => {
      const env = await open(t)
      const main = mineHeaders({ count: depth + 20 })
      await submit(env, main)
      const root = main[19]!
      const branch = mineHeaders({ parent: root, count: depth + 1, salt: 7 })
      // As heavy as the best chain: what was there first stays.
      await submit(env, branch.slice(0, depth))
      assertBest(env, main)
      await env.reopen()
      const changes = (await env.processor.submit([branch[depth]!.bytes], 'test')).changes
      assert.equal(changes.length, 1)
      assert.equal(changes[0]!.removed, depth)
      assert.equal(toHex(changes[0]!.oldTip!.id), main.at(-1)!.idHex)
      assert.equal(changes[0]!.forkHeight, 20)
      const winner = [...main.slice(0, 20), ...branch]
      assertBest(env, winner)
      await env.reopen()
      assertBest(env, winner)
      assert.equal(env.chain.isCanonical(main.at(-1)!.id), false)
      assert.equal(env.chain.header(main.at(-1)!.id)?.idHex, main.at(-1)!.idHex)
      // And back again.
      await submit(env, mineHeaders({ parent: main.at(-1)!, count: 2 }))
      assert.equal(env.chain.isCanonical(main.at(-1)!.id), true)
    })
  }

  it('a process that ends within a deep reorganisation leaves a shorter chain, and the next one goes on from there', async (t) => {
    const dir = tempDir(t)
    let commitsLeft = Number.POSITIVE_INFINITY
    const openChain = async (): Promise<{ db: Database; env: Env }> => {
      const faultPoint = (label: string): void => {
        if (label === 'before:headers' && commitsLeft-- <= 0) throw new Error('the end')
      }
      const db = await Database.open(dir, { faultPoint })
      const chain = await HeaderChain.open({ db, network: devnet, now: () => Date.now() })
      return { db, env: { chain, processor: new HeaderProcessor({ chain, pow: inThread }), reopen: async () => {} } }
    }
    const main = mineHeaders({ count: 4_500 })
    const branch = mineHeaders({ parent: main[9]!, count: 4_491, salt: 5 })
    let { db, env } = await openChain()
    await submit(env, main)
    await submit(env, branch.slice(0, -1))
    commitsLeft = 1
    await assert.rejects(submit(env, branch.slice(-1)), /the end/)
    await db.close()
    commitsLeft = Number.POSITIVE_INFINITY
    db = await Database.open(dir)
    const headers = await HeaderStore.load(db)
    const report = await checkStore({ db, headers, blocks: new BlockStore(db), inspector: storeInspector(devnet) })
    assert.deepEqual([report.problems, report.headers, report.forks], [[], 404, 4_096 + 4_490])
    assert.deepEqual([headers.height, headers.isMoving], [404, true])
    await db.close()
    ;({ db, env } = await openChain())
    t.after(() => db.close())
    // Both branches are as heavy as the other.
    assert.equal(env.chain.bestScore, 4_500n)
    assert.equal(env.chain.store.isMoving, false)
    await submit(env, branch.slice(-1))
    assertBest(env, [...main.slice(0, 10), ...branch])
  })

  it('rule 210: a process that ends while a long branch is marked as invalid goes to the best that is not, next time', async (t) => {
    const dir = tempDir(t)
    let commitsLeft = Number.POSITIVE_INFINITY
    const faultPoint = (label: string): void => {
      if (label === 'before:headers' && commitsLeft-- <= 0) throw new Error('the end')
    }
    let db = await Database.open(dir, { faultPoint })
    const openChain = (): Promise<HeaderChain> => HeaderChain.open({ db, network: devnet, now: () => Date.now() })
    let chain = await openChain()
    const main = mineHeaders({ count: 4_500 })
    const onBad = mineHeaders({ parent: main[4_300]!, count: 150, salt: 6 })
    const good = mineHeaders({ parent: main[49]!, count: 400, salt: 7 })
    await chain.append([...main, ...onBad, ...good])
    commitsLeft = 1
    await assert.rejects(chain.invalidate(main[50]!.id, { height: 51, rule: 119, message: 'test' }), /the end/)
    await db.close()
    db = await Database.open(dir)
    t.after(() => db.close())
    chain = await openChain()
    // Not to what stands on marked headers, though it would be higher: 450 is all that is left, until the block is judged again.
    assert.equal(chain.height, 450)
    assert.equal(toHex(chain.store.bestId!), good.at(-1)!.idHex)
    assert.equal(chain.store.isMoving, false)
  })

  it('rule 211: a header from the future waits, and is taken when its time has come', async (t) => {
    let now = DEVNET_START_MS
    const env = await open(t, devnet, () => now)
    const headers = mineHeaders({ count: 5 })
    assert.deepEqual(await submit(env, headers), ['accepted', 'accepted', 'later', 'orphan', 'orphan'])
    now += 60_000
    assert.deepEqual(await submit(env, [headers[2]!]), ['accepted'])
    assertBest(env, headers)
  })

  it('rule 207: a wrong nonce is refused, remembered in memory and never on disk', async (t) => {
    const env = await open(t)
    const [genesis, second] = mineHeaders({ count: 2 })
    await submit(env, [genesis!])
    // Difficulty 1 accepts nearly every nonce, so the target is made hard instead.
    const bad = headerFromFields({ ...second!.toFields(), nBits: 0x1d00ffff })
    const { outcomes } = await env.processor.submit([bad.bytes], 'test')
    assert.equal(outcomes[0]!.status === 'invalid' && outcomes[0]!.failure.rule, 207)
    assert.equal(env.chain.knownInvalid(bad.id)?.rule, 207)
    await env.reopen()
    assert.equal(env.chain.knownInvalid(bad.id), undefined)
  })

  it('rule 210: an invalid block takes its branch with it, over restarts, and the best other branch wins', async (t) => {
    const env = await open(t)
    const main = mineHeaders({ count: 30 })
    const side = mineHeaders({ parent: main[9]!, count: 12, salt: 3 })
    const low = mineHeaders({ parent: main[14]!, count: 3, salt: 4 })
    await submit(env, [...main, ...side, ...low])
    const change = await env.chain.invalidate(main[11]!.id, { height: 12, rule: 500, message: 'test' })
    assert.deepEqual([change?.forkHeight, change?.removed, toHex(change!.oldTip!.id)], [10, 20, main[29]!.idHex])
    assertBest(env, [...main.slice(0, 10), ...side])
    await env.reopen()
    assert.equal(env.chain.knownInvalid(main[29]!.id)?.rule, 210)
    assert.equal(env.chain.knownInvalid(low[2]!.id)?.rule, 210)
    const [child] = mineHeaders({ parent: main[29]!, count: 1 })
    const { outcomes } = await env.processor.submit([child!.bytes], 'test')
    assert.equal(outcomes[0]!.status === 'invalid' && outcomes[0]!.failure.rule, 210)
    assertBest(env, [...main.slice(0, 10), ...side])
  })

  it('rule 210: what stands on a header that failed is refused at once, in memory only', async (t) => {
    const env = await open(t)
    const [genesis, second, third] = mineHeaders({ count: 3 })
    await submit(env, [genesis!])
    const bad = headerFromFields({ ...second!.toFields(), timestamp: genesis!.timestampExact })
    const child = headerFromFields({ ...third!.toFields(), parentId: bad.id })
    const first = await env.processor.submit([bad.bytes, child.bytes], 'test')
    assert.deepEqual(
      first.outcomes.map((o) => (o.status === 'invalid' ? o.failure.rule : o.status)),
      [205, 210]
    )
    await env.reopen()
    assert.equal(env.chain.knownInvalid(child.id), undefined)
  })

  it('unreadable bytes are named and harm nothing beside them', async (t) => {
    const env = await open(t)
    const headers = mineHeaders({ count: 3 })
    const { outcomes } = await env.processor.submit(
      [headers[0]!.bytes, new Uint8Array(50), headers[1]!.bytes.slice(0, 100), headers[1]!.bytes],
      'x'
    )
    assert.deepEqual(
      outcomes.map((o) => o.status),
      ['accepted', 'unreadable', 'unreadable', 'accepted']
    )
  })

  it('starts at trusted headers above height 1', async (t) => {
    const env = await open(t)
    const headers = mineHeaders({ count: 400 })
    await env.chain.seed(headers.slice(99, 300))
    await env.reopen()
    assert.equal(env.chain.store.base, 100)
    assert.deepEqual(statuses(await submit(env, headers.slice(300))), { accepted: 100 })
    assertBest(env, headers.slice(99))
    await assert.rejects(env.chain.seed(headers), RangeError)
  })

  it('rule 208: an anchor too short to judge an old edge of an epoch is no way to stop the node', async (t) => {
    const env = await open(t)
    const headers = mineHeaders({ count: 400 })
    // An edge every 16 headers; the difficulty behind it follows from nine headers, 128 back.
    await env.chain.seed(headers.slice(99, 300))
    const [side, onTop] = mineHeaders({ parent: headers[111]!, count: 2, salt: 5 })
    const { outcomes } = await env.processor.submit([side!.bytes, onTop!.bytes], 'liar')
    assert.deepEqual(
      outcomes.map((o) => o.status),
      ['later', 'orphan']
    )
    const [first] = outcomes
    assert.ok(first?.status === 'later' && first.failure.severity === 'recoverable')
    assert.equal(first.failure.rule, 208)
    assert.match(first.failure.message, /height 113 cannot be checked by rule 208: the header of height 16 is needed/)
    assert.equal(env.chain.knownInvalid(side!.id), undefined)
    assert.deepEqual(statuses(await submit(env, headers.slice(300))), { accepted: 100 })
    // On the tip it is our fault, and said so: what comes next cannot be told from a lie.
    const short = await open(t)
    await short.chain.seed(headers.slice(300, 352))
    await assert.rejects(submit(short, headers.slice(352, 353)), {
      code: 'HEADER_CONTEXT_MISSING',
      missingHeight: 224,
      message:
        /height 353 .* rule 208: the header of height 224 is needed and not here\. The chain here starts at height 301: .* headers from height 224 on$/
    })
    assert.equal(short.chain.height, 352)
  })

  it('rule 210: a bad block far below the best header takes all of its branch with it, a part at a time', async (t) => {
    const env = await open(t)
    const main = mineHeaders({ count: 6000 })
    const side = mineHeaders({ parent: main[3000]!, count: 20, salt: 3 })
    const other = mineHeaders({ parent: main[99]!, count: 30, salt: 4 })
    for (let at = 0; at < main.length; at += 2000) await submit(env, main.slice(at, at + 2000))
    await submit(env, [...side, ...other])
    const change = await env.chain.invalidate(main[100]!.id, { height: 101, rule: 119, message: 'test' })
    assert.deepEqual([change?.forkHeight, change?.removed, toHex(change!.oldTip!.id)], [100, 5900, main.at(-1)!.idHex])
    const winner = [...main.slice(0, 100), ...other]
    assertBest(env, winner)
    await env.reopen()
    assertBest(env, winner)
    assert.equal(env.chain.knownInvalid(main[100]!.id)?.rule, 119)
    for (const header of [...main.slice(101), ...side]) assert.equal(env.chain.knownInvalid(header.id)?.rule, 210)
    for (const header of winner) assert.equal(env.chain.knownInvalid(header.id), undefined)
  })

  it('one sender cannot fill the buffer of orphans, and what is farthest goes first', async (t) => {
    const env = await open(t)
    const processor = new HeaderProcessor({ chain: env.chain, pow: inThread, maxOrphanBytes: 100_000 })
    const headers = mineHeaders({ count: 300 })
    await processor.submit(
      headers.slice(100).map((h) => h.bytes),
      'greedy'
    )
    assert.ok(processor.orphans.bytes <= 50_000)
    await processor.submit(
      headers.slice(1, 60).map((h) => h.bytes),
      'honest'
    )
    assert.ok(processor.orphans.bytes <= 100_000)
    await processor.submit([headers[0]!.bytes], 'honest')
    assert.ok(env.chain.height >= 60)
  })
})
