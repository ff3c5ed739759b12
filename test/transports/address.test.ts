import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import '../../transports/polyfill.ts'
import { peerIdFromString } from '@libp2p/peer-id'
import { multiaddr } from '@multiformats/multiaddr'
import {
  CODE_ERGO,
  canonicalIp,
  ErgoTcpError,
  ergoDialAddress,
  ergoMultiaddr,
  hostPort,
  inboundPeerId,
  isErgoAddress,
  outboundPeerId,
  parseErgoAddress,
  subnetOf
} from '../../transports/ergo-tcp/index.ts'

const PEER = 'QmZ4zqHgSBYHSJkS1U5Ffm1Dtc9sgD8Z8sGFWJJo6Vmvtp'

describe('IP addresses', () => {
  const canonical: Array<[string, string | undefined]> = [
    ['1.2.3.4', '1.2.3.4'],
    ['::ffff:1.2.3.4', '1.2.3.4'],
    ['::FFFF:0102:0304', '1.2.3.4'],
    ['0:0:0:0:0:ffff:255.255.255.255', '255.255.255.255'],
    ['2001:0DB8:0:0:0:0:0:1', '2001:db8::1'],
    ['2001:41d0:700:6662::', '2001:41d0:700:6662::'],
    ['::1', '::1'],
    ['::', '::'],
    ['fe80::1%eth0', 'fe80::1'],
    ['01.2.3.4', undefined],
    ['1.2.3', undefined],
    ['256.1.1.1', undefined],
    ['ergo.example', undefined],
    ['', undefined],
    ['1::2::3', undefined]
  ]
  for (const [text, expected] of canonical) {
    it(`${JSON.stringify(text)} is ${expected}`, () => assert.equal(canonicalIp(text), expected))
  }

  it('subnets: /24 and /64', () => {
    assert.equal(subnetOf('1.2.3.4'), '1.2.3')
    assert.equal(subnetOf('2001:db8::1'), '2001:db8:0:0')
    assert.equal(subnetOf('2001:db8:1:2:3:4:5:6'), '2001:db8:1:2')
    assert.equal(subnetOf('::1'), '0:0:0:0')
    assert.equal(subnetOf('1::'), '1:0:0:0')
    assert.equal(subnetOf('1:2:3::8'), '1:2:3:0')
  })

  it('host and port', () => {
    assert.equal(hostPort('1.2.3.4', 9030), '1.2.3.4:9030')
    assert.equal(hostPort('2001:db8::1', 9030), '[2001:db8::1]:9030')
  })
})

describe('native multiaddrs', () => {
  it('the code is in the private range and survives bytes and text', () => {
    assert.equal(CODE_ERGO, 0x300e60)
    assert.ok(CODE_ERGO >= 0x300000 && CODE_ERGO <= 0x3fffff)
    const ma = multiaddr('/ip4/1.2.3.4/tcp/9030/ergo')
    assert.equal(multiaddr(ma.bytes).toString(), '/ip4/1.2.3.4/tcp/9030/ergo')
  })

  it('all forms are recognised', () => {
    assert.deepEqual(parseErgoAddress(multiaddr('/ip4/1.2.3.4/tcp/9030/ergo')), {
      kind: 'ip4',
      host: '1.2.3.4',
      zone: undefined,
      port: 9030,
      peerId: undefined
    })
    assert.deepEqual(parseErgoAddress(multiaddr(`/dns4/seed.example/tcp/9030/ergo/p2p/${PEER}`)), {
      kind: 'dns4',
      host: 'seed.example',
      zone: undefined,
      port: 9030,
      peerId: PEER
    })
    assert.deepEqual(parseErgoAddress(multiaddr('/ip6zone/eth0/ip6/fe80::1/tcp/9030/ergo')), {
      kind: 'ip6',
      host: 'fe80::1',
      zone: 'eth0',
      port: 9030,
      peerId: undefined
    })
    for (const host of ['ip6/::1', 'dns/a.example', 'dns6/a.example']) assert.ok(isErgoAddress(multiaddr(`/${host}/tcp/1/ergo`)))
  })

  const others = [
    '/ip4/1.2.3.4/tcp/9030',
    '/ip4/1.2.3.4/ergo',
    '/ip4/1.2.3.4/udp/9030/ergo',
    '/ip4/1.2.3.4/tcp/9030/ws',
    '/ip4/1.2.3.4/tcp/9030/ergo/ws',
    '/ip4/1.2.3.4/tcp/9030/ws/ergo',
    `/ip4/1.2.3.4/tcp/9030/p2p/${PEER}`,
    `/ip4/1.2.3.4/tcp/9030/ergo/p2p/${PEER}/p2p-circuit`,
    '/dnsaddr/seed.example/tcp/9030/ergo',
    '/ip6zone/eth0/ip4/1.2.3.4/tcp/9030/ergo',
    '/ergo',
    `/p2p/${PEER}`
  ]
  for (const text of others) {
    it(`${text} is not ours`, () => assert.equal(isErgoAddress(multiaddr(text)), false))
  }

  it('built from IP and port', () => {
    assert.equal(ergoMultiaddr('::ffff:1.2.3.4', 9030).toString(), '/ip4/1.2.3.4/tcp/9030/ergo')
    assert.equal(ergoMultiaddr('2001:DB8::1', 9030).toString(), '/ip6/2001:db8::1/tcp/9030/ergo')
    for (const [ip, port] of [
      ['host', 1],
      ['1.2.3.4', 65536],
      ['1.2.3.4', -1],
      ['1.2.3.4', 1.5]
    ] as const) {
      assert.throws(
        () => ergoMultiaddr(ip, port),
        (error) => error instanceof ErgoTcpError && error.code === 'ADDRESS_INVALID'
      )
    }
  })
})

describe('synthetic peer ids', () => {
  // sha2-256 of "ergo-tcp/v1/mainnet/1.2.3.4:9030", computed with coreutils, behind the multihash prefix 12 20.
  const DIGEST = '029e435a93d8dd5e1d9d148abe2105855ac608164420dfcf8ad99c4ba3d87d27'

  it('are the sha2-256 multihash of the label', () => {
    const { bytes } = outboundPeerId('mainnet', '1.2.3.4', 9030).toMultihash()
    assert.equal(Buffer.from(bytes).toString('hex'), `1220${DIGEST}`)
  })

  it('are equal for every spelling of an address and differ by everything else', () => {
    const id = outboundPeerId('mainnet', '1.2.3.4', 9030).toString()
    assert.equal(outboundPeerId('mainnet', '::ffff:1.2.3.4', 9030).toString(), id)
    const all = [
      id,
      outboundPeerId('testnet', '1.2.3.4', 9030).toString(),
      outboundPeerId('mainnet', '1.2.3.5', 9030).toString(),
      outboundPeerId('mainnet', '1.2.3.4', 9031).toString(),
      inboundPeerId('mainnet', '1.2.3.4', 9030, 'a').toString(),
      inboundPeerId('mainnet', '1.2.3.4', 9030, 'b').toString()
    ]
    assert.equal(new Set(all).size, all.length)
  })

  it('survive text and multiaddrs, and carry no key', () => {
    const id = outboundPeerId('mainnet', '2001:db8::1', 9030)
    assert.ok(peerIdFromString(id.toString()).equals(id))
    assert.equal(id.publicKey, undefined)
    const ma = ergoDialAddress('mainnet', '2001:DB8:0::1', 9030)
    assert.equal(ma.toString(), `/ip6/2001:db8::1/tcp/9030/ergo/p2p/${id}`)
    assert.equal(parseErgoAddress(ma)?.peerId, id.toString())
  })
})
