import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { bigIntFromBytes, concatBytes, fromHex, type JsonValue, parseJson, toHex } from '../../src/bytes/index.ts'
import {
  autolykosTableSize,
  checkPow,
  GENESIS_LEVEL,
  type Header,
  headerFromFields,
  headerFromJson,
  headerLevel,
  INFINITY_POINT,
  levelOf,
  type PowFailure,
  PowSolver,
  parseHeader,
  powHit,
  powMessage,
  powTarget,
  powTargetBytes,
  scanHeader,
  verifyPow
} from '../../src/chain/index.ts'
import { autolykosIndexes } from '../../src/crypto/autolykos-kernel.ts'
import { autolykosV1Sum, blake2b256Concat, secp256k1 } from '../../src/crypto/index.ts'
import { committed, missing, readBytes, readJsonLines, shared } from '../support/vectors.ts'
import { KNOWN_HEADERS, knownBytes } from './known-headers.ts'

const known = KNOWN_HEADERS.map((k) => ({ ...k, header: parseHeader(fromHex(k.bytes)) }))

/** The header with some fields changed; its proof of work stays as it was. */
function changed(header: Header, change: Partial<ReturnType<Header['toFields']>>): Header {
  return headerFromFields({ ...header.toFields(), ...change })
}

function failureWith(header: Header, solution: Partial<Header['powSolution']>): PowFailure | null {
  return checkPow(changed(header, { powSolution: { ...header.powSolution, ...solution } }))
}

describe('Autolykos table size', () => {
  it('has the known sizes', () => {
    const sizes: ReadonlyArray<[number, number]> = [
      [1, 67108864],
      [500000, 67108864],
      [614399, 67108864],
      [614400, 70464240],
      [665600, 73987410],
      [700000, 73987410],
      [716800, 77686770],
      [788400, 81571035],
      [1000000, 99149820],
      [1051200, 104107290],
      [1200000, 120517005],
      [1761000, 206124135],
      [2000000, 263072250],
      [4147200, 2041852050],
      [4198399, 2041852050],
      [4198400, 2143944600],
      [41984000, 2143944600],
      [2 ** 31 - 1, 2143944600]
    ]
    for (const [height, size] of sizes) {
      assert.equal(autolykosTableSize(2, height), size)
      assert.equal(autolykosTableSize(4, height), size)
      assert.equal(autolykosTableSize(-1, height), size)
      assert.equal(autolykosTableSize(1, height), 67108864)
    }
  })
})

describe('Autolykos target', () => {
  it('has the known values', () => {
    for (const { header, target } of known) {
      if (target === undefined) continue
      assert.equal(powTarget(header.nBits), BigInt(`0x${target}`))
      assert.equal(bigIntFromBytes(powTargetBytes(header.nBits)!), BigInt(`0x${target}`))
    }
    // Known answer of the reference's suite.
    assert.equal(powTarget(37748736), 7067388259113537318333190002971674063283542741642755394446115914399301849n)
  })

  it('is out of reach for difficulties of 0 and below, and at difficulty 1 only the top hashes miss it', () => {
    assert.equal(powTarget(0), null)
    assert.equal(powTargetBytes(0x01003456), null)
    assert.ok(powTarget(0x04923456)! < 0n)
    assert.equal(powTargetBytes(0x04923456), null)
    assert.equal(powTarget(0x01010000), secp256k1.order)
    // More than the group order: nothing is below 0.
    assert.equal(powTarget(0x30010000), 0n)
    assert.equal(powTargetBytes(0x30010000), null)
  })

  it('gives the same answer however often and in whatever order it is asked', () => {
    const nBits = Array.from({ length: 40 }, (_, i) => 0x06010000 + i)
    for (let round = 0; round < 3; round++) {
      for (const n of [...nBits, ...nBits.toReversed()]) assert.equal(bigIntFromBytes(powTargetBytes(n)!), powTarget(n))
    }
  })
})

