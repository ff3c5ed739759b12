import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import '../../transports/polyfill.ts'
import fc from 'fast-check'
import { InboundCounter } from '../../transports/ergo-tcp/index.ts'

describe('inbound limits', () => {
  it('each cap refuses with its own name', () => {
    const counter = new InboundCounter({ total: 4, perIp: 2, perSubnet: 3, pending: 100 })
    const slots = [counter.admit('1.1.1.1'), counter.admit('1.1.1.1')]
    assert.equal(counter.admit('1.1.1.1'), 'IP_LIMIT')
    slots.push(counter.admit('1.1.1.2'))
    assert.equal(counter.admit('1.1.1.3'), 'SUBNET_LIMIT')
    slots.push(counter.admit('2.1.1.3'))
    assert.equal(counter.admit('3.1.1.3'), 'TOTAL_LIMIT')
    for (const slot of slots) if (typeof slot !== 'string') slot.release()
    assert.deepEqual([counter.total, counter.pending, counter.addresses], [0, 0, 0])
  })

  it('pending sockets are capped until their upgrade is through', () => {
    const counter = new InboundCounter({ pending: 1 })
    const first = counter.admit('1.1.1.1')
    assert.ok(typeof first !== 'string')
    assert.equal(counter.admit('2.1.1.1'), 'PENDING_LIMIT')
    first.upgraded()
    assert.ok(typeof counter.admit('2.1.1.1') !== 'string')
  })

  it('IPv6 is capped by /64', () => {
    const counter = new InboundCounter({ perSubnet: 1 })
    assert.ok(typeof counter.admit('2001:db8::1') !== 'string')
    assert.equal(counter.admit('2001:db8::2'), 'SUBNET_LIMIT')
    assert.ok(typeof counter.admit('2001:db8:0:1::2') !== 'string')
  })

  it('whatever the order of calls, no cap is passed and the end is zero', () => {
    const ips = ['1.1.1.1', '1.1.1.2', '1.1.2.1', '2001:db8::1', '2001:db8::2']
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.nat(2), fc.nat(20)), { maxLength: 80 }), (steps) => {
        const counter = new InboundCounter({ total: 6, perIp: 2, perSubnet: 3, pending: 4 })
        const slots: Array<Exclude<ReturnType<InboundCounter['admit']>, string>> = []
        for (const [what, n] of steps) {
          if (what === 0) {
            const slot = counter.admit(ips[n % ips.length]!)
            if (typeof slot !== 'string') slots.push(slot)
          } else {
            const slot = slots[n % Math.max(1, slots.length)]
            if (what === 1) slot?.upgraded()
            else slot?.release()
          }
          assert.ok(counter.total <= 6 && counter.pending <= 4 && counter.pending <= counter.total)
          for (const ip of ips) assert.ok(counter.ofIp(ip) <= 2)
        }
        for (const slot of slots) slot.release()
        assert.deepEqual([counter.total, counter.pending, counter.addresses], [0, 0, 0])
      })
    )
  })
})
