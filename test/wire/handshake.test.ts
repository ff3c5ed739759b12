import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { concatBytes, DecodeError, EncodeError, fromHex, Reader, Writer } from '../../src/bytes/index.ts'
import {
  compareVersions,
  decodePeerSpec,
  EIP37_VERSION,
  encodeHandshake,
  encodePeerSpec,
  formatVersion,
  type Handshake,
  HandshakeParser,
  localAddressOf,
  modeOf,
  type PeerSpec,
  parseVersion,
  readHandshake,
  relayablePeerSpec,
  restApiUrlOf,
  WireError
} from '../../src/wire/index.ts'
import { peerSpec } from './arbitraries.ts'

const handshake: fc.Arbitrary<Handshake> = fc.record(
  { time: fc.bigInt(0n, 2n ** 64n - 1n), peer: peerSpec },
  { noNullPrototype: true }
)
const MINIMAL: PeerSpec = { agentName: 'a', version: { major: 6, minor: 0, patch: 4 }, nodeName: '', features: [] }

describe('handshake', () => {
  it('is found however it is cut, and what follows it is kept', () => {
    fc.assert(
      fc.property(handshake, fc.uint8Array({ maxLength: 40 }), fc.nat(), fc.nat(), (value, tail, a, b) => {
        const bytes = encodeHandshake(value)
        const stream = concatBytes(bytes, tail)
        const [x, y] = [a % (stream.length + 1), b % (stream.length + 1)].sort((p, q) => p - q)
        const parser = new HandshakeParser()
        let rest: Uint8Array = new Uint8Array(0)
        let found: Handshake | undefined
        for (const chunk of [stream.slice(0, x), stream.slice(x, y), stream.slice(y)]) {
          if (found !== undefined) rest = concatBytes(rest, chunk)
          else {
            const done = parser.push(chunk)
            found = done?.handshake
            if (done !== undefined) rest = concatBytes(done.surplus)
          }
        }
        assert.deepEqual(found, value)
        assert.deepEqual(rest, tail)
      })
    )
  })

  it('is waited for at every truncation', () => {
    fc.assert(
      fc.property(handshake, (value) => {
        const bytes = encodeHandshake(value)
        for (let n = 0; n < bytes.length; n++) assert.equal(new HandshakeParser().push(bytes.subarray(0, n)), undefined)
      }),
      { numRuns: 30 }
    )
  })

  it('mutated or random gives a handshake, patience, or a WireError without penalty', () => {
    const push = (bytes: Uint8Array): void => {
      try {
        new HandshakeParser().push(bytes)
      } catch (error) {
        assert.ok(error instanceof WireError && error.penalty === undefined, String(error))
      }
    }
    fc.assert(
      fc.property(handshake, fc.nat(), fc.nat(255), (value, at, byte) => {
        const bytes = encodeHandshake(value)
        bytes[at % bytes.length] = byte
        push(bytes)
      }),
      { numRuns: 500 }
    )
    fc.assert(fc.property(fc.uint8Array({ maxLength: 100 }), push))
  })

  it('refuses what can never become one', () => {
    const push = (hex: string) => () => new HandshakeParser().push(fromHex(hex))
    const invalid = { code: 'HANDSHAKE_INVALID' }
    assert.throws(push('ffffffffffffffffffff'), invalid) // time of more than ten bytes
    assert.throws(push('0000060004000000'), { ...invalid, offset: 1 }) // empty agent name
    assert.throws(push('0001610600040001090102030405'), invalid) // address of five bytes
    assert.equal(push('00016106000400000180')(), undefined) // not yet: one feature is announced
    assert.throws(push('000161060004000080'), invalid) // negative feature count
  })

  it('of 8096 bytes is the largest', () => {
    // Feature of 8,073 bytes: agent and version 5, name and option 2, count 1, time 1, feature head 3 = 12 bytes more.
    const sized = (body: number): Handshake => ({
      time: 0n,
      peer: { ...MINIMAL, features: [{ kind: 'unknown', id: 99, body: new Uint8Array(body) }] }
    })
    const largest = encodeHandshake(sized(8096 - 12))
    assert.equal(largest.length, 8096)
    assert.ok(new HandshakeParser().push(concatBytes(largest, new Uint8Array(5000)))?.surplus.length === 5000)
    assert.throws(() => encodeHandshake(sized(8096 - 11)), EncodeError)
    const w = new Writer()
    w.ulong(0).bytes(encodePeerSpec(sized(8096 - 11).peer))
    assert.throws(() => new HandshakeParser().push(w.toBytes()), { code: 'HANDSHAKE_TOO_LARGE' })
    assert.equal(new HandshakeParser().push(w.toBytes().subarray(0, 8095)), undefined)
    assert.throws(() => new HandshakeParser().push(w.toBytes().subarray(0, 8096)), { code: 'HANDSHAKE_TOO_LARGE' })
  })

  it('keeps all 64 bits of a senseless time', () => {
    const value: Handshake = { time: 2n ** 64n - 1n, peer: MINIMAL }
    assert.deepEqual(readHandshake(new Reader(encodeHandshake(value))), value)
  })
})

