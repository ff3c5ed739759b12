import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { parseRecordedCase, recordedResult, runRecordedCase } from '../../src/ergotree/index.ts'
import { committed, missing, readBytes, shared } from '../support/vectors.ts'
import { differenceOf, type RecordedReferenceResult } from './recorded-cases.ts'

const FILES = ['avltree', 'basicops', 'examples', 'features5', 'features6', 'hand', 'interpreter', 'langspec5', 'langspec6']
  .concat(['misc', 'sigma', 'softfork'])
  .map((name) => `script/verify-${name}.jsonl.gz`)
  .concat(['script/fuzz-1.jsonl.gz'])

/** Lines of a file, one at a time: parsed all at once they take gigabytes. */
function lines(path: string): string[] {
  return new TextDecoder()
    .decode(readBytes(path))
    .split('\n')
    .filter((line) => line.length > 0)
}

/** Runs every line; the list of differences must be empty. Returns the number of lines. */
function checkFile(path: string): number {
  const differences: string[] = []
  const all = lines(path)
  for (const line of all) {
    const c = parseRecordedCase(line)
    const difference = differenceOf(c as typeof c & { result: RecordedReferenceResult })
    if (difference !== undefined) differences.push(`${c.name} (${c.tree}): ${difference}`)
  }
  assert.deepEqual(differences, [])
  return all.length
}

describe('recorded verifications of the reference interpreter', () => {
  it('agrees with every committed line: verdict, cost, proposition, counter', () => {
    assert.ok(checkFile(committed('script/recorded.jsonl.gz')) > 500)
  })

  for (const file of FILES) {
    it(`agrees with every line of ${file}`, { skip: missing(file) }, () => {
      assert.ok(checkFile(shared(file)) > 0)
    })
  }

  it('gives the lines of "script verify", whatever "result" says', () => {
    for (const line of lines(committed('script/recorded.jsonl.gz')).slice(0, 200)) {
      const { result, ...input } = parseRecordedCase(line) as ReturnType<typeof parseRecordedCase> & {
        result: RecordedReferenceResult
      }
      const output = recordedResult(runRecordedCase(input))
      if ('error' in output) assert.ok(['cost', 'script', 'parse'].includes(output.error.kind))
      else if ('reduced' in output) assert.deepEqual(Object.keys(output), ['name', 'reduced', 'cost'])
      else assert.deepEqual(output, { name: input.name, ok: result.ok, cost: Number(result.cost) })
    }
  })

  it('says where a line cannot be read', () => {
    assert.throws(() => parseRecordedCase('{"name":'), SyntaxError)
  })
})
