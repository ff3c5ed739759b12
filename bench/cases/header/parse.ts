import assert from 'node:assert/strict'
import ergoLib from 'ergo-lib-wasm-nodejs'
import { concatBytes, stringifyJson } from '../../../src/bytes/index.ts'
import { headerToJson, scanHeader } from '../../../src/chain/index.ts'
import type { Candidate, TimedCase } from '../../harness.ts'
import { mainnetHeaders } from './support.ts'

const HEADERS = 350

export const bench: TimedCase = {
  name: 'header/parse',
  workload: `${HEADERS} mainnet headers of version 4, all kept: *lazy* views, *eager* with every field taken out, JSON.parse of the REST shape, ergo-lib`,
  setup() {
    const headers = mainnetHeaders(['headers-before-1795968'], HEADERS)
    const bytes = concatBytes(...headers.map((h) => h.bytes))
    const starts: number[] = []
    let at = 0
    for (const h of headers) {
      starts.push(at)
      at += h.size
    }
    const json = headers.map((h) => {
      const shape = headerToJson(h)
      return stringifyJson({ ...shape, powSolutions: { ...shape.powSolutions } })
    })
    /** A pass makes all headers and keeps them until the next. */
    let kept: unknown[] = []
    const pass =
      (parse: (i: number) => unknown): Candidate =>
      (n) => {
        for (let k = 0; k < n; k++) {
          const made = new Array<unknown>(headers.length)
          for (let i = 0; i < headers.length; i++) made[i] = parse(i)
          kept = made
        }
        return kept.length
      }
    return {
      verify() {
        headers.forEach((h, i) => {
          assert.equal(scanHeader(bytes, starts[i]!).idHex, h.idHex)
          assert.equal((JSON.parse(json[i]!) as { id: string }).id, h.idHex)
          const theirs = ergoLib.BlockHeader.from_json(json[i]!)
          assert.deepEqual(theirs.transactions_root(), h.transactionsRoot)
          theirs.free()
        })
      },
      unitsPerOperation: HEADERS,
      candidates: {
        lazy: pass((i) => scanHeader(bytes, starts[i]!)),
        eager: pass((i) => scanHeader(bytes, starts[i]!).toFields()),
        'JSON.parse': pass((i) => JSON.parse(json[i]!)),
        'ergo-lib'(n) {
          let sink = 0
          for (let k = 0; k < n; k++) {
            for (const text of json) {
              const header = ergoLib.BlockHeader.from_json(text)
              sink += 1
              // Its objects live outside the JavaScript heap and are never collected.
              header.free()
            }
          }
          return sink
        }
      },
      comparisons: {
        'lazy-vs-json': { of: 'lazy', against: 'JSON.parse', as: 'speed-up' },
        'eager-vs-json': { of: 'eager', against: 'JSON.parse', as: 'speed-up' },
        'vs-ergo-lib': { of: 'lazy', against: 'ergo-lib', as: 'speed-up' }
      }
    }
  }
}
