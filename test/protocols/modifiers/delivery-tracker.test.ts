import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import {
  type DeliveryLimits,
  type DeliveryStatus,
  DeliveryTracker,
  DeliveryTransitionError
} from '../../../protocols/modifiers/index.ts'

const K = 'aa:102'
const PEER = 1
const OTHER = 2

function tracker(limits: Partial<DeliveryLimits> = {}): { tracker: DeliveryTracker; clock: { ms: number } } {
  const clock = { ms: 1000 }
  return { tracker: new DeliveryTracker(() => clock.ms, limits), clock }
}

/** A tracker with the key in a state. */
function inState(status: DeliveryStatus): DeliveryTracker {
  const t = tracker().tracker
  if (status === 'requested') t.request(K, PEER)
  if (status === 'received') {
    t.request(K, PEER)
    t.receive(K, PEER)
  }
  if (status === 'held') t.hold(K)
  if (status === 'invalid') t.invalidate(K)
  assert.equal(t.status(K), status)
  return t
}

/**
 * `DeliveryTracker.scala`: `isCorrectTransition` and the places that set states. A string is the state afterwards, undefined a
 * transition that the reference calls illegal.
 */
const TABLE: Record<
  DeliveryStatus,
  Record<'request' | 'receive' | 'hold' | 'invalidate' | 'expire' | 'forget', DeliveryStatus | undefined>
> = {
  unknown: {
    request: 'requested',
    receive: 'received',
    hold: 'held',
    invalidate: 'invalid',
    expire: undefined,
    forget: undefined
  },
  requested: {
    request: 'requested',
    receive: 'received',
    hold: 'held',
    invalidate: 'invalid',
    expire: 'unknown',
    forget: 'unknown'
  },
  received: {
    request: undefined,
    receive: undefined,
    hold: 'held',
    invalidate: 'invalid',
    expire: undefined,
    forget: 'unknown'
  },
  held: { request: undefined, receive: undefined, hold: 'held', invalidate: 'invalid', expire: undefined, forget: 'unknown' },
  invalid: {
    request: undefined,
    receive: undefined,
    hold: undefined,
    invalidate: 'invalid',
    expire: undefined,
    forget: undefined
  }
}

describe('delivery states', () => {
  for (const [from, row] of Object.entries(TABLE)) {
    for (const [name, to] of Object.entries(row)) {
      it(`${name} of what is ${from}: ${to ?? 'impossible'}`, () => {
        const t = inState(from as DeliveryStatus)
        const run = (): unknown => {
          switch (name) {
            case 'request':
              return t.request(K, PEER)
            case 'receive':
              return t.receive(K, PEER)
            case 'hold':
              return t.hold(K)
            case 'invalidate':
              return t.invalidate(K)
            case 'expire':
              return t.expire(K, PEER)
            default:
              return t.forget(K)
          }
        }
        if (to === undefined) {
          assert.throws(run, (err) => err instanceof DeliveryTransitionError && err.code === 'DELIVERY_TRANSITION')
          assert.equal(t.status(K), from)
        } else {
          run()
          assert.equal(t.status(K), to)
        }
      })
    }
  }

  it('types are told apart: another type under the same id is another object', () => {
    const { tracker: t } = tracker()
    t.request('aa:102', PEER)
    assert.equal(t.status('aa:104'), 'unknown')
    assert.equal(t.arrive('aa:104', PEER), 'unrequested')
  })
})

describe('several peers asked for one object', () => {
  it('stays requested until the last of them has failed', () => {
    const { tracker: t, clock } = tracker()
    t.request(K, PEER)
    clock.ms += 1500
    t.request(K, OTHER)
    assert.deepEqual(t.of(K), {
      status: 'requested',
      asks: new Map([
        [PEER, 1000],
        [OTHER, 2500]
      ])
    })
    assert.equal(t.expire(K, PEER), 'requested')
    assert.equal(t.isAsked(K, PEER), false)
    assert.equal(t.expire(K, OTHER), 'unknown')
  })

  it('the first to deliver is the source', () => {
    const { tracker: t } = tracker()
    t.request(K, PEER)
    t.request(K, OTHER)
    assert.equal(t.arrive(K, OTHER), 'wanted')
    t.receive(K, OTHER)
    assert.deepEqual(t.of(K), { status: 'received', source: OTHER })
  })

  it('the late copy of the other is no fault, a second copy is', () => {
    const { tracker: t } = tracker()
    t.request(K, PEER)
    t.request(K, OTHER)
    t.arrive(K, OTHER)
    t.receive(K, OTHER)
    assert.equal(t.arrive(K, PEER), 'late')
    assert.equal(t.arrive(K, PEER), 'unrequested')
    assert.equal(t.arrive(K, OTHER), 'unrequested')
  })

  it('what was asked twice may come twice', () => {
    const { tracker: t } = tracker()
    t.request(K, PEER)
    t.request(K, PEER)
    assert.equal(t.arrive(K, PEER), 'wanted')
    t.receive(K, PEER)
    assert.equal(t.arrive(K, PEER), 'late')
    assert.equal(t.arrive(K, PEER), 'unrequested')
  })

  it('an answer after the time ran out is late, and wanted again if somebody else is asked', () => {
    const { tracker: t } = tracker()
    t.request(K, PEER)
    t.expire(K, PEER)
    t.request(K, OTHER)
    assert.equal(t.arrive(K, PEER), 'wanted')
    t.receive(K, PEER)
    t.forget(K)
    assert.equal(t.arrive(K, OTHER), 'late')
  })

  it('from whom nothing was asked, what is waited for from another is welcome (the state is not kept by peer)', () => {
    const { tracker: t } = tracker()
    t.request(K, PEER)
    assert.equal(t.arrive(K, OTHER), 'wanted')
  })

  it('what nobody asked for is spam, whatever its state', () => {
    for (const state of ['unknown', 'received', 'held', 'invalid'] as const) {
      assert.equal(inState(state).arrive(K, OTHER), 'unrequested', state)
    }
  })

  it('a peer that goes takes its requests with it', () => {
    const { tracker: t } = tracker()
    t.request('a', PEER)
    t.request('b', PEER)
    t.request('b', OTHER)
    t.request('c', OTHER)
    assert.deepEqual(t.removePeer(PEER), ['a'])
    assert.equal(t.status('a'), 'unknown')
    assert.equal(t.status('b'), 'requested')
    assert.equal(t.arrive('a', PEER), 'unrequested')
    assert.equal(t.requested, 2)
  })
})

