/** Reads the imports of source files and says which of them the plan of the house does not allow. */
import { readdirSync, readFileSync } from 'node:fs'
import { builtinModules } from 'node:module'
import { dirname, join, posix } from 'node:path'
import { projectRoot } from './vectors.ts'

/** A file by its path from the root of the project. */
export interface SourceFile {
  readonly path: string
  readonly text: string
}

export interface ImportStatement {
  readonly specifier: string
  /** Gone after compilation. */
  readonly typeOnly: boolean
}

interface Room {
  /** Rooms whose code it may use. */
  readonly uses: readonly string[]
  /** Rooms of which it may know the types. */
  readonly types?: readonly string[]
  /** Packages: exact names, or scopes that end in a slash. Undefined for any. */
  readonly packages?: readonly string[]
  /** Values in, values out: no clock, log, disk, network or Node. */
  readonly pure?: true
}

const PURE = ['src/bytes', 'src/crypto', 'src/wire', 'src/chain', 'src/ergotree', 'src/transaction', 'src/state'] as const
const CONSENSUS = PURE.filter((room) => room !== 'src/wire')
const LIBP2P = ['@libp2p/', '@multiformats/', 'libp2p', 'main-event', 'uint8arraylist', 'it-pipe', 'node:']
const PROTOCOLS = ['session', 'peers', 'sync', 'modifiers', 'mempool', 'snapshots', 'nipopow'].map((name) => `protocols/${name}`)
const NODE_AND_BELOW = [
  ...PURE,
  'src/devnet',
  'src/store',
  'src/history',
  'src/mempool',
  'src/workers',
  'src/config',
  'src/telemetry',
  'src/node',
  'transports/ergo-tcp',
  'transports/polyfill.ts',
  'transports/steady-muxer.ts',
  ...PROTOCOLS
]

/** Who may import whom: imports go down this list only. */
export const ROOMS: Readonly<Record<string, Room>> = {
  'src/bytes': { uses: [], packages: [], pure: true },
  // The AVL+ tree in it is the arithmetic of authenticated dictionaries: no state of ours.
  'src/crypto': { uses: ['src/bytes'], packages: ['@noble/'], pure: true },
  'src/wire': { uses: ['src/bytes', 'src/crypto'], packages: [], pure: true },
  'src/chain': { uses: ['src/bytes', 'src/crypto'], packages: [], pure: true },
  'src/ergotree': { uses: ['src/bytes', 'src/crypto', 'src/chain'], packages: [], pure: true },
  'src/transaction': { uses: CONSENSUS.slice(0, 4), packages: [], pure: true },
  'src/state': { uses: CONSENSUS.slice(0, 5), packages: [], pure: true },
  // Builds blocks for private networks, for demonstrations and tests.
  'src/devnet': { uses: CONSENSUS, packages: [], pure: true },
  // Checksums are all it needs of crypto; of the rooms above it knows types.
  'src/store': { uses: ['src/bytes', 'src/crypto'], types: CONSENSUS },
  'src/history': { uses: [...CONSENSUS, 'src/store'] },
  'src/mempool': { uses: [...CONSENSUS, 'src/store', 'src/history'] },
  'transports/polyfill.ts': { uses: [], packages: ['node:'] },
  'transports/steady-muxer.ts': { uses: [], packages: LIBP2P },
  'transports/ergo-tcp': { uses: [], packages: LIBP2P },
  ...Object.fromEntries(
    PROTOCOLS.map((room): [string, Room] => [
      room,
      { uses: ['src/bytes', 'src/wire', ...PROTOCOLS.filter((other) => other !== room)], packages: [...LIBP2P, 'lru-cache'] }
    ])
  ),
  'src/workers': { uses: PURE },
  'src/config': { uses: ['src/bytes'] },
  'src/telemetry': { uses: ['src/bytes'] },
  'src/node': { uses: NODE_AND_BELOW.filter((room) => room !== 'src/node') },
  'src/api': { uses: NODE_AND_BELOW },
  'src/crawler': { uses: NODE_AND_BELOW },
  // The program: the one that starts all others, and that nobody imports.
  'src/cli': { uses: [...NODE_AND_BELOW, 'src/api', 'src/crawler'] }
}