describe('Autolykos, known answers', () => {
  it('hashes the header without its solution', () => {
    for (const { header, msg } of known) assert.equal(toHex(powMessage(header)), msg)
  })

  it('has the known hits', () => {
    for (const { header, hit } of known) assert.equal(powHit(header), BigInt(`0x${hit}`))
  })

  it('draws the known table indexes', () => {
    for (const { header, msg, indexes } of known) {
      const size = autolykosTableSize(header.version, header.height)
      let seed = concatBytes(fromHex(msg), header.nonce)
      if (header.version !== 1) {
        const height = Uint8Array.of(header.height >> 24, header.height >> 16, header.height >> 8, header.height)
        const i = Number(bigIntFromBytes(blake2b256Concat(seed).subarray(24)) % BigInt(size))
        const first = Uint8Array.of(i >> 24, i >> 16, i >> 8, i)
        const m = new Uint8Array(8192)
        for (let k = 0; k < 1024; k++) m.set([k >> 8, k & 0xff], 8 * k + 6)
        seed = concatBytes(blake2b256Concat(first, height, m).subarray(1), seed)
      }
      assert.deepEqual([...autolykosIndexes(seed, 32, size)].slice(0, 4), indexes)
    }
  })

  it('sums the elements of version 1 to the known f', () => {
    for (const { header, msg, sum } of known) {
      if (sum === undefined) continue
      const f = autolykosV1Sum(fromHex(msg), header.nonce, header.minerPk, header.powOneTimePk, 2 ** 26)
      assert.equal(toHex(f), sum)
    }
  })

  it('accepts the known headers and none of them with its last nonce bit flipped', () => {
    for (const { header } of known) {
      assert.equal(checkPow(header), null)
      assert.ok(verifyPow(header))
      const nonce = header.nonce.slice()
      nonce[7]! ^= 1
      const failure = failureWith(header, { nonce })
      assert.equal(failure, header.version === 1 ? 'EQUATION_FALSE' : 'HIT_ABOVE_TARGET')
    }
  })

  it('agrees with a miner on the first increase of the table (height 614400)', () => {
    const header = headerFromJson(
      parseJson(`{
        "votes": "000000", "timestamp": 4928911477310178288, "height": 614400, "nBits": 37748736, "version": 2,
        "stateRoot": "5c8c00b8403d3701557181c8df800001b6d5009e2201c6ff807d71808c00019780",
        "adProofsRoot": "5d3f80dcff7f5e7f59007294c180808d0158d1ff6ba10000f901c7f0ef87dcff",
        "transactionsRoot": "f17fffacb6ff7f7f1180d2ff7f1e24ffffe1ff937f807f0797b9ff6ebdae007e",
        "extensionHash": "1480887f80007f4b01cf7f013ff1ffff564a0000b9a54f00770e807f41ff88c0",
        "parentId": "ac2101807f0000ca01ff0119db227f202201007f62000177a080005d440896d0",
        "powSolutions": { "pk": "03bedaee069ff4829500b3c07c4d5fe6b3ea3d3bf76c5c28c1d4dcdb1bed0ade0c", "n": "0000000000003105" }
      }`)
    )
    assert.equal(header.idHex, '5603a937ec1988220fc44fb5022fb82d5565b961f005ebb55d85bd5a9e6f801f')
    assert.equal(header.size, 223)
    assert.equal(toHex(header.adProofsId), 'dec129290a763f4de41f04e87e2b661dd59758af6bdd00dd51f5d97c3a8cb9b5')
    assert.equal(toHex(header.transactionsId), 'eba1dd82cf51147232e09c1f72b37c554c30f63274d5093bff36849a83472a42')
    assert.equal(toHex(powMessage(header)), '548c3e602a8f36f8f2738f5f643b02425038044d98543a51cabaa9785e7e864f')
    assert.equal(powHit(header), 0x0002fcb113fe65e5754959872dfdbffea0489bf830beb4961ddc0e9e66a1412an)
    assert.equal(checkPow(header), null)
  })

  it('refuses the invalid solution of a mining pool', () => {
    const header = headerFromJson(
      parseJson(`{
        "votes": "000000", "timestamp": 1611225263165, "height": 2870, "nBits": 72286528, "version": 2,
        "stateRoot": "c0d0b5eafd07b22487dac66628669c42a242b90bef3e1fcdc76d83140d58b6bc0e",
        "adProofsRoot": "49453875a43035c7640dee2f905efe06128b00d41acd2c8df13691576d4fd85c",
        "transactionsRoot": "770cbb6e18673ed025d386487f15d3252115d9a6f6c9b947cf3d04731dd6ab75",
        "extensionHash": "9bc7d54583c5d44bb62a7be0473cd78d601822a626afc13b636f2cbff0d87faf",
        "parentId": "ab19e6c7a4062979dddb534df83f236d1b949c7cef18bcf434a67e87c593eef9",
        "powSolutions": {
          "pk": "0288114b0586efea9f86e4587f2071bc1c85fb77e15eba96b2769733e0daf57903",
          "w": "0279be667ef9dcbbac55a06295ce870b07029bfcdb2dce28d959f2815b16f81798", "n": "000100000580a91b", "d": 0
        }
      }`)
    )
    assert.equal(header.idHex, '5b0ce6711de6b926f60b67040cc4512804517785df375d063f1bf1d75588af3a')
    assert.equal(checkPow(header), 'HIT_ABOVE_TARGET')
  })
})

