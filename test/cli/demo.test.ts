import '../../transports/polyfill.ts'
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { type AddressInfo, connect, createServer } from 'node:net'
import { describe, it } from 'node:test'
import { Cable } from '../../src/cli/demo/cable.ts'
import { DemoError } from '../../src/cli/demo/errors.ts'
import { demoNetwork } from '../../src/cli/demo/network.ts'
import { Stage } from '../../src/cli/demo/stage.ts'
import { tellStory } from '../../src/cli/demo/story.ts'
import { until } from '../../src/cli/demo/wait.ts'
import { devnetOf } from '../support/devnet.ts'

const ESCAPE = '\u001b'

function stageOf(init: { isTTY?: boolean; env?: Record<string, string>; signal?: AbortSignal } = {}): {
  stage: Stage
  text: () => string
} {
  let written = ''
  const stage = new Stage({
    stream: { isTTY: init.isTTY, write: (text: string) => void (written += text) },
    paced: false,
    env: init.env ?? {},
    signal: init.signal ?? new AbortController().signal,
    now: () => performance.now()
  })
  return { stage, text: () => written }
}

interface Ending {
  readonly ok: boolean
  readonly nodes: { height: number; headerId: string; stateRoot: string; reorganisations: number }[]
}

describe('demo', () => {
  it('ends with three nodes on one chain, after a reorganisation on the losing ones', async () => {
    const { stage, text } = stageOf()
    const end = (await tellStory(stage)) as unknown as Ending
    assert.equal(end.ok, true)
    const [north, east, west] = end.nodes
    assert.equal(north!.height, 50)
    for (const node of [east!, west!]) {
      assert.equal(node.headerId, north!.headerId)
      assert.equal(node.stateRoot, north!.stateRoot)
    }
    assert.deepEqual(
      end.nodes.map(({ reorganisations }) => reorganisations),
      [1, 1, 0]
    )
    assert.match(text(), /by the native protocol/)
    assert.match(text(), /by noise and yamux/)
    assert.ok(!text().includes(ESCAPE))
  })

  it('stops when it is told to, and leaves nothing behind', async () => {
    const controller = new AbortController()
    const { stage } = stageOf({ signal: controller.signal })
    setTimeout(() => controller.abort(new Error('enough')), 300)
    await assert.rejects(tellStory(stage))
  })

  it('is on a network like the recorded one, under a magic of its own', () => {
    const recorded = devnetOf('v4')
    const { name, magic, voting, difficulty, monetary, genesisStateDigest } = demoNetwork()
    assert.deepEqual(
      { voting, difficulty, monetary, genesisStateDigest },
      {
        voting: recorded.voting,
        difficulty: recorded.difficulty,
        monetary: recorded.monetary,
        genesisStateDigest: recorded.genesisStateDigest
      }
    )
    assert.notEqual(name, recorded.name)
    assert.notDeepEqual(magic, recorded.magic)
  })
})

describe('stage of a demonstration', () => {
  it('is coloured on a terminal only, and not where colours are unwanted', async () => {
    const show = async (isTTY: boolean, env: Record<string, string> = {}): Promise<string> => {
      const { stage, text } = stageOf({ isTTY, env })
      stage.cast('north', 'cyan')
      await stage.chapter('Title')
      stage.say('north', 'says something')
      await stage.settle()
      return text()
    }
    assert.ok((await show(true)).includes(`${ESCAPE}[1mTitle`))
    assert.ok((await show(true)).includes(`${ESCAPE}[36mnorth`))
    assert.match(await show(false), /^\nTitle\n +\d\.\d s {2}north {3}says something\n$/)
    assert.ok(!(await show(true, { NO_COLOR: '1' })).includes(ESCAPE))
    assert.ok(!(await show(true, { TERM: 'dumb' })).includes(ESCAPE))
  })

  it('says what was waited for in vain', async () => {
    const { signal } = new AbortController()
    await until(() => true, 'nothing', { signal })
    await assert.rejects(
      until(() => false, 'the sun rises', { signal, patienceMs: 20, detail: () => 'it is night' }),
      (error) => error instanceof DemoError && /in vain: the sun rises \(it is night\)/.test(error.message)
    )
  })
})

describe('cable between nodes', () => {
  it('carries bytes both ways, breaks what runs through it, and refuses until it is mended', async (t) => {
    const server = createServer((socket) => socket.on('data', (data) => socket.write(data)).on('error', () => {}))
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
    t.after(() => server.close())
    const cable = await Cable.lay((server.address() as AddressInfo).port)
    t.after(() => cable.remove())
    const dial = () => connect(cable.port, '127.0.0.1').on('error', () => {})
    const echo = async (): Promise<string> => {
      const socket = dial()
      socket.write('hello')
      const [data] = await once(socket, 'data')
      return String(data)
    }
    assert.equal(await echo(), 'hello')
    const open = dial()
    await once(open, 'connect')
    const closed = once(open, 'close')
    cable.cut()
    await closed
    await once(dial(), 'close')
    cable.mend()
    assert.equal(await echo(), 'hello')
  })
})
