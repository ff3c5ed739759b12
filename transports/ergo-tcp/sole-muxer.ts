import type { CreateStreamOptions, MessageStream, MultiaddrConnection, StreamMuxerFactory } from '@libp2p/interface'
import { UnsupportedProtocolError } from '@libp2p/interface'
import { AbstractStreamMuxer } from '@libp2p/utils'
import type { Uint8ArrayList } from 'uint8arraylist'
import { NATIVE_MUXER } from './constants.ts'
import { SoleStream } from './sole-stream.ts'

/**
 * "Muxer" of exactly one stream. Every other protocol is refused with the error name that libp2p's identify, ping and connection
 * monitor take for "not supported here, but alive", and no byte reaches the wire.
 */
export class SoleMuxer extends AbstractStreamMuxer<SoleStream> {
  readonly #stream: SoleStream
  #taken = false

  constructor(connection: MultiaddrConnection, streamProtocol: string) {
    super(connection, { protocol: NATIVE_MUXER, name: 'sole' })
    this.#stream = new SoleStream({
      connection,
      direction: connection.direction,
      protocol: streamProtocol,
      log: this.log,
      send: (data) => this.send(data)
    })
    if (connection.direction === 'inbound') {
      this.#taken = true
      this.onRemoteStream(this.#stream)
    }
  }

  onCreateStream(options: CreateStreamOptions): SoleStream {
    if (this.#taken || options.protocol !== this.#stream.protocol) {
      throw new UnsupportedProtocolError(`native Ergo connection has one stream, not ${options.protocol ?? 'several protocols'}`)
    }
    this.#taken = true
    return this.#stream
  }

  onData(data: Uint8Array | Uint8ArrayList): void {
    this.#stream.onData(data)
  }
}

/** Factory for the upgrader. */
export function soleMuxer(streamProtocol: string): StreamMuxerFactory {
  return {
    protocol: NATIVE_MUXER,
    createStreamMuxer: (connection: MessageStream) => new SoleMuxer(connection as MultiaddrConnection, streamProtocol)
  }
}