describe('Autolykos failures', () => {
  const v1 = parseHeader(knownBytes(1))
  const v4 = parseHeader(knownBytes(1761000))

  it('says why a version 1 solution fails', () => {
    const { d, pk } = v1.powSolution
    const target = powTarget(v1.nBits)!
    assert.equal(failureWith(v1, { d: target }), 'DISTANCE_ABOVE_TARGET')
    assert.equal(failureWith(v1, { d: target - 1n }), 'EQUATION_FALSE')
    assert.equal(failureWith(v1, { d: d + 1n }), 'EQUATION_FALSE')
    assert.equal(failureWith(v1, { d: 0n }), 'EQUATION_FALSE')
    assert.equal(failureWith(v1, { pk: INFINITY_POINT }), 'POINT_INFINITE')
    assert.equal(failureWith(v1, { w: INFINITY_POINT }), 'POINT_INFINITE')
    assert.equal(failureWith(v1, { w: v1.minerPk }), 'EQUATION_FALSE')
    const otherSign = pk.slice()
    otherSign[0]! ^= 1
    assert.equal(failureWith(v1, { pk: otherSign }), 'EQUATION_FALSE')
    const offCurve = fromHex(`02${'05'.padStart(64, '0')}`)
    assert.equal(failureWith(v1, { w: offCurve }), 'POINT_INVALID')
    assert.notEqual(failureWith(v1, { pk: offCurve }), null)
  })

  it('checks the points of later versions, though the puzzle does not use them', () => {
    assert.equal(failureWith(v4, { pk: INFINITY_POINT }), null)
    assert.equal(failureWith(v4, { pk: v1.minerPk }), null)
    assert.equal(failureWith(v4, { pk: fromHex(`02${'05'.padStart(64, '0')}`) }), 'POINT_INVALID')
  })

  it('fails for a difficulty that is not positive', () => {
    for (const nBits of [0, 0x01003456, 0x04923456]) {
      assert.equal(checkPow(changed(v1, { nBits })), 'TARGET_UNREACHABLE')
      assert.equal(checkPow(changed(v4, { nBits })), 'TARGET_UNREACHABLE')
    }
  })

  it('takes the algorithm from the version byte, whatever the height', () => {
    // The same nonce under another version is another puzzle.
    assert.notEqual(checkPow(changed(v4, { version: 5 })), null)
    const easy = { nBits: 0x01010000, height: 1 }
    for (const version of [0, 2, 3, 4, 5, 127, -128]) assert.equal(checkPow(changed(v4, { ...easy, version })), null)
    assert.notEqual(checkPow(changed(v4, { ...easy, version: 1 })), null)
  })
})

