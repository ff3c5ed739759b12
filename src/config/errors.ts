/** One thing wrong with the configuration. */
export interface ConfigIssue {
  /** Where it was given: `ergo.toml:12`, `--max-peers`, `ERGO_NETWORK`. */
  readonly where: string
  /** Full name of the setting, e.g. `p2p.maxConnections`; empty when it is about a source as a whole. */
  readonly key: string
  readonly message: string
}

const line = ({ where, key, message }: ConfigIssue): string => `${where}: ${key === '' ? '' : `${key}: `}${message}`

/** The configuration cannot be used. Lists everything that is wrong with it, not only the first. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError'
  readonly code = 'CONFIG_INVALID'
  readonly issues: readonly ConfigIssue[]

  constructor(issues: readonly ConfigIssue[]) {
    super(issues.map(line).join('\n'))
    this.issues = issues
  }
}
