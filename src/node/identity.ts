import { mkdir, open, readFile, rename } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { generateKeyPair, privateKeyFromProtobuf, privateKeyToProtobuf } from '@libp2p/crypto/keys'
import type { PrivateKey } from '@libp2p/interface'
import type { NetworkParameters } from '../chain/index.ts'
import { NodeError } from './errors.ts'

/**
 * The key that libp2p peers know us by: made once and kept in the data directory, readable by its owner only. Native peers have no
 * use for it.
 *
 * @throws NodeError NODE_SETTINGS when the file is there but holds no key
 */
export async function loadIdentity(dataDir: string, network: NetworkParameters): Promise<PrivateKey> {
  const path = join(dataDir, network.name, 'identity.key')
  const stored = await readFile(path).catch((err) => {
    if ((err as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw new NodeError('NODE_SETTINGS', `${path} cannot be read: ${(err as Error).message}`, { cause: err })
  })
  if (stored !== undefined) {
    try {
      return privateKeyFromProtobuf(stored)
    } catch (cause) {
      throw new NodeError('NODE_SETTINGS', `${path} holds no key; remove it to get a new identity`, { cause })
    }
  }
  const key = await generateKeyPair('Ed25519')
  await mkdir(dirname(path), { recursive: true })
  await writeWhole(path, privateKeyToProtobuf(key))
  return key
}

/** All of a file or nothing: a process that is killed while it writes leaves the name free. */
async function writeWhole(path: string, bytes: Uint8Array): Promise<void> {
  const temporary = `${path}.new`
  const file = await open(temporary, 'w', 0o600)
  try {
    await file.writeFile(bytes)
    await file.sync()
  } finally {
    await file.close()
  }
  await rename(temporary, path)
}
