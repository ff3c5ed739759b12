import { readFileSync } from 'node:fs'

/** The program as people call it. */
export const PROGRAM = 'ergo-libp2p'

/** Name and version, as the package's own description has them. */
export function version(): string {
  const { version } = JSON.parse(readFileSync(new URL('../../../package.json', import.meta.url), 'utf8')) as { version: string }
  return `${PROGRAM} ${version} on Node.js ${process.versions.node}\n`
}
