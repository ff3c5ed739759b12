import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { fromHex } from '../../src/bytes/index.ts'
import {
  chainScore,
  classicDifficulty,
  type DifficultyHeader,
  type DifficultySettings,
  decodeCompact,
  difficultyHeights,
  eip37Difficulty,
  encodeCompact,
  interpolateDifficulty,
  MAINNET,
  nextRecalculationHeight,
  normaliseDifficulty,
  parseHeader,
  recalculationHeights,
  requiredDifficulty,
  TESTNET
} from '../../src/chain/index.ts'
import { missing, readJsonLines, shared } from '../support/vectors.ts'

/** Headers of `height:nBits:timestamp` words, with `..` for the nBits before. */
function window(words: string): DifficultyHeader[] {
  let last = ''
  return words.split(' ').map((word) => {
    const [height, nBits, timestamp] = word.split(':')
    if (nBits !== '..') last = nBits!
    return { height: Number(height), nBits: Number.parseInt(last, 16), timestampExact: BigInt(timestamp!) }
  })
}

function ancestry(headers: readonly DifficultyHeader[]): (height: number) => DifficultyHeader | undefined {
  return (height) => headers.find((h) => h.height === height)
}

const TESTNET_1153 = window(
  '128:01010000:1763329880437 256:01010000:1763329908587 384:0200cc00:1763330014287 512:02560c00:1763334297822 ' +
    '640:0300a837:1763336586915 768:0301e0ba:1763339078914 896:03045f09:1763341806220 1024:0308a0a6:1763344078039 ' +
    '1152:0311e84a:1763346510818'
)

describe('compact difficulty', () => {
  it('decodes the known values', () => {
    const known: ReadonlyArray<[number, string]> = [
      [0x180130e0, '130e0000000000000000000000000000000000000000000'],
      [0x18019eaf, '19eaf000000000000000000000000000000000000000000'],
      [0x1802cc47, '2cc47000000000000000000000000000000000000000000'],
      [0x1806f0a8, '6f0a8000000000000000000000000000000000000000000'],
      [0x187c3053, '7c3053000000000000000000000000000000000000000000'],
      [0x1a05db8b, '5db8b0000000000000000000000000000000000000000000000'],
      [0x1b0404cb, '404cb000000000000000000000000000000000000000000000000'],
      [0x1c20bca7, '20bca700000000000000000000000000000000000000000000000000'],
      [0x1d00ffff, 'ffff0000000000000000000000000000000000000000000000000000'],
      [0x181bc330, '1bc330000000000000000000000000000000000000000000'],
      [0x207fffff, '7fffff0000000000000000000000000000000000000000000000000000000000'],
      [0x01003456, '0'],
      [0x01123456, '12'],
      [0x02008000, '80'],
      [0x05009234, '92340000'],
      [0x04923456, '-12345600'],
      [0x04123456, '12345600']
    ]
    for (const [nBits, hex] of known) assert.equal(decodeCompact(nBits).toString(16), hex)
  })

  it('encodes the known values', () => {
    const known: ReadonlyArray<[bigint, number]> = [
      [0n, 0x01000000],
      [1n, 0x01010000],
      [0x7fn, 0x017f0000],
      [0x80n, 0x02008000],
      [0xffn, 0x0200ff00],
      [0x100n, 0x02010000],
      [0x7fffffn, 0x037fffff],
      [0x800000n, 0x04008000],
      [0xffffffn, 0x0400ffff],
      [0x011765000000n, 0x06011765],
      [0x6f98d5000000n, 0x066f98d5],
      [0x8fffffffffffn, 0x07008fff]
    ]
    for (const [value, nBits] of known) assert.equal(encodeCompact(value), nBits)
    assert.equal(normaliseDifficulty(0xffffffn), 0xffff00n)
    assert.throws(() => encodeCompact(-1n), RangeError)
    assert.throws(() => encodeCompact(1n << 2048n), RangeError)
  })

  it('means the same number in several encodings', () => {
    assert.equal(decodeCompact(0x04000100), 65536n)
    assert.equal(decodeCompact(0x03010000), 65536n)
    assert.equal(encodeCompact(65536n), 0x03010000)
  })

  it('keeps every non-negative number that an encoding can mean', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 0xffffffff }), (nBits) => {
        const value = decodeCompact(nBits)
        const size = nBits >>> 24
        // Java: the first three of `size` bytes, sign taken off the top bit of the first.
        const hex = (nBits & 0x7fffff).toString(16).padStart(6, '0') + '00'.repeat(255)
        const magnitude = size === 0 ? 0n : BigInt(`0x${hex.slice(0, 2 * size)}`)
        assert.equal(value, size > 0 && (nBits & 0x800000) !== 0 ? -magnitude : magnitude)
        if (value >= 0n) assert.equal(normaliseDifficulty(value), value)
      })
    )
  })
})

