/** The program as its users run it: another process, arguments, standard streams, signals. */
import { type ChildProcess, spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import type { TestContext } from 'node:test'
import { until } from './libp2p-node.ts'
import { projectRoot } from './vectors.ts'

/** The compiled program: what is released is what is tested. */
export const MAIN = join(projectRoot, 'dist', 'src', 'cli', 'main.js')

/** A command that does not end in this time hangs. */
const COMMAND_TIMEOUT_MS = 60_000

export interface CliOptions {
  readonly stdin?: string | Uint8Array
  readonly env?: Readonly<Record<string, string>>
  readonly cwd?: string
}

export interface CliResult {
  readonly code: number | null
  readonly signal: NodeJS.Signals | null
  readonly stdout: string
  readonly stderr: string
  /** Standard output, each line parsed as JSON. */
  json(): Array<Record<string, unknown>>
  /** The last line of standard output. */
  last(): Record<string, unknown>
}

/** Settings of the machine that runs the tests must not leak into what is tested. */
function cleanEnv(extra: Readonly<Record<string, string>> = {}): NodeJS.ProcessEnv {
  const env: NodeJS.ProcessEnv = {}
  for (const [name, value] of Object.entries(process.env)) {
    if (/^(ERGO_|DATADIR$|NODENAME$|DEBUG$|NODE_OPTIONS$|NODE_TEST_CONTEXT$|XDG_)/.test(name)) continue
    env[name] = value
  }
  return { ...env, ...extra }
}

function start(args: readonly string[], options: CliOptions = {}): ChildProcess {
  if (!existsSync(MAIN)) throw new Error(`${MAIN} is not there: run the build first`)
  return spawn(process.execPath, [MAIN, ...args], {
    env: cleanEnv(options.env),
    stdio: ['pipe', 'pipe', 'pipe'],
    ...(options.cwd === undefined ? {} : { cwd: options.cwd })
  })
}

/** Runs a command to its end. */
export async function cli(args: readonly string[], options: CliOptions = {}): Promise<CliResult> {
  const child = start(args, options)
  const stdout: Buffer[] = []
  const stderr: Buffer[] = []
  child.stdout!.on('data', (chunk) => stdout.push(chunk))
  child.stderr!.on('data', (chunk) => stderr.push(chunk))
  child.stdin!.on('error', () => {})
  child.stdin!.end(options.stdin ?? '')
  const timer = setTimeout(() => child.kill('SIGKILL'), COMMAND_TIMEOUT_MS)
  const [code, signal] = await new Promise<[number | null, NodeJS.Signals | null]>((resolve) =>
    child.on('close', (c, s) => resolve([c, s]))
  )
  clearTimeout(timer)
  const out = Buffer.concat(stdout).toString('utf8')
  const json = (): Array<Record<string, unknown>> =>
    out
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => JSON.parse(line) as Record<string, unknown>)
  return { code, signal, stdout: out, stderr: Buffer.concat(stderr).toString('utf8'), json, last: () => json().at(-1)! }
}

export interface Interrupted {
  readonly code: number | null
  readonly stdout: string
  readonly stderr: string
  readonly tookMs: number
}

/**
 * Starts a command that waits for its input, and interrupts it. Returns how long it took to end. A process that was not even there after
 * `waitMs`, on a machine that is busy, gets longer at the next try.
 */
export async function interrupted(args: readonly string[], waitMs: number): Promise<Interrupted> {
  const child = start(args)
  let stdout = ''
  let stderr = ''
  child.stdout!.on('data', (chunk) => (stdout += String(chunk)))
  child.stderr!.on('data', (chunk) => (stderr += String(chunk)))
  const ended = new Promise<[number | null, NodeJS.Signals | null]>((resolve) => child.on('close', (c, s) => resolve([c, s])))
  await new Promise((resolve) => setTimeout(resolve, waitMs))
  const begin = performance.now()
  child.kill('SIGINT')
  const timer = setTimeout(() => child.kill('SIGKILL'), 10_000)
  const [code, signal] = await ended
  clearTimeout(timer)
  // Without a handler the signal itself is the end.
  if (signal === 'SIGINT' && waitMs < 10_000) return await interrupted(args, 2 * waitMs)
  return { code, stdout, stderr, tookMs: performance.now() - begin }
}

/** A running `ergo-libp2p run`. Killed when the test ends. */
export class NodeProcess {
  readonly child: ChildProcess
  stdout = ''
  stderr = ''
  /** Exit code and signal, once it has ended. */
  ended: { code: number | null; signal: NodeJS.Signals | null } | undefined

  private constructor(child: ChildProcess) {
    this.child = child
    child.stdout!.on('data', (chunk) => (this.stdout += String(chunk)))
    child.stderr!.on('data', (chunk) => (this.stderr += String(chunk)))
    child.on('close', (code, signal) => {
      this.ended = { code, signal }
    })
  }

  static start(t: TestContext, args: readonly string[], options: CliOptions = {}): NodeProcess {
    const node = new NodeProcess(start(['run', ...args], options))
    t.after(() => {
      if (node.ended === undefined) node.child.kill('SIGKILL')
    })
    return node
  }

  /** Waits until standard error has a match. */
  async says(pattern: RegExp, timeoutMs = 20_000): Promise<RegExpMatchArray> {
    await until(
      () => {
        if (this.ended !== undefined && !pattern.test(this.stderr)) throw new Error(`node ended: ${this.stderr.slice(-2_000)}`)
        return pattern.test(this.stderr)
      },
      `${pattern} in:\n${this.stderr.slice(-2_000)}`,
      timeoutMs
    )
    return pattern.exec(this.stderr)!
  }

  /** Addresses it listens on, native or libp2p. */
  async nativePort(): Promise<number> {
    return Number((await this.says(/listening on \/ip4\/127\.0\.0\.1\/tcp\/(\d+)\/ergo/))[1])
  }

  async libp2pAddress(): Promise<string> {
    return (await this.says(/listening on (\/ip4\/127\.0\.0\.1\/tcp\/\d+\/p2p\/\w+)/))[1]!
  }

  /** Sends a signal and waits for the end; returns how long it took. */
  async stop(signal: NodeJS.Signals = 'SIGTERM', timeoutMs = 15_000): Promise<number> {
    const begin = performance.now()
    this.child.kill(signal)
    await this.exit(timeoutMs)
    return performance.now() - begin
  }

  async exit(timeoutMs = 15_000): Promise<{ code: number | null; signal: NodeJS.Signals | null }> {
    await until(() => this.ended !== undefined, `end of the node; it said:\n${this.stderr.slice(-2_000)}`, timeoutMs)
    return this.ended!
  }
}
