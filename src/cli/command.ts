import { type ParseArgsConfig, parseArgs } from 'node:util'
import { ConfigError, type FlagOption, flagOptions, loadConfig, type ResolvedConfig } from '../config/index.ts'
import { UsageError } from './errors.ts'
import type { Output } from './output.ts'

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
  /** @returns exit code */
  run(context: CommandContext): Promise<number>
}

export interface ParsedCommand {
  readonly args: string[]
  readonly options: Record<string, string | boolean | undefined>
  readonly config: () => ResolvedConfig
  readonly help: boolean
}

/** @throws UsageError for flags that the command does not have */
export function parseCommand(command: Command, argv: readonly string[], env: NodeJS.ProcessEnv): ParsedCommand {
  const own = Object.fromEntries(
    Object.entries(command.options ?? {}).map(([flag, { type, multiple }]) => [flag, { type, multiple }])
  )
  const settings = command.settings === true ? flagOptions() : {}
  let parsed: ReturnType<typeof parseArgs>
  try {
    parsed = parseArgs({
      args: [...argv],
      options: {
        ...settings,
        ...own,
        help: { type: 'boolean', multiple: false, short: 'h' },
        ...(command.settings === true ? { config: { type: 'string', multiple: false, short: 'c' } } : {})
      },
      allowPositionals: true,
      allowNegative: true,
      strict: true
    } as ParseArgsConfig)
  } catch (err) {
    throw new UsageError(`${command.name}: ${(err as Error).message}. See: ergo-libp2p ${command.name} --help`, { cause: err })
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
