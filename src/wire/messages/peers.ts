import { EncodeError } from '../../bytes/index.ts'
import { MAX_PEERS, MIN_PEER_SPEC_BYTES } from '../constants.ts'
import { type PeerSpec, readPeerSpec, writePeerSpec } from '../peer-spec.ts'
import { defineMessage } from './codec.ts'

/**
 * Code 2: addresses of peers, in answer to `GetPeers` or unasked. One bad entry spoils the whole message and bans
 * whoever relays it: send only what `relayablePeerSpec` gives.
 */
export interface Peers {
  readonly type: 'Peers'
  readonly peers: readonly PeerSpec[]
}

export const peers = defineMessage<Peers>({
  code: 2,
  name: 'Peers',
  read: (r) => {
    const count = r.checkCount(r.uintExact('peer count'), MAX_PEERS, MIN_PEER_SPEC_BYTES, 'peer count')
    const list: PeerSpec[] = []
    for (let i = 0; i < count; i++) list.push(readPeerSpec(r))
    return { type: 'Peers', peers: list }
  },
  write: (w, message) => {
    if (message.peers.length > MAX_PEERS) throw new EncodeError(`${message.peers.length} peers`)
    w.uint(message.peers.length)
    for (const spec of message.peers) writePeerSpec(w, spec)
  }
})
