import type { MessageStream, StreamMuxer, StreamMuxerFactory } from '@libp2p/interface'

interface Sender extends StreamMuxer {
  send(data: never): boolean
}

/**
 * A muxer that may be told to open a stream on a connection that ends in the same turn. Muxers announce a new stream in a microtask
 * of their own, where the error of a closed connection has nobody to catch it and would end the process; here such bytes are
 * dropped, as everything else that was on its way to a peer that is gone.
 *
 * ```ts
 * streamMuxers: [steadyMuxer(mplex())]
 * ```
 */
export function steadyMuxer<C>(make: (components: C) => StreamMuxerFactory): (components: C) => StreamMuxerFactory {
  return (components) => {
    const factory = make(components)
    const create = factory.createStreamMuxer.bind(factory)
    factory.createStreamMuxer = (connection: MessageStream) => {
      const muxer = create(connection) as Sender
      const send = muxer.send.bind(muxer)
      muxer.send = (data) => {
        try {
          return send(data)
        } catch (error) {
          // Streams hear of the end by their own `close` event.
          if ((error as Error).name === 'StreamStateError') return false
          throw error
        }
      }
      return muxer
    }
    return factory
  }
}
