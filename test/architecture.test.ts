/** Rooms of the house: imports go down the list, pure rooms stay pure. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { importsOf, projectSources, ROOMS, type SourceFile, violations, withoutComments } from './support/architecture.ts'

const sample = (path: string, text: string): SourceFile => ({ path, text })

describe('architecture', () => {
  it('every file is in a room, imports only what its room may, and pure rooms reach for nothing', () => {
    const files = projectSources()
    assert.ok(files.length > 200, `${files.length} files`)
    assert.deepEqual(violations(files), [])
  })

  it('the table itself goes down: no room is used by one that it uses', () => {
    for (const [room, { uses }] of Object.entries(ROOMS)) {
      for (const other of uses) {
        // Services know each other by their interfaces.
        if (room.startsWith('protocols/') && other.startsWith('protocols/')) continue
        assert.equal(ROOMS[other]?.uses.includes(room), false, `${room} and ${other} use each other`)
      }
    }
  })
})

describe('the check of the architecture', () => {
  const forbidden: Array<[name: string, file: SourceFile, finding: RegExp]> = [
    ['upwards', sample('src/chain/x.ts', "import { a } from '../state/index.ts'"), /src\/chain may not import src\/state/],
    ['wire in consensus', sample('src/history/x.ts', "import { a } from '../wire/index.ts'"), /may not import src\/wire/],
    ['types count, too', sample('src/bytes/x.ts', "import type { A } from '../wire/index.ts'"), /may not import src\/wire/],
    ['re-export', sample('src/wire/x.ts', "export * from '../chain/index.ts'"), /may not import src\/chain/],
    ['named re-export', sample('src/wire/x.ts', "export { type A, b } from '../chain/index.ts'"), /may not import src\/chain/],
    ['dynamic import', sample('src/wire/x.ts', "const a = await import('../chain/index.ts')"), /may not import src\/chain/],
    [
      'over several lines',
      sample('src/wire/x.ts', "import {\n  a,\n  type B\n} from '../chain/index.ts'"),
      /may not import src\/chain/
    ],
    ['import for its effect', sample('src/wire/x.ts', "import '../chain/index.ts'"), /may not import src\/chain/],
    [
      'file of a worker',
      sample('src/chain/x.ts', "new Worker(new URL('../workers/main.ts', import.meta.url))"),
      /may not import src\/workers/
    ],
    ['Node in a pure room', sample('src/crypto/x.ts', "import { createHash } from 'node:crypto'"), /may not import node:crypto/],
    ['Node without prefix', sample('src/wire/x.ts', "import net from 'net'"), /may not import node:net/],
    ['a package in a pure room', sample('src/wire/x.ts', "import { z } from 'zod'"), /may not import zod/],
    [
      'code of state in the store',
      sample('src/store/x.ts', "import { apply } from '../state/index.ts'"),
      /may not import src\/state/
    ],
    [
      'consensus in a service',
      sample('protocols/sync/x.ts', "import { scanHeader } from '../../src/chain/index.ts'"),
      /may not import src\/chain/
    ],
    [
      'our code in a transport',
      sample('transports/ergo-tcp/x.ts', "import { a } from '../../src/wire/index.ts'"),
      /may not import src\/wire/
    ],
    ['commands in the node', sample('src/node/x.ts', "import { a } from '../cli/main.ts'"), /may not import src\/cli/],
    ['the API in the node', sample('src/node/x.ts', "import { a } from '../api/index.ts'"), /may not import src\/api/],
    ['commands in the API', sample('src/api/x.ts', "import { a } from '../cli/index.ts'"), /may not import src\/cli/],
    ['past the index', sample('src/node/x.ts', "import { a } from '../store/keys.ts'"), /past the index of src\/store/],
    ['no extension', sample('src/node/x.ts', "import { a } from './b'"), /does not end in \.ts/],
    ['out of the house', sample('src/node/x.ts', "import { a } from '../../test/support/x.ts'"), /in no room/],
    ['no room', sample('src/attic/x.ts', ''), /in no room of the house/],
    ['a clock', sample('src/chain/x.ts', 'const t = Date.now()'), /reaches for Date\.now/],
    ['today', sample('src/chain/x.ts', 'const t = new Date()'), /reaches for new Date/],
    ['chance', sample('src/wire/x.ts', 'const r = Math.random()'), /reaches for Math\.random/],
    ['a timer', sample('src/state/x.ts', 'setTimeout(() => {}, 1)'), /reaches for setTimeout/],
    ['a log', sample('src/ergotree/x.ts', "console.log('x')"), /reaches for console/],
    ['Buffer', sample('src/bytes/x.ts', 'Buffer.alloc(1)'), /reaches for Buffer/],
    ['the process', sample('src/transaction/x.ts', 'process.env.X'), /reaches for process/]
  ]
  for (const [name, file, finding] of forbidden) {
    it(`finds: ${name}`, () => {
      const found = violations([file])
      assert.equal(found.length, 1, found.join('\n'))
      assert.match(found[0]!, finding)
    })
  }

  const allowed: Array<[name: string, file: SourceFile]> = [
    ['down', sample('src/state/x.ts', "import { a } from '../chain/index.ts'")],
    ['within a room', sample('src/chain/difficulty/x.ts', "import { a } from '../header.ts'")],
    ['a folder of a room with a face of its own', sample('src/state/x.ts', "import { a } from '../crypto/avltree/index.ts'")],
    ['types of consensus in the store', sample('src/store/x.ts', "import type { Header } from '../chain/index.ts'")],
    ['only types among the names', sample('src/store/x.ts', "import { type A, type B } from '../state/index.ts'")],
    ['the session under a service', sample('protocols/sync/x.ts', "import type { Session } from '../session/index.ts'")],
    ['libp2p under a transport', sample('transports/ergo-tcp/x.ts', "import { TypedEventEmitter } from 'main-event'")],
    ['noble under crypto', sample('src/crypto/x.ts', "import { blake2b } from '@noble/hashes/blake2.js'")],
    [
      'an example in a comment',
      sample('src/wire/x.ts', "/**\n * import { a } from '../chain/index.ts'\n */\n// Date.now() is never asked")
    ],
    ['words in a text', sample('src/wire/x.ts', "throw new Error('no Buffer, no Date.now() here')")],
    ['a date from a value', sample('src/chain/x.ts', 'const d = new Date(timestamp)')]
  ]
  for (const [name, file] of allowed) {
    it(`lets pass: ${name}`, () => assert.deepEqual(violations([file]), []))
  }

  it('reads imports of every form', () => {
    const code = withoutComments(`
      import a from './a.ts'
      import type { B } from './b.ts'
      import { type C, d } from './c.ts' // from './no.ts'
      import * as e from './e.ts'
      export { f } from './f.ts'
      export * from './g.ts'
      import './h.ts'
      const i = await import('./i.ts')
    `)
    assert.deepEqual(
      importsOf(code)
        .map(({ specifier, typeOnly }) => `${specifier}${typeOnly ? ' type' : ''}`)
        .sort(),
      ['./a.ts', './b.ts type', './c.ts', './e.ts', './f.ts', './g.ts', './h.ts', './i.ts']
    )
  })
})