describe('difficulty regression', () => {
  const d = 675204474840679645414180963439886534428n

  it('interpolates the known lines', () => {
    const at = (...factors: bigint[]) => factors.map((f, i) => [123 * (i + 1), d * f] as const)
    assert.equal(interpolateDifficulty(at(1n, 1n, 1n, 1n), 123), d)
    assert.equal(interpolateDifficulty(at(1n, 2n, 2n, 1n), 123), (d * 3n) / 2n)
    assert.equal(interpolateDifficulty(at(1n, 2n, 3n, 4n), 123), 3376022374203398227070904817199432672139n)
    const far = [799167010, 799167133, 799167256, 799167379].map((x) => [x, d] as const)
    assert.equal(interpolateDifficulty(far, 123), d)
    assert.equal(interpolateDifficulty([[5, 7n]], 123), 7n)
  })

  it('computes testnet heights 1153 and 1281', () => {
    const next = classicDifficulty(TESTNET_1153, 128, 45_000, 1n)
    assert.equal(next, 2181204n)
    assert.equal(encodeCompact(next), 0x03214854)
    const moved = [...TESTNET_1153.slice(1), ...window('1280:03214854:1763349223144')]
    assert.equal(encodeCompact(classicDifficulty(moved, 128, 45_000, 1n)), 0x033c09fd)
  })

  it('keeps the first difficulty when there is one header, or time did not pass', () => {
    assert.equal(classicDifficulty(window('128:01050000:10'), 128, 45_000, 1n), 5n)
    assert.equal(classicDifficulty(window('128:01050000:10 256:01070000:10'), 128, 45_000, 1n), 5n)
    assert.equal(classicDifficulty(window('128:01050000:11 256:01070000:10'), 128, 45_000, 1n), 5n)
    assert.throws(() => classicDifficulty([], 128, 45_000, 1n), RangeError)
  })

  it('falls back to the initial difficulty below 1', () => {
    // One block in 128 * 45 s * 10^6: the pace asks for less than 1.
    assert.equal(classicDifficulty(window('128:01010000:0 256:01010000:5760000000000'), 128, 45_000, 3n), 3n)
  })

  it('refuses headers that are not an epoch apart', () => {
    assert.throws(() => classicDifficulty(window('128:01010000:0 255:01010000:1000'), 128, 45_000, 1n), RangeError)
  })

  it('keeps the difficulty of a constant pace, in any epoch length', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 1024 }),
        fc.integer({ min: 2, max: 16 }),
        fc.integer({ min: 1, max: 3_600_000 }),
        fc.integer({ min: 1, max: 0x7fffff }),
        (epochLength, epochs, intervalMs, mantissa) => {
          const nBits = encodeCompact(BigInt(mantissa) << 16n)
          const headers = Array.from({ length: epochs + 1 }, (_, i) => {
            const height = (i + 1) * epochLength
            return { height, nBits, timestampExact: BigInt(height) * BigInt(intervalMs) }
          })
          assert.equal(classicDifficulty(headers, epochLength, intervalMs, 1n), decodeCompact(nBits))
        }
      )
    )
  })
})

