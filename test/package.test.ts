/** The package as others see it: what it says it has is there. */
import assert from 'node:assert/strict'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import { projectRoot } from './support/vectors.ts'

interface PackageJson {
  readonly bin: Readonly<Record<string, string>>
  readonly exports: Readonly<Record<string, string | { readonly types: string; readonly default: string }>>
  readonly files: readonly string[]
  readonly scripts: Readonly<Record<string, string>>
}

const read = (name: string): string => readFileSync(join(projectRoot, name), 'utf8')
const pack = JSON.parse(read('package.json')) as PackageJson
const README = read('README.md')

/** Names that the code blocks of a page import, by module. */
function importsOf(page: string): Array<[module: string, names: string[]]> {
  return [...page.matchAll(/import \{([^}]+)\} from '(ergo-libp2p[^']*)'/g)].map(([, names, module]) => [
    module!,
    names!.split(',').map((name) => name.trim())
  ])
}

describe('the package', () => {
  it('has the files that it names, one entry for each room of the house and each protocol and transport', () => {
    for (const file of [...Object.values(pack.bin), ...pack.files]) assert.ok(existsSync(join(projectRoot, file)), file)
    for (const [name, entry] of Object.entries(pack.exports)) {
      for (const file of typeof entry === 'string' ? [entry] : Object.values(entry)) {
        assert.ok(existsSync(join(projectRoot, file)), `${name}: ${file}`)
      }
    }
    const rooms = readdirSync(join(projectRoot, 'src')).filter((room) => room !== 'cli')
    const others = ['protocols', 'transports'].flatMap((folder) =>
      readdirSync(join(projectRoot, folder), { withFileTypes: true })
        .filter((entry) => entry.isDirectory())
        .map((entry) => `${folder}/${entry.name}`)
    )
    for (const room of [...rooms, ...others]) assert.ok(`./${room}` in pack.exports, room)
  })
})

describe('README', () => {
  it('imports what is there', async () => {
    const imports = importsOf(README)
    assert.ok(imports.length >= 8)
    for (const [module, names] of imports) {
      const entry = pack.exports[module.replace('ergo-libp2p', '.')]
      assert.ok(typeof entry === 'object', module)
      const there = (await import(join(projectRoot, entry.default))) as object
      for (const name of names) assert.ok(name in there, `${name} of ${module}`)
    }
  })

  it('names every command, no other, and scripts and pages that exist', async () => {
    const { COMMANDS } = await import('../src/cli/commands/index.ts')
    const table = README.split('\n')
      .filter((line) => line.startsWith('| `'))
      .join('\n')
    const words = table.replaceAll('`/`', '/').replaceAll('`', '')
    for (const { name } of COMMANDS) {
      const [first, second] = name.split(' ')
      assert.match(words, new RegExp(second === undefined ? `\\b${first}\\b` : `\\b${first}\\b.*\\b${second}\\b`), name)
    }
    for (const [, command] of README.matchAll(/npm (?:run )?([a-z:]+)/g)) {
      assert.ok(command === 'ci' || command! in pack.scripts, `npm ${command}`)
    }
    for (const [, link] of README.matchAll(/\]\(([^)#:]+)\)/g)) assert.ok(existsSync(join(projectRoot, link!)), link)
    for (const [, anchor] of README.matchAll(/\]\(#([^)]+)\)/g)) {
      const headings = [...README.matchAll(/^#+ (.+)$/gm)].map(([, text]) =>
        text!
          .toLowerCase()
          .replace(/[^\w -]/g, '')
          .replaceAll(' ', '-')
      )
      assert.ok(headings.includes(anchor!), anchor)
    }
  })

  it('names only flags that exist', async () => {
    const { COMMANDS } = await import('../src/cli/commands/index.ts')
    const { flagOptions } = await import('../src/config/index.ts')
    const known = new Set(['config', 'help', 'version', 'silent', ...Object.keys(flagOptions())])
    for (const { options = {} } of COMMANDS) for (const flag of Object.keys(options)) known.add(flag)
    for (const [, flag] of README.matchAll(/(?<![\w-])--([a-z][\w-]*)/g)) {
      assert.ok(known.has(flag!) || known.has(flag!.replace(/^no-/, '')), `--${flag}`)
    }
  })
})