describe('Autolykos, recorded chains', () => {
  for (const chain of ['v4', 'vote']) {
    it(`accepts the headers of devnet ${chain}`, () => {
      for (const line of readJsonLines<{ bytes: string }>(committed(`chain/devnet-${chain}-headers.jsonl.gz`))) {
        assert.equal(checkPow(scanHeader(fromHex(line.bytes))), null)
      }
    })
  }
})

describe('Autolykos solver', () => {
  const v4 = parseHeader(knownBytes(1761000)).toFields()
  const v1 = parseHeader(knownBytes(1)).toFields()
  /** Difficulty 16: about one nonce in sixteen. */
  const nBits = 0x01100000

  it('finds version 2 solutions that verify', () => {
    const fields = { ...v4, nBits, height: 700_000 }
    const solver = new PowSolver(fields, { minerPk: v4.powSolution.pk })
    assert.equal(solver.target, powTarget(nBits))
    let first = 0n
    let solution = null
    while (solution === null && first < 4_000n) {
      solution = solver.search(first, 10)
      first += 10n
    }
    assert.ok(solution !== null)
    const header = headerFromFields({ ...fields, powSolution: solution })
    assert.deepEqual(powMessage(header), solver.message)
    assert.equal(checkPow(header), null)
  })

  it('finds version 1 solutions that verify, as height 1 of every devnet needs', () => {
    for (const bits of [0x01010000, nBits]) {
      const fields = { ...v1, nBits: bits }
      const solver = new PowSolver(fields, { secretKey: 12345n, oneTimeSecret: secp256k1.order - 2n })
      const solution = solver.search(2n ** 64n - 3n, 2_000)
      assert.ok(solution !== null)
      assert.deepEqual(solution.pk, secp256k1.multiplyBase(12345n).toBytes())
      assert.equal(checkPow(headerFromFields({ ...fields, powSolution: solution })), null)
    }
  })

  it('gives up after the attempts it was given', () => {
    assert.equal(new PowSolver(v4, { minerPk: v4.powSolution.pk }).search(0n, 3), null)
    assert.equal(new PowSolver(v4, { minerPk: v4.powSolution.pk }).search(0n, 0), null)
  })

  it('refuses what it cannot solve', () => {
    assert.throws(() => new PowSolver(v1, { minerPk: v1.powSolution.pk }), RangeError)
    assert.throws(() => new PowSolver({ ...v4, nBits: 0 }, { minerPk: v4.powSolution.pk }), RangeError)
  })
})

describe('superblock levels', () => {
  it('uses quotients of natural logarithms: 5 would be wrong here', () => {
    assert.equal(levelOf(2n ** 256n, 2n ** 251n), 4)
    assert.equal(levelOf(100n, 300n), -1)
    assert.equal(levelOf(100n, 150n), 0)
  })

  it('saturates like the JVM', () => {
    assert.equal(levelOf(1n, 0n), 0x7fffffff)
    assert.equal(levelOf(0n, 1n), -0x80000000)
    assert.equal(levelOf(0n, 0n), 0)
  })

  it('puts genesis above all and takes a known hit', () => {
    assert.equal(headerLevel(parseHeader(knownBytes(1))), GENESIS_LEVEL)
    for (const { header, hit } of known.slice(1)) {
      assert.equal(headerLevel(header), headerLevel(header, BigInt(`0x${hit}`)))
      assert.ok(headerLevel(header) >= 0)
    }
  })

  const proof = 'mainnet/nipopow-proof-m6-k10.json.gz'
  it('has the known levels of headers in a proof', { skip: missing(proof) }, () => {
    const levels = new Map([
      [28662, 17],
      [52167, 19],
      [450556, 18],
      [632703, 20],
      [1364092, 15],
      [1627307, 20],
      [1813842, 9]
    ])
    const json = parseJson(new TextDecoder().decode(readBytes(shared(proof)))) as ReadonlyMap<string, JsonValue>
    const prefix = json.get('prefix') as ReadonlyArray<ReadonlyMap<string, JsonValue>>
    const headers = new Map(prefix.map((p) => headerFromJson(p.get('header')!)).map((h) => [h.height, h]))
    for (const [height, level] of levels) assert.equal(headerLevel(headers.get(height)!), level, `height ${height}`)
  })
})
