import type { PeerId } from '@libp2p/interface'
import type { ConnectionManager } from '@libp2p/interface-internal'
import type { Multiaddr } from '@multiformats/multiaddr'
import { SessionClosedError, SessionRefusedError } from './close-reason.ts'
import type { Session, SessionRefused, SessionService } from './interface.ts'

/** Where sessions come up. */
export interface SessionSource extends Pick<SessionService, 'addEventListener' | 'removeEventListener'> {
  ofConnection(connectionId: string): Session | undefined
}

/**
 * Dials, then waits until the connection's session is open.
 *
 * @throws SessionRefusedError, SessionClosedError when the connection ended unheard, what the dial threw, the signal's reason
 */
export async function connectSession(
  service: SessionSource,
  connectionManager: ConnectionManager,
  target: Multiaddr | PeerId,
  signal: AbortSignal
): Promise<Session> {
  signal.throwIfAborted()
  // A handshake can be refused before the dial returns, so listen first and look who it was afterwards.
  const refused = new Map<string, SessionRefused>()
  let wake: () => void = () => {}
  const onRefused = (event: CustomEvent<SessionRefused>): void => {
    refused.set(event.detail.connection.id, event.detail)
    wake()
  }
  const onChange = (): void => wake()
  service.addEventListener('session:refused', onRefused)
  service.addEventListener('session:open', onChange)
  signal.addEventListener('abort', onChange)
  try {
    const connection = await connectionManager.openConnection(target, { signal })
    connection.addEventListener('close', onChange)
    try {
      for (;;) {
        const session = service.ofConnection(connection.id)
        if (session !== undefined) return session
        const no = refused.get(connection.id)
        if (no !== undefined) throw new SessionRefusedError(no.refusal)
        signal.throwIfAborted()
        if (connection.status !== 'open') throw new SessionClosedError('HANDSHAKE_CLOSED', 'connection ended')
        await new Promise<void>((resolve) => {
          wake = resolve
        })
      }
    } finally {
      connection.removeEventListener('close', onChange)
    }
  } finally {
    service.removeEventListener('session:refused', onRefused)
    service.removeEventListener('session:open', onChange)
    signal.removeEventListener('abort', onChange)
  }
}
