/** Every bit of many headers: what the quick tests look at in samples. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { DecodeError, fromHex } from '../../src/bytes/index.ts'
import { checkPow, type Header, HeaderFileVerifier, MAINNET, scanHeader } from '../../src/chain/index.ts'
import { blake2b256 } from '../../src/crypto/index.ts'
import { missing, readJsonLines, shared } from '../support/vectors.ts'

/** Headers taken from each file. */
const SAMPLE = 24

function headersOf(path: string): Header[] {
  return readJsonLines<{ bytes: string }>(shared(path)).map((line) => scanHeader(fromHex(line.bytes)))
}

describe('every bit of a header', () => {
  for (const file of ['headers-1-2000', 'headers-curated', 'headers-before-1795968']) {
    const path = `mainnet/${file}.jsonl.gz`
    it(`matters to its id, and to its proof of work but for the key: ${file}`, { skip: missing(path) }, () => {
      const headers = headersOf(path)
      const step = Math.max(1, Math.floor(headers.length / SAMPLE))
      for (let i = 0; i < headers.length; i += step) {
        const header = headers[i]!
        const solution = header.bytesWithoutPow.length
        for (let bit = 0; bit < 8 * header.size; bit++) {
          const bytes = header.bytes.slice()
          bytes[bit >> 3]! ^= 1 << (bit & 7)
          let mutant: Header
          try {
            mutant = scanHeader(bytes)
          } catch (error) {
            assert.ok(error instanceof DecodeError)
            continue
          }
          const where = `height ${header.height} bit ${bit}`
          // The length of new fields is read and dropped in versions 2 to 4: the header is the same, its bytes are rewritten.
          if (header.version > 1 && bit >> 3 === solution - 1) {
            assert.deepEqual(mutant.bytes, header.bytes, where)
            continue
          }
          assert.notDeepEqual(mutant.id, header.id, where)
          const inKey = header.version > 1 && bit >> 3 >= solution && bit >> 3 < solution + 33
          if (!inKey) assert.notEqual(checkPow(mutant), null, where)
        }
      }
    })
  }

  it('breaks a run where it stands', { skip: missing('mainnet/headers-before-1795968.jsonl.gz') }, () => {
    const headers = headersOf('mainnet/headers-before-1795968.jsonl.gz')
    const [before, target, after] = headers.slice(400, 403) as [Header, Header, Header]
    for (let bit = 0; bit < 8 * target.size; bit++) {
      const bytes = target.bytes.slice()
      bytes[bit >> 3]! ^= 1 << (bit & 7)
      const verifier = new HeaderFileVerifier({ network: MAINNET, now: 1_800_000_000_000 })
      verifier.add({ bytes: before.bytes }, null)
      verifier.add({ bytes, id: blake2b256(bytes) })
      verifier.add({ bytes: after.bytes }, null)
      assert.ok(verifier.summary().invalid > 0, `bit ${bit}`)
    }
  })
})
