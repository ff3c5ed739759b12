#!/usr/bin/env node
import '../../transports/polyfill.ts'
import { describeFlags, didYouMean } from '../config/index.ts'
import { StoreError } from '../store/index.ts'
import { type Command, parseCommand } from './command.ts'
import { COMMANDS } from './commands/index.ts'
import { EXIT, UsageError } from './errors.ts'
import { processOutput } from './output.ts'
import { PROGRAM, version } from './program.ts'

/** The command that an argument list names, and the arguments left for it. */
function find(argv: readonly string[]): { command: Command; rest: string[] } | undefined {
  const named = [...COMMANDS]
    .sort((a, b) => b.name.length - a.name.length)
    .find((command) => command.name.split(' ').every((word, i) => argv[i] === word))
  if (named !== undefined) return { command: named, rest: argv.slice(named.name.split(' ').length) }
  return argv.length === 0 || argv[0]!.startsWith('-') ? { command: COMMANDS[0]!, rest: [...argv] } : undefined
}

/** What to say to words that are no command: the ones that begin like it, or the one that was meant. */
function noCommand(words: readonly string[]): UsageError {
  const names = COMMANDS.map((command) => command.name)
  const family = names.filter((name) => name.startsWith(`${words[0]} `))
  const text = words.slice(0, 2).join(' ')
  const guess = didYouMean(text, names) || didYouMean(words[0] ?? '', names)
  const hint = guess === '' && family.length > 0 ? ` There ${family.length > 1 ? 'are' : 'is'}: ${family.join(', ')}.` : guess
  return new UsageError(`there is no command "${text}".${hint} See: ${PROGRAM} --help`)
}

function overview(): string {
  const width = Math.max(...COMMANDS.map((c) => c.name.length))
  const rows = COMMANDS.map((c) => `  ${c.name.padEnd(width)}  ${c.summary}`)
  return `${PROGRAM}: a full node for the Ergo blockchain\n\nUsage: ${PROGRAM} [COMMAND] [ARGUMENTS]\n\n${rows.join('\n')}\n\nMore about one: ${PROGRAM} COMMAND --help\n`
}

function helpOf(command: Command): string {
  const lines = [`${PROGRAM} ${command.name} ${command.usage}`.trim(), '', command.summary]
  const own = Object.entries(command.options ?? {})
  if (own.length > 0) lines.push('', ...own.map(([flag, { help }]) => `  --${flag}  ${help}`))
  if (command.settings === true)
    lines.push(
      '',
      'Settings, which can also stand in a file (--config FILE) or in environment variables (ERGO_P2P_MAX_CONNECTIONS).',
      'VALUE… may be given several times or with commas; --mainnet, --testnet and --devnet are short for --network.',
      describeFlags()
    )
  return `${lines.join('\n')}\n`
}

const interruption = new AbortController()

/** First signal: stop in order. Second: at once. */
function listenForSignals(): void {
  const onSignal = (): void => {
    if (interruption.signal.aborted) process.exit(EXIT.interrupted)
    interruption.abort(new Error('interrupted'))
    // Who waits for input would wait on.
    process.stdin.destroy()
  }
  process.on('SIGINT', onSignal)
  process.on('SIGTERM', onSignal)
}

/** Did the command end because it was told to? Input that ends in the middle is then no fault of the input. */
function isInterruption(err: unknown): boolean {
  const { signal } = interruption
  if (!signal.aborted) return false
  return err === signal.reason || err instanceof UsageError || (err as { code?: unknown }).code === 'ERR_STREAM_PREMATURE_CLOSE'
}

async function main(argv: readonly string[]): Promise<number> {
  const output = processOutput()
  const [first, ...others] = argv
  if (argv.length === 1 && (first === '--help' || first === '-h')) {
    process.stdout.write(overview())
    return EXIT.ok
  }
  if (first === '--version' || first === '-V') {
    process.stdout.write(version())
    return EXIT.ok
  }
  if (first === 'help') {
    const asked = others.length === 0 ? undefined : find(others)
    if (others.length > 0 && asked === undefined) throw noCommand(others)
    process.stdout.write(asked === undefined ? overview() : helpOf(asked.command))
    return EXIT.ok
  }
  const found = find(argv)
  if (found === undefined) throw noCommand(argv)
  const { command, rest } = found
  const parsed = parseCommand(command, rest, process.env)
  if (parsed.help) {
    process.stdout.write(helpOf(command))
    return EXIT.ok
  }
  listenForSignals()
  return await command.run({ ...parsed, output, signal: interruption.signal })
}

try {
  process.exitCode = await main(process.argv.slice(2))
} catch (err) {
  if (isInterruption(err)) process.exitCode = EXIT.interrupted
  else if (err instanceof UsageError || err instanceof StoreError) {
    process.stderr.write(`${PROGRAM}: ${err.message}\n`)
    process.exitCode = EXIT.usage
  } else {
    process.stderr.write(`${PROGRAM}: ${err instanceof Error ? (err.stack ?? err.message) : String(err)}\n`)
    process.exitCode = EXIT.invalid
  }
}