describe('EIP-37', () => {
  const { blockIntervalMs, initialDifficulty } = MAINNET.difficulty
  const eip37 = (headers: readonly DifficultyHeader[]) => eip37Difficulty(headers, 128, blockIntervalMs, initialDifficulty)
  const decimal = (words: string): DifficultyHeader[] =>
    window(words.replace(/:(\d+):/g, (_, n: string) => `:${Number(n).toString(16)}:`))

  it('computes height 844673, the damped first one', () => {
    const headers = decimal(
      '843648:122447235:1664042474042 843776:122447235:1664129304480 843904:121307964:1664209256434 844032:..:1664292466128 ' +
        '844160:..:1664372646991 844288:..:1664470308371 844416:..:1664566485513 844544:..:1664675989866 844672:..:1664778295782'
    )
    assert.equal(classicDifficulty(headers, 128, blockIntervalMs, initialDifficulty), 2097644847497216n)
    assert.equal(eip37(headers), 8305289929424896n)
    assert.equal(encodeCompact(eip37(headers)), 119374238)
  })

  it('computes height 1796097, an undamped one', () => {
    const headers = decimal(
      '1795072:108346697:1779949676854 1795200:108337463:1779965260639 1795328:108222418:1779979681278 ' +
        '1795456:108457233:1779994441324 1795584:108635499:1780009931139 1795712:108559985:1780026998427 ' +
        '1795840:108112757:1780042254277 1795968:108188994:1780060019568 1796096:107390433:1780075903846'
    )
    assert.equal(classicDifficulty(headers, 128, blockIntervalMs, initialDifficulty), 108290000289792n)
    assert.equal(eip37(headers), 108713725657088n)
    assert.equal(encodeCompact(eip37(headers)), 107143139)
  })

  it('never leaves half to one and a half of the last difficulty', () => {
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.integer({ min: 1, max: 0x7fffff }), fc.integer({ min: 1, max: 10 ** 9 })), {
          minLength: 2,
          maxLength: 9
        }),
        (epochs) => {
          let timestampExact = 0n
          const headers = epochs.map(([mantissa, ms], i) => {
            timestampExact += BigInt(ms)
            return { height: 128 * (i + 1), nBits: encodeCompact(BigInt(mantissa) << 24n), timestampExact }
          })
          const last = decodeCompact(headers.at(-1)!.nBits)
          const next = eip37(headers)
          assert.ok(next >= normaliseDifficulty(last / 2n) && next <= (last * 3n) / 2n)
        }
      )
    )
  })

  it('needs two headers', () => {
    assert.throws(() => eip37(window('128:01010000:0')), RangeError)
  })
})

describe('heights of a recalculation', () => {
  it('are those of the reference, without height 0', () => {
    assert.deepEqual(recalculationHeights(926977, 128, 4), [926464, 926592, 926720, 926848, 926976])
    assert.deepEqual(recalculationHeights(129, 128, 4), [128])
    assert.deepEqual(recalculationHeights(257, 128, 4), [128, 256])
    assert.deepEqual(recalculationHeights(5 * 123 + 1, 123, 4), [123, 246, 369, 492, 615])
    assert.deepEqual(recalculationHeights(62, 123, 4), [61])
    assert.deepEqual(recalculationHeights(4 * 123, 123, 4), [4 * 123 - 1])
    assert.deepEqual(recalculationHeights(4 * 123 + 2, 123, 4), [4 * 123 + 1])
    assert.deepEqual(recalculationHeights(4, 1, 3), [1, 2, 3])
    assert.deepEqual(recalculationHeights(3, 1, 3), [2])
  })

  it('come next where the reference says', () => {
    const known: ReadonlyArray<[number, number]> = [
      [926976, 926977],
      [926977, 927105],
      [926975, 926977],
      [926950, 926977],
      [1, 129],
      [129, 257],
      [256, 257]
    ]
    for (const [height, next] of known) assert.equal(nextRecalculationHeight(height, 128), next)
  })
})