describe('bounds and memory of the tracker', () => {
  it('a verdict lasts four hours', () => {
    const { tracker: t, clock } = tracker()
    t.invalidate(K)
    clock.ms += 4 * 3600 * 1000 - 1
    assert.equal(t.status(K), 'invalid')
    assert.throws(() => t.request(K, PEER), DeliveryTransitionError)
    clock.ms += 1
    assert.equal(t.status(K), 'unknown')
  })

  it('reset forgets requests, arrivals and verdicts, but not what peers may still send', () => {
    const t = inState('invalid')
    t.request('b', PEER)
    t.request('c', PEER)
    t.receive('c', PEER)
    t.reset()
    for (const key of [K, 'b', 'c']) assert.equal(t.status(key), 'unknown')
    assert.equal(t.arrive('b', PEER), 'late')
  })

  it('forgets the oldest beyond its bounds', () => {
    const { tracker: t } = tracker({ maxReceived: 2, maxHeld: 2, maxInvalid: 2, maxOwedPerPeer: 2 })
    for (const key of ['r1', 'r2', 'r3']) t.receive(key, PEER)
    assert.deepEqual(
      ['r1', 'r2', 'r3'].map((k) => t.status(k)),
      ['unknown', 'received', 'received']
    )
    for (const key of ['h1', 'h2', 'h3']) t.hold(key)
    assert.deepEqual(
      ['h1', 'h2', 'h3'].map((k) => t.status(k)),
      ['unknown', 'held', 'held']
    )
    for (const key of ['i1', 'i2', 'i3']) t.invalidate(key)
    assert.deepEqual(
      ['i1', 'i2', 'i3'].map((k) => t.status(k)),
      ['unknown', 'invalid', 'invalid']
    )
    for (const key of ['o1', 'o2', 'o3']) {
      t.request(key, PEER)
      t.expire(key, PEER)
    }
    assert.deepEqual(
      ['o1', 'o2', 'o3'].map((k) => t.arrive(k, PEER)),
      ['unrequested', 'late', 'late']
    )
  })

  it('any sequence of events keeps one state an object, and throws only what it must', () => {
    const names = ['request', 'receive', 'hold', 'invalidate', 'expire', 'forget'] as const
    const event = fc.record({
      name: fc.constantFrom(...names),
      key: fc.constantFrom('a', 'b', 'c'),
      peer: fc.constantFrom(1, 2, 3)
    })
    fc.assert(
      fc.property(fc.array(event, { maxLength: 60 }), (events) => {
        const { tracker: t } = tracker()
        const states = new Map<string, DeliveryStatus>()
        const asked = new Map<string, Set<number>>()
        for (const { name, key, peer } of events) {
          const before = states.get(key) ?? 'unknown'
          let after = TABLE[before][name]
          const peers = asked.get(key) ?? new Set()
          if (after === undefined) {
            assert.throws(() => (name === 'hold' || name === 'forget' ? t[name](key) : run(t, name, key, peer)))
            continue
          }
          run(t, name, key, peer)
          if (name === 'request') peers.add(peer)
          else if (name === 'expire') {
            peers.delete(peer)
            if (peers.size > 0) after = 'requested'
          } else peers.clear()
          asked.set(key, peers)
          states.set(key, after)
          assert.equal(t.status(key), after)
          assert.equal(t.requested, [...states.values()].filter((s) => s === 'requested').length)
        }
      })
    )
  })
})

function run(t: DeliveryTracker, name: keyof (typeof TABLE)['unknown'], key: string, peer: number): void {
  if (name === 'request' || name === 'receive') t[name](key, peer)
  else if (name === 'expire') t.expire(key, peer)
  else t[name](key)
}
