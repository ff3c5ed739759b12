import { readFileSync } from 'node:fs'
import { NETWORKS, NetworkFileError, type NetworkName, type NetworkParameters, parseNetworkFile } from '../chain/index.ts'
import { NodeError } from './errors.ts'

/**
 * Parameters of a network by name, or of a private one from a file.
 *
 * @throws NodeError NODE_SETTINGS naming the file and field
 */
export function resolveNetwork(name: NetworkName, file?: string): NetworkParameters {
  if (file === undefined) return NETWORKS[name]
  try {
    return parseNetworkFile(readFileSync(file, 'utf8'))
  } catch (err) {
    const what = err instanceof NetworkFileError ? err.message : (err as Error).message
    throw new NodeError('NODE_SETTINGS', `network file ${file}: ${what}`, { cause: err })
  }
}