describe('features', () => {
  const spec = (id: string, body: string): PeerSpec =>
    decodePeerSpec(
      fromHex(`01610600040000 01 ${id} ${(body.length / 2).toString(16).padStart(2, '0')} ${body}`.replaceAll(' ', ''))
    )

  it('of a known id that do not parse are kept as unknown and never relayed', () => {
    const bad: [string, string][] = [
      ['10', '02010001'], // state type 2
      ['10', '0001'], // cut
      ['03', '0203'], // cut
      ['02', '7f00000180800400'], // local address with port 65536
      ['04', '03616263'], // "abc" is no URL
      ['04', '0561'] // cut
    ]
    for (const [id, body] of bad) {
      const decoded = spec(id, body)
      assert.deepEqual(decoded.features, [{ kind: 'unknown', id: Number.parseInt(id, 16), body: fromHex(body) }])
      assert.deepEqual(relayablePeerSpec({ ...decoded, declaredAddress: { ip: '8.8.8.8', port: 9030 } })?.features, [])
    }
  })

  it('may have surplus bytes', () => {
    assert.equal(modeOf(spec('10', '00010001ffff'))?.blocksToKeep, -1)
    assert.deepEqual(localAddressOf(spec('02', '7f000001ae46ff'))?.address, { ip: '127.0.0.1', port: 9006 })
    assert.equal(restApiUrlOf(spec('04', '0a687474703a2f2f612e6200'))?.url, 'http://a.b')
  })

  it('of mode count as verifying only when the signed byte is above zero, and only below 512 bytes', () => {
    assert.equal(modeOf(spec('10', '00ff0001'))?.verifyingTransactions, false)
    assert.equal(modeOf(spec('10', '007f0001'))?.verifyingTransactions, true)
    const large = (size: number): PeerSpec => {
      const body = new Uint8Array(size)
      body.set(fromHex('00010001'))
      return decodePeerSpec(encodePeerSpec({ ...MINIMAL, features: [{ kind: 'unknown', id: 16, body }] }))
    }
    assert.equal(modeOf(large(511))?.blocksToKeep, -1)
    assert.equal(modeOf(large(512)), undefined)
  })
})

describe('peer spec', () => {
  it('reads IPv4-mapped addresses as IPv4, as the JVM does', () => {
    const decoded = decodePeerSpec(fromHex('0161060004000114 00000000000000000000ffff01020304 c646 00'.replaceAll(' ', '')))
    assert.deepEqual(decoded.declaredAddress, { ip: '1.2.3.4', port: 9030 })
  })

  it('is not relayed without a usable address or when its names no longer fit', () => {
    assert.equal(relayablePeerSpec(MINIMAL), undefined)
    assert.equal(relayablePeerSpec({ ...MINIMAL, declaredAddress: { ip: '8.8.8.8', port: 0 } }), undefined)
    const good = { ...MINIMAL, declaredAddress: { ip: '8.8.8.8', port: 9030 } }
    assert.deepEqual(relayablePeerSpec(good), good)
    // 200 bytes that are not UTF-8 become 600.
    const name = concatBytes(Uint8Array.of(200), new Uint8Array(200).fill(0xff))
    const bytes = concatBytes(fromHex('0161060004'), name, fromHex('010808080808c64600'))
    assert.equal(decodePeerSpec(bytes).nodeName.length, 200)
    assert.equal(relayablePeerSpec(decodePeerSpec(bytes)), undefined)
  })

  it('is not written when the reference would refuse it', () => {
    assert.throws(() => encodePeerSpec({ ...MINIMAL, agentName: '' }), EncodeError)
    assert.throws(() => encodePeerSpec({ ...MINIMAL, agentName: 'x'.repeat(256) }), EncodeError)
    assert.throws(() => encodePeerSpec({ ...MINIMAL, declaredAddress: { ip: 'localhost', port: 1 } }), EncodeError)
    assert.throws(() => encodePeerSpec({ ...MINIMAL, declaredAddress: { ip: '1.2.3.4', port: 65536 } }), EncodeError)
    assert.throws(() => encodePeerSpec({ ...MINIMAL, version: { major: 200, minor: 0, patch: 0 } }), EncodeError)
    assert.throws(() => encodePeerSpec({ ...MINIMAL, features: [{ kind: 'restApiUrl', url: 'ftp://a' }] }), EncodeError)
    const ipv6 = { kind: 'localAddress', address: { ip: '::1', port: 1 } } as const
    assert.throws(() => encodePeerSpec({ ...MINIMAL, features: [ipv6] }), EncodeError)
    const many = new Array(128).fill({ kind: 'unknown', id: 9, body: new Uint8Array(0) })
    assert.throws(() => encodePeerSpec({ ...MINIMAL, features: many }), EncodeError)
  })

  it('fails with an offset at every truncation', () => {
    fc.assert(
      fc.property(peerSpec, (spec) => {
        const bytes = encodePeerSpec(spec)
        assert.deepEqual(decodePeerSpec(bytes), spec)
        for (let n = 0; n < bytes.length; n++) {
          assert.throws(
            () => decodePeerSpec(bytes.subarray(0, n)),
            (e) => e instanceof DecodeError && e.code === 'UNDERFLOW' && e.offset !== undefined && e.offset <= n
          )
        }
      }),
      { numRuns: 40 }
    )
  })
})

describe('versions', () => {
  it('are ordered by three signed bytes', () => {
    const sorted = ['-1.0.0', '0.0.1', '3.3.6', '4.0.99', '4.0.100', '5.0.12', '6.0.4', '6.5.0'].map(parseVersion)
    for (let i = 1; i < sorted.length; i++) {
      assert.ok(compareVersions(sorted[i - 1]!, sorted[i]!) < 0)
      assert.ok(compareVersions(sorted[i]!, sorted[i - 1]!) > 0)
    }
    assert.equal(compareVersions(parseVersion('4.0.100'), EIP37_VERSION), 0)
    assert.equal(formatVersion(EIP37_VERSION), '4.0.100')
  })

  it('are refused when they do not fit', () => {
    for (const text of ['', '6.0', '6.0.4.1', '128.0.0', '6.0.x', '6.0.4-rc1'])
      assert.throws(() => parseVersion(text), RangeError)
  })
})
