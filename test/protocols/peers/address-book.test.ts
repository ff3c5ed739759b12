import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { AddressBook, addressKey, neighbourhood, type PeerRecord } from '../../../protocols/peers/index.ts'
import { peerSpec } from '../../support/fake-sessions.ts'

const LIMITS = { maxAddresses: 20, maxAddressesPerSubnet: 4, allowLocal: false }
const book = (init: Partial<typeof LIMITS> = {}): AddressBook => new AddressBook({ ...LIMITS, ...init })
const gossip = (ip: string, port = 9030): ReturnType<typeof peerSpec> => peerSpec({ ip, port })
const keys = (b: AddressBook): string[] => [...b.entries()].map((e) => e.record.address)

describe('address book', () => {
  it('keys are host and port, IPv6 in brackets, a multiaddr as it is', () => {
    assert.equal(addressKey({ host: '1.2.3.4', port: 9030 }), '1.2.3.4:9030')
    assert.equal(addressKey({ host: '2001:db8::1', port: 9030 }), '[2001:db8::1]:9030')
    assert.equal(addressKey({ host: 'seed.example', port: 9030 }), 'seed.example:9030')
    assert.equal(addressKey({ host: '/ip4/1.2.3.4/tcp/1/p2p/12D', port: 0 }), '/ip4/1.2.3.4/tcp/1/p2p/12D')
  })

  it('a neighbourhood is the first two bytes, as the reference has it, for IPv6 too', () => {
    assert.equal(neighbourhood('1.2.3.4'), neighbourhood('1.2.200.200'))
    assert.notEqual(neighbourhood('1.2.3.4'), neighbourhood('1.3.3.4'))
    assert.equal(neighbourhood('2001:41d0::1'), neighbourhood('2001:bc8::1'))
    assert.notEqual(neighbourhood('2001::1'), neighbourhood('2a01::1'))
    assert.notEqual(neighbourhood('32.1.1.1'), neighbourhood('2001::1'), 'the same bytes in another family')
    assert.notEqual(neighbourhood('a.example'), neighbourhood('b.example'))
  })

  it('takes public addresses from gossip and no others', () => {
    const b = book({ maxAddressesPerSubnet: 100, maxAddresses: 100 })
    for (const ip of ['127.0.0.1', '10.0.0.1', '192.168.1.1', '172.16.0.1', '169.254.1.1', '100.64.0.1', '0.0.0.0', '224.0.0.1'])
      assert.equal(b.addGossip(gossip(ip)), false, ip)
    for (const ip of ['::1', 'fe80::1', 'fd00::1', 'ff02::1', '::', '2001:db8::1'])
      assert.equal(b.addGossip(gossip(ip)), false, ip)
    assert.equal(b.addGossip(gossip('8.8.8.8', 0)), false, 'port 0')
    assert.equal(b.addGossip(peerSpec()), false, 'no address')
    assert.equal(b.addGossip(gossip('8.8.8.8')), true)
    assert.equal(b.addGossip(gossip('2a01:4f8::1')), true)
    assert.equal(b.addGossip(gossip('8.8.8.8')), false, 'known already')
    assert.equal(b.size, 2)
  })

  it('takes private addresses when told so, but nothing that is no address of a machine', () => {
    const b = book({ allowLocal: true })
    assert.equal(b.addGossip(gossip('127.0.0.1')), true)
    assert.equal(b.addGossip(gossip('10.1.1.1')), true)
    assert.equal(b.addGossip(gossip('169.254.1.1')), true)
    for (const ip of ['0.0.0.0', '224.0.0.1', '255.255.255.255', '::']) assert.equal(b.addGossip(gossip(ip)), false, ip)
  })

  it('gossip from one neighbourhood stops at its cap; what the operator gave and who we met do not', () => {
    const b = book()
    for (let i = 1; i <= 10; i++) b.addGossip(gossip(`5.5.1.${i}`))
    assert.equal(b.size, 4)
    b.addConfigured({ host: '5.5.2.1', port: 9030 })
    b.addHandshake({ host: '5.5.2.2', port: 9030 }, gossip('5.5.2.2'), 1)
    assert.equal(b.size, 6)
    b.remove('5.5.1.1:9030')
    b.remove('5.5.1.2:9030')
    assert.equal(b.addGossip(gossip('5.5.1.9')), false, 'four of that neighbourhood are still there')
    b.remove('5.5.1.3:9030')
    assert.equal(b.addGossip(gossip('5.5.1.9')), true)
  })

  it('is bounded: a newcomer takes the place of the told address that failed most, never of others', () => {
    const b = book({ maxAddressesPerSubnet: 100 })
    for (let i = 0; i < 5; i++) b.addConfigured({ host: `20.${i}.0.1`, port: 9030 })
    for (let i = 0; i < 5; i++) b.addHandshake({ host: `21.${i}.0.1`, port: 9030 }, gossip(`21.${i}.0.1`), 1)
    for (let i = 0; i < 10; i++) b.addGossip(gossip(`22.${i}.0.1`))
    assert.equal(b.size, 20)
    b.get('22.7.0.1:9030')!.failures = 3
    assert.equal(b.addGossip(gossip('23.0.0.1')), true)
    assert.equal(b.get('22.7.0.1:9030'), undefined)
    for (let i = 1; i < 200; i++) b.addGossip(gossip(`23.${i}.0.1`))
    assert.equal(b.size, 20)
    assert.equal(keys(b).filter((k) => k.startsWith('20.') || k.startsWith('21.')).length, 10)
  })

  it('full of what must stay: gossip is not taken', () => {
    const b = book()
    for (let i = 0; i < 20; i++) b.addConfigured({ host: `20.${i}.0.1`, port: 9030 })
    assert.equal(b.addGossip(gossip('23.0.0.1')), false)
    assert.equal(b.size, 20)
  })

  it('what others tell does not change what is known; a handshake does', () => {
    const b = book()
    b.addHandshake({ host: '8.8.8.8', port: 9030 }, peerSpec({ ip: '8.8.8.8', port: 9030 }, 'real'), 5)
    b.addGossip(peerSpec({ ip: '8.8.8.8', port: 9030 }, 'forged'))
    assert.equal(b.get('8.8.8.8:9030')!.record.spec!.agentName, 'real')
    assert.equal(b.get('8.8.8.8:9030')!.record.source, 'handshake')
    b.get('8.8.8.8:9030')!.failures = 4
    b.addHandshake({ host: '8.8.8.8', port: 9030 }, peerSpec({ ip: '8.8.8.8', port: 9030 }, 'new'), 6)
    const entry = b.get('8.8.8.8:9030')!
    assert.deepEqual([entry.record.spec!.agentName, entry.record.lastHandshake, entry.failures], ['new', 6, 0])
  })

  it('an address of the operator stays one after a handshake', () => {
    const b = book()
    b.addConfigured({ host: '8.8.8.8', port: 9030 })
    b.addHandshake({ host: '8.8.8.8', port: 9030 }, gossip('8.8.8.8'), 5)
    assert.equal(b.get('8.8.8.8:9030')!.record.source, 'configured')
    b.addConfigured({ host: '8.8.8.8', port: 9030 })
    assert.equal(b.get('8.8.8.8:9030')!.record.lastHandshake, 5, 'what is known of it is kept')
  })

  it('an address that was told before and is the operator’s now is the operator’s', () => {
    const b = book()
    b.addGossip(gossip('8.8.8.8'))
    b.addConfigured({ host: '8.8.8.8', port: 9030 })
    assert.equal(b.get('8.8.8.8:9030')!.record.source, 'configured')
  })

  it('an address that is not the operator’s any more is what it was without him', () => {
    const b = book()
    const record = (ip: string, lastHandshake: number | undefined): PeerRecord => ({
      address: `${ip}:1`,
      host: ip,
      port: 1,
      spec: undefined,
      lastHandshake,
      source: 'configured'
    })
    b.load([record('7.7.7.7', 3), record('8.8.8.8', undefined)])
    assert.equal(b.get('7.7.7.7:1')!.record.source, 'handshake')
    assert.equal(b.get('8.8.8.8:1')!.record.source, 'gossip')
  })

  it('private addresses of a time when they were allowed are not taken up again when they are not', () => {
    const record = (ip: string, source: PeerRecord['source']): PeerRecord => ({
      address: `${ip}:1`,
      host: ip,
      port: 1,
      spec: undefined,
      lastHandshake: 3,
      source
    })
    const stored = [record('192.168.1.1', 'handshake'), record('127.0.0.1', 'configured'), record('8.8.8.8', 'handshake')]
    const b = book()
    b.load(stored)
    assert.deepEqual(keys(b), ['8.8.8.8:1'])
    const local = book({ allowLocal: true })
    local.load(stored)
    assert.equal(local.size, 3)
  })

  it('tells what changed since it was last asked', () => {
    const b = book()
    b.load([
      {
        address: '7.7.7.7:1',
        host: '7.7.7.7',
        port: 1,
        spec: undefined,
        lastHandshake: 3,
        source: 'handshake'
      } satisfies PeerRecord
    ])
    assert.deepEqual(b.takeChanges(), { changed: [], removed: [] }, 'what was loaded is no change')
    b.addGossip(gossip('8.8.8.8'))
    b.remove('7.7.7.7:1')
    const { changed, removed } = b.takeChanges()
    assert.deepEqual([changed.map((r) => r.address), removed], [['8.8.8.8:9030'], ['7.7.7.7:1']])
    assert.deepEqual(b.takeChanges(), { changed: [], removed: [] })
    b.remove('8.8.8.8:9030')
    b.addGossip(gossip('8.8.8.8'))
    const again = b.takeChanges()
    assert.deepEqual([again.changed.length, again.removed], [1, []])
  })
})
