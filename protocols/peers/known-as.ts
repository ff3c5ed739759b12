import type { Session } from '../session/index.ts'
import type { PeerEndpoint } from './interface.ts'

/**
 * The address that a peer goes by, as far as the socket bears it out: the one that was dialled, or of one that came the one that it
 * says, if its IP is the one it came from. Undefined when there is only its word, with which it could stand in the way of another.
 */
export function knownAs({ direction, remote, address }: Session): PeerEndpoint | undefined {
  if (remote.ip === undefined || remote.port === undefined) return undefined
  if (direction === 'outbound') return { host: remote.ip, port: remote.port }
  return address?.ip === remote.ip ? { host: address.ip, port: address.port } : undefined
}
