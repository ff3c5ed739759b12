import { type ParseArgsConfig, parseArgs } from 'node:util'
import { ConfigError, didYouMean, type FlagOption, flagOptions, loadConfig, type ResolvedConfig } from '../config/index.ts'
import { UsageError } from './errors.ts'
import type { Output } from './output.ts'
import { PROGRAM } from './program.ts'

/** What a command gets. */
export interface CommandContext {
  /** Arguments that are no flags. */
  readonly args: readonly string[]
  /** Flags of the command's own. */
  readonly options: Readonly<Record<string, string | boolean | undefined>>
  /** Settings from flags, environment and file; looked at only by commands that need them. */
  config(): ResolvedConfig
  readonly output: Output
  /** Aborts on Ctrl-C and on a request to terminate. */
  readonly signal: AbortSignal
}

/** One command of the program. */
export interface Command {
  /** Words that call it, e.g. `verify headers`. */
  readonly name: string
  /** Arguments, for help. */
  readonly usage: string
  /** One line. */
  readonly summary: string
  /** Flags that only this command has. */
  readonly options?: Readonly<Record<string, FlagOption & { readonly help: string }>>
  /** Whether the settings of a node apply to it. */
  readonly settings?: boolean
  /** Whether it takes arguments that are no flags; what they may be it says itself. */
  readonly takesArguments?: boolean
  /** @returns exit code */
  run(context: CommandContext): Promise<number>
}

export interface ParsedCommand {
  readonly args: string[]
  readonly options: Record<string, string | boolean | undefined>
  readonly config: () => ResolvedConfig
  readonly help: boolean
}

/** What is wrong with a flag, in our words: the first that does not exist, else what the parser found amiss. */
function flagFault(
  argv: readonly string[],
  flags: Readonly<Record<string, FlagOption & { short?: string }>>,
  err: Error
): string {
  const end = argv.indexOf('--')
  const shorts = Object.values(flags).map(({ short }) => short)
  for (const arg of end < 0 ? argv : argv.slice(0, end)) {
    const [flag = ''] = arg.split('=')
    const long = /^--(.+)$/.exec(flag)?.[1]
    if (long !== undefined && !(long in flags) && flags[long.replace(/^no-/, '')]?.type !== 'boolean') {
      return `there is no flag ${flag}.${didYouMean(
        flag,
        Object.keys(flags).map((name) => `--${name}`)
      )}`
    }
    if (/^-[^-]/.test(flag) && !shorts.includes(flag[1]!)) return `there is no flag ${flag}.`
  }
  // The rest of the message is advice on several lines.
  const named = /'(?:-\w, )?(--[\w-]+)/.exec(err.message)?.[1]
  if (named === undefined) return `${err.message.split('\n')[0]}.`
  return flags[named.slice(2)]?.type === 'string' ? `${named} needs a value: ${named}=VALUE.` : `${named} takes no value.`
}

/** @throws UsageError for flags that the command does not have, and for arguments where it takes none */
export function parseCommand(command: Command, argv: readonly string[], env: NodeJS.ProcessEnv): ParsedCommand {
  const own = Object.fromEntries(
    Object.entries(command.options ?? {}).map(([flag, { type, multiple }]) => [flag, { type, multiple }])
  )
  const settings = command.settings === true ? flagOptions() : {}
  const flagsOf: Readonly<Record<string, FlagOption & { short?: string }>> = {
    ...settings,
    ...own,
    help: { type: 'boolean', multiple: false, short: 'h' },
    ...(command.settings === true ? { config: { type: 'string', multiple: false, short: 'c' } } : {})
  }
  const misuse = (what: string, cause?: unknown): UsageError =>
    new UsageError(`${command.name}: ${what} See: ${PROGRAM} ${command.name} --help`, { cause })
  let parsed: ReturnType<typeof parseArgs>
  try {
    parsed = parseArgs({
      args: [...argv],
      options: flagsOf,
      allowPositionals: true,
      allowNegative: true,
      strict: true
    } as ParseArgsConfig)
  } catch (err) {
    throw misuse(flagFault(argv, flagsOf, err as Error), err)
  }
  const [extra] = parsed.positionals
  if (command.takesArguments !== true && extra !== undefined && parsed.values.help !== true) {
    throw misuse(`it takes no arguments, but was given "${extra}".`)
  }
  const values = parsed.values as Record<string, string | boolean | undefined>
  const options: Record<string, string | boolean | undefined> = {}
  for (const flag of Object.keys(own)) options[flag] = values[flag]
  const flags = Object.fromEntries(Object.entries(values).filter(([flag]) => flag in settings))
  return {
    args: parsed.positionals,
    options,
    help: values.help === true,
    config: () => {
      try {
        return loadConfig({ flags, env, path: values.config as string | undefined })
      } catch (err) {
        if (err instanceof ConfigError) throw new UsageError(err.message, { cause: err })
        throw err
      }
    }
  }
}