describe('required difficulty', () => {
  const known = (settings: DifficultySettings, parent: number, headers: readonly DifficultyHeader[]) => {
    const result = requiredDifficulty(parent, ancestry(headers), settings)
    return result.known ? result.difficulty : `missing ${result.missingHeight}`
  }

  it("is the parent's between recalculations", () => {
    assert.equal(known(MAINNET.difficulty, 5, window('5:06011765:1')), 0x011765000000n)
    assert.deepEqual(difficultyHeights(6, MAINNET.difficulty), [5])
    assert.equal(known(MAINNET.difficulty, 5, []), 'missing 5')
    // The parent's meaning, not its encoding.
    assert.equal(known(MAINNET.difficulty, 5, window('5:04000100:1')), 65536n)
  })

  it('is kept at the end of the first epoch, where one header remains', () => {
    assert.deepEqual(difficultyHeights(1025, MAINNET.difficulty), [1024])
    assert.equal(known(MAINNET.difficulty, 1024, window('1024:06011765:1')), 0x011765000000n)
    assert.equal(known(TESTNET.difficulty, 128, window('128:01010000:1')), 1n)
  })

  it('is fixed for the first header of version 2 and its successor', () => {
    for (const parent of [417_791, 417_792]) {
      assert.equal(known(MAINNET.difficulty, parent, []), 122702199259136n)
      assert.deepEqual(difficultyHeights(parent + 1, MAINNET.difficulty), [])
    }
    assert.equal(known(MAINNET.difficulty, 417_790, []), 'missing 417790')
    assert.equal(known(MAINNET.difficulty, 417_793, window('417793:066f98d5:1')), 0x6f98d5000000n)
    assert.equal(difficultyHeights(418_817, MAINNET.difficulty).at(-1), 418_816)
    assert.equal(difficultyHeights(418_817, MAINNET.difficulty).length, 9)
  })

  it('changes to EIP-37 at 844673 on mainnet, and never elsewhere', () => {
    assert.deepEqual(difficultyHeights(844_672, MAINNET.difficulty), [844_671])
    assert.equal(difficultyHeights(844_673, MAINNET.difficulty)[0], 843_648)
    assert.equal(difficultyHeights(843_649, MAINNET.difficulty).length, 1)
    assert.equal(known(MAINNET.difficulty, 844_672, window('844672:073b61bd:1')), 'missing 843648')
    assert.deepEqual(
      difficultyHeights(1_153, TESTNET.difficulty),
      TESTNET_1153.map((h) => h.height)
    )
    assert.equal(known(TESTNET.difficulty, 1_152, TESTNET_1153), 2181204n)
    assert.equal(known(TESTNET.difficulty, 128 * 10_000, []), `missing ${128 * 9_992}`)
  })

  it('uses the whole window of a devnet', () => {
    const devnet: DifficultySettings = { ...TESTNET.difficulty, epochLength: 16, blockIntervalMs: 100 }
    assert.deepEqual(difficultyHeights(17, devnet), [16])
    assert.deepEqual(difficultyHeights(33, devnet), [16, 32])
    assert.deepEqual(difficultyHeights(177, devnet), [48, 64, 80, 96, 112, 128, 144, 160, 176])
  })

  for (const file of ['headers-1-2000', 'headers-before-1795968']) {
    const path = `mainnet/${file}.jsonl.gz`
    it(`agrees with every header of ${file} whose window is there`, { skip: missing(path) }, () => {
      const headers = readJsonLines<{ bytes: string }>(shared(path)).map((line) => parseHeader(fromHex(line.bytes)))
      const byHeight = new Map(headers.map((h) => [h.height, h]))
      let compared = 0
      for (const header of headers.slice(1)) {
        const required = requiredDifficulty(header.height - 1, (h) => byHeight.get(h), MAINNET.difficulty)
        if (!required.known) continue
        assert.equal(decodeCompact(header.nBits), required.difficulty, `height ${header.height}`)
        compared++
      }
      assert.ok(compared >= headers.length - 8)
    })
  }
})

describe('chain score', () => {
  it('sums decoded difficulties', () => {
    assert.equal(chainScore(0n, 0x06011765), 1199990374400n)
    assert.equal(chainScore(1199990374400n, 0x06011765), 2n * 1199990374400n)
    assert.equal(chainScore(5n, 0x04000100), chainScore(5n, 0x03010000))
  })
})
