import { defineMessage } from './codec.ts'

/** Code 1: asks for addresses of other peers. Answered with `Peers`. */
export interface GetPeers {
  readonly type: 'GetPeers'
}

export const getPeers = defineMessage<GetPeers>({
  code: 1,
  name: 'GetPeers',
  // The only message whose reader refuses trailing bytes.
  maxPayloadBytes: 0,
  read: () => ({ type: 'GetPeers' }),
  write: () => {}
})
