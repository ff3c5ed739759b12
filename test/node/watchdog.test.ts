/** Invariant: the node never stands still without saying why. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { type Stall, Watchdog } from '../../src/node/index.ts'
import type { Phase } from '../../src/telemetry/index.ts'

interface World {
  readonly dog: Watchdog
  readonly stalls: Array<Stall & { action: string }>
  recovered: number
  phase: Phase
  progress: number
  /** Lets seconds pass, one look each. */
  pass(seconds: number, each?: (second: number) => void): void
}

function world(): World {
  let now = 1_000_000
  const stalls: World['stalls'] = []
  const w = { stalls, recovered: 0, phase: 'headers' as Phase, progress: 100 }
  const dog = new Watchdog({
    look: () => ({ phase: w.phase, progress: w.progress, waitingFor: '400 headers, the oldest request of 9 s ago to 1.2.3.4' }),
    act: (stall) => `dropped the peer of phase ${stall.phase}`,
    onStall: (stall) => stalls.push(stall),
    onRecovered: () => void w.recovered++,
    now: () => now
  })
  return Object.assign(w, {
    dog,
    pass: (seconds: number, each: (second: number) => void = () => {}) => {
      for (let i = 0; i < seconds; i++) {
        now += 1_000
        each(i)
        dog.check()
      }
    }
  })
}

const PATIENCE: ReadonlyArray<[Phase, number]> = [
  ['connecting', 30],
  ['headers', 20],
  ['blocks', 30],
  ['synced', 1_800]
]

describe('watchdog', () => {
  for (const [phase, patience] of PATIENCE) {
    it(`phase ${phase}: a stall after ${patience} s without progress, with phase, what, whom and action`, () => {
      const w = world()
      w.phase = phase
      w.pass(patience)
      assert.deepEqual(w.stalls, [])
      assert.equal(w.dog.stalled, false)
      w.pass(1)
      assert.deepEqual(w.stalls, [
        {
          phase,
          waitingFor: '400 headers, the oldest request of 9 s ago to 1.2.3.4',
          sinceMs: patience * 1_000,
          action: `dropped the peer of phase ${phase}`
        }
      ])
      assert.equal(w.dog.stalled, true)
    })
  }

  it('says so again each time the patience runs out once more, and acts each time', () => {
    const w = world()
    w.pass(61)
    assert.deepEqual(
      w.stalls.map((s) => s.sinceMs),
      [20_000, 40_000, 60_000]
    )
  })

  it('any progress ends the stall and starts the clock anew', () => {
    const w = world()
    w.pass(21)
    w.progress++
    w.pass(1)
    assert.deepEqual([w.dog.stalled, w.recovered], [false, 1])
    w.pass(19)
    assert.equal(w.stalls.length, 1)
    w.pass(1)
    assert.equal(w.stalls.length, 2)
  })

  it('slow progress is progress', () => {
    const w = world()
    w.pass(600, (second) => {
      if (second % 15 === 0) w.progress++
    })
    assert.deepEqual(w.stalls, [])
  })

  it('peers that come and go, and the phase with them, do not put it off', () => {
    const w = world()
    // Ten seconds with a peer that delivers nothing, one without, and again.
    w.pass(120, (second) => {
      w.phase = second % 11 === 10 ? 'connecting' : 'headers'
    })
    assert.ok(w.stalls.length >= 3, `${w.stalls.length} stalls in two minutes`)
    assert.ok(w.stalls.every((s) => s.phase === 'headers'))
  })

  it('a quiet half hour at the tip does not count against the phase that follows', () => {
    const w = world()
    w.phase = 'synced'
    w.pass(1_500)
    w.phase = 'headers'
    w.pass(19)
    assert.deepEqual(w.stalls, [])
  })

  it('a branch that is undone is a move, too', () => {
    const w = world()
    w.pass(15)
    w.progress -= 3
    w.pass(15)
    assert.deepEqual(w.stalls, [])
  })

  it('looks by itself while it runs, and does not keep the process alive', async () => {
    let looks = 0
    const dog = new Watchdog({
      look: () => {
        looks++
        return { phase: 'headers', progress: 0, waitingFor: '' }
      },
      act: () => '',
      onStall: () => {},
      onRecovered: () => {},
      now: () => Date.now(),
      intervalMs: 5
    })
    dog.start()
    await new Promise((resolve) => setTimeout(resolve, 100))
    dog.stop()
    const seen = looks
    assert.ok(seen >= 3)
    await new Promise((resolve) => setTimeout(resolve, 50))
    assert.equal(looks, seen)
  })
})
