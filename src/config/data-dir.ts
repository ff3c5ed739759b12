import { join } from 'node:path'
import type { Environment } from './env-layer.ts'

const FOLDER = 'ergo-libp2p'

/**
 * Where applications keep their data on a platform, for when `dataDir` is unset.
 *
 * @param platform - as in `process.platform`
 * @param home - home folder of the user
 */
export function defaultDataDir(platform: string, env: Environment, home: string): string {
  if (platform === 'win32') return join(env.LOCALAPPDATA ?? join(home, 'AppData', 'Local'), FOLDER)
  if (platform === 'darwin') return join(home, 'Library', 'Application Support', FOLDER)
  return join(env.XDG_DATA_HOME || join(home, '.local', 'share'), FOLDER)
}
