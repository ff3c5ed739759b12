import assert from 'node:assert/strict'
import { isIP, SocketAddress as NodeSocketAddress } from 'node:net'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { toHex } from '../../src/bytes/index.ts'
import { addressScope, formatAddress, ipFromText, ipToText, parseAddress } from '../../src/wire/index.ts'

describe('IP addresses', () => {
  it('are written as Node writes them', () => {
    fc.assert(
      fc.property(fc.array(fc.constantFrom(0, 0, 0, 1, 0x2001, 0xffff, 0xabcd), { minLength: 8, maxLength: 8 }), (groups) => {
        const bytes = Uint8Array.from(groups.flatMap((g) => [g >> 8, g & 0xff]))
        const long = groups.map((g) => g.toString(16)).join(':')
        const canonical = new NodeSocketAddress({ address: long, family: 'ipv6', port: 1 }).address
        const text = ipToText(bytes)
        // Node writes the deprecated IPv4-compatible form (twelve zero bytes, then an IPv4 address) with dots; we need not.
        if (!canonical.includes('.')) assert.equal(text, canonical)
        // An IPv4-mapped address is the IPv4 address.
        const read = canonical.startsWith('::ffff:') && canonical.includes('.') ? bytes.slice(12) : bytes
        assert.deepEqual(ipFromText(text), read)
        assert.deepEqual(ipFromText(long), read)
      })
    )
  })

  it('are accepted when and only when Node accepts them', () => {
    const part = fc.constantFrom(
      '0',
      '1',
      '255',
      '256',
      '01',
      'ffff',
      'FFFF',
      '10000',
      '',
      'g',
      ':',
      '.',
      '::',
      '1.2.3.4',
      '%eth0'
    )
    fc.assert(
      fc.property(fc.array(part, { maxLength: 10 }), fc.constantFrom('.', ':', ''), (parts, separator) => {
        const text = parts.join(separator)
        // Zone ids name an interface of one machine; they have no bytes.
        const expected = text.includes('%') ? false : isIP(text) !== 0
        assert.equal(ipFromText(text) !== undefined, expected, text)
      }),
      { numRuns: 2000 }
    )
  })

  it('have known texts', () => {
    const known: [string, string][] = [
      ['d5efc1d0', '213.239.193.208'],
      ['200141d0070066620000000000000000', '2001:41d0:700:6662::'],
      ['00000000000000000000000000000001', '::1'],
      ['00000000000000000000000000000000', '::'],
      // RFC 5952: the first longest run is shortened, a single zero group is not.
      ['20010db8000000010001000100010001', '2001:db8:0:1:1:1:1:1'],
      ['20010db8000000000001000000000001', '2001:db8::1:0:0:1'],
      ['00000000000000000000ffff01020304', '1.2.3.4']
    ]
    for (const [hex, text] of known) {
      assert.equal(ipToText(Uint8Array.from(Buffer.from(hex, 'hex'))), text)
    }
    assert.equal(toHex(ipFromText('::ffff:1.2.3.4')!), '01020304')
    assert.throws(() => ipToText(new Uint8Array(5)), RangeError)
  })

  it('with ports are written and read', () => {
    for (const text of ['1.2.3.4:9030', '[2001:41d0:700:6662::]:29031', '[::1]:0', '0.0.0.0:65535']) {
      assert.equal(formatAddress(parseAddress(text)!), text)
    }
    assert.deepEqual(parseAddress('[::ffff:9.8.7.6]:1'), { ip: '9.8.7.6', port: 1 })
    for (const text of ['1.2.3.4', '1.2.3.4:', '1.2.3.4:65536', '::1:9030', 'host:9030', '[1.2.3.4]:1', '1.2.3:1', '[::1]', '']) {
      assert.equal(parseAddress(text), undefined, text)
    }
  })

  it('have a scope', () => {
    const scopes: [string, string][] = [
      ['213.239.193.208', 'public'],
      ['172.15.255.255', 'public'],
      ['172.16.0.0', 'private'],
      ['172.31.255.255', 'private'],
      ['172.32.0.0', 'public'],
      ['10.0.0.1', 'private'],
      ['192.168.2.14', 'private'],
      ['100.64.0.1', 'private'],
      ['100.63.255.255', 'public'],
      ['100.128.0.0', 'public'],
      ['127.0.0.1', 'loopback'],
      ['169.254.1.1', 'linkLocal'],
      ['0.0.0.0', 'unspecified'],
      ['203.0.113.9', 'other'],
      ['198.19.0.1', 'other'],
      ['224.0.0.1', 'other'],
      ['255.255.255.255', 'other'],
      ['::1', 'loopback'],
      ['::', 'unspecified'],
      ['fe80::1', 'linkLocal'],
      ['fec0::1', 'private'],
      ['fd00::1', 'private'],
      ['ff02::1', 'other'],
      ['2001:db8::1', 'other'],
      ['2001:41d0:700:6662::', 'public'],
      ['::ffff:127.0.0.1', 'loopback'],
      ['64:ff9b::1', 'other']
    ]
    for (const [ip, scope] of scopes) assert.equal(addressScope(ip), scope, ip)
    assert.throws(() => addressScope('localhost'), RangeError)
  })
})