/** What code of a pure room may not name: each reaches out of its arguments. */
const IMPURE =
  /\b(?:Buffer|process\s*\.|console\s*\.|Date\s*\.\s*now|new\s+Date\s*\(\s*\)|Math\s*\.\s*random|performance\s*\.|setTimeout|setInterval|setImmediate|queueMicrotask|fetch\s*\(|getRandomValues|require\s*\()/

/** Source files below `src`, `protocols` and `transports`. */
export function projectSources(): SourceFile[] {
  return ['src', 'protocols', 'transports'].flatMap((top) =>
    readdirSync(join(projectRoot, top), { recursive: true, encoding: 'utf8' })
      .filter((file) => file.endsWith('.ts'))
      .map((file) => posix.join(top, file.replaceAll('\\', '/')))
      .map((path) => ({ path, text: readFileSync(join(projectRoot, path), 'utf8') }))
  )
}

/** What is wrong, one sentence each; empty when all is well. */
export function violations(files: readonly SourceFile[]): string[] {
  return files.flatMap((file) => violationsOf(file))
}

function violationsOf({ path, text }: SourceFile): string[] {
  const room = roomOf(path)
  const rules = room === undefined ? undefined : ROOMS[room]
  if (room === undefined || rules === undefined) return [`${path}: in no room of the house`]
  const out: string[] = []
  const code = withoutComments(text)
  for (const statement of importsOf(code)) {
    const why = judge(path, room, rules, statement)
    if (why !== undefined) out.push(`${path}: ${why}`)
  }
  const impure = rules.pure === true ? IMPURE.exec(withoutStrings(code)) : null
  if (impure !== null) out.push(`${path}: a pure room reaches for ${impure[0].trim()}`)
  return out
}

function judge(path: string, room: string, rules: Room, { specifier, typeOnly }: ImportStatement): string | undefined {
  if (!specifier.startsWith('.')) {
    const name = builtinModules.includes(specifier) ? `node:${specifier}` : specifier
    if (rules.packages === undefined || rules.packages.some((p) => (/[/:]$/.test(p) ? name.startsWith(p) : name === p)))
      return undefined
    return `${room} may not import ${name}`
  }
  if (!specifier.endsWith('.ts')) return `import of ${specifier} does not end in .ts`
  const target = posix.join(dirname(path), specifier)
  const other = roomOf(target)
  if (other === undefined) return `imports ${target}, which is in no room`
  if (other === room) return undefined
  const allowed = rules.uses.includes(other) || (typeOnly && rules.types?.includes(other) === true)
  if (!allowed) return `${room} may not import ${other} (${target})`
  if (other !== target && !target.endsWith('/index.ts')) return `imports ${target} past the index of ${other}`
  return undefined
}

/** `src/x`, `protocols/x`, `transports/x` of a path; undefined elsewhere. */
function roomOf(path: string): string | undefined {
  const [top, name] = path.split('/')
  return ['src', 'protocols', 'transports'].includes(top!) && name !== undefined ? `${top}/${name}` : undefined
}

const IMPORT = /\b(?:import|export)\s+(?<what>type\s+)?(?<names>[\w*\s,{}$]*?)\s*from\s*'(?<from>[^']+)'/g
const BARE_IMPORT = /\bimport\s*\(?\s*'([^']+)'/g
const WORKER_URL = /new\s+URL\s*\(\s*'(\.[^']+\.[tj]s)'/g

/** Every import of a file: static, dynamic, re-exports, and files named for workers. */
export function importsOf(code: string): ImportStatement[] {
  const out: ImportStatement[] = []
  for (const { groups } of code.matchAll(IMPORT)) {
    const names = (groups!.names ?? '')
      .replace(/[{}]/g, '')
      .split(',')
      .filter((n) => n.trim() !== '')
    const typeOnly = groups!.what !== undefined || (names.length > 0 && names.every((n) => /^\s*type\s/.test(n)))
    out.push({ specifier: groups!.from!, typeOnly })
  }
  for (const [, specifier] of code.matchAll(BARE_IMPORT)) out.push({ specifier: specifier!, typeOnly: false })
  for (const [, specifier] of code.matchAll(WORKER_URL)) out.push({ specifier: specifier!, typeOnly: false })
  return out
}

const TOKEN = /\/\*[\s\S]*?\*\/|\/\/[^\n]*|'(?:\\.|[^'\\\n])*'|"(?:\\.|[^"\\\n])*"|`(?:\\.|[^`\\])*`/g

/** Text without comments; strings stay, since imports are strings. */
export function withoutComments(text: string): string {
  return text.replace(TOKEN, (token) => (token.startsWith('/') ? ' ' : token))
}

function withoutStrings(code: string): string {
  return code.replace(TOKEN, (token) => (token.startsWith('`') ? token : "''"))
}
