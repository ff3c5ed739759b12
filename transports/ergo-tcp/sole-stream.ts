import type { AbortOptions, Logger, MessageStreamDirection, MultiaddrConnection } from '@libp2p/interface'
import { StreamMessageEvent } from '@libp2p/interface'
import { AbstractStream, type SendResult } from '@libp2p/utils'
import type { Uint8ArrayList } from 'uint8arraylist'
import { MAX_READ_BUFFER_BYTES, MAX_WRITE_BUFFER_BYTES } from './constants.ts'

export interface SoleStreamInit {
  readonly connection: MultiaddrConnection
  readonly direction: MessageStreamDirection
  /** Preset, so that libp2p negotiates nothing on the wire. */
  readonly protocol: string
  readonly log: Logger
  /** Sends through the muxer, which tells its streams when the socket is full. */
  readonly send: (data: Uint8Array | Uint8ArrayList) => boolean
}

/** The one stream of a native connection: its bytes are the socket's bytes, its end is the socket's end. */
export class SoleStream extends AbstractStream {
  readonly #connection: MultiaddrConnection
  readonly #send: (data: Uint8Array | Uint8ArrayList) => boolean

  constructor(init: SoleStreamInit) {
    super({
      id: 'sole',
      direction: init.direction,
      protocol: init.protocol,
      log: init.log,
      maxReadBufferLength: MAX_READ_BUFFER_BYTES,
      maxWriteBufferLength: MAX_WRITE_BUFFER_BYTES
    })
    this.#connection = init.connection
    this.#send = init.send
  }

  /** As the base class does it, without a detour over its buffer when nothing waits there. */
  override onData(data: Uint8Array | Uint8ArrayList): void {
    const direct = this.readStatus === 'readable' && this.readBuffer.byteLength === 0 && this.listenerCount('message') > 0
    if (direct && data.byteLength > 0) this.dispatchEvent(new StreamMessageEvent(data))
    else super.onData(data)
  }

  /** As the base class does it, without a detour over its buffer when nothing waits there. */
  override send(data: Uint8Array | Uint8ArrayList): boolean {
    const direct = this.writeStatus === 'writable' && !this.writableNeedsDrain && this.writeBuffer.byteLength === 0
    if (!direct || data.byteLength === 0) return super.send(data)
    try {
      // The muxer sets `writableNeedsDrain` of its stream when the socket is full.
      return this.#send(data)
    } catch (error) {
      this.abort(error as Error)
      throw error
    }
  }

  sendData(data: Uint8ArrayList): SendResult {
    // Counted first: sending empties the list.
    const sentBytes = data.byteLength
    return { sentBytes, canSendMore: this.#send(data) }
  }

  sendReset(error: Error): void {
    this.#connection.abort(error)
  }

  /** Ergo has no half-close: our FIN ends the session on the other side. */
  async sendCloseWrite(options?: AbortOptions): Promise<void> {
    await this.#connection.close(options)
    this.onRemoteCloseWrite()
  }

  async sendCloseRead(): Promise<void> {}

  sendPause(): void {
    if (this.#connection.status === 'open') this.#connection.pause()
  }

  sendResume(): void {
    if (this.readStatus !== 'paused' && this.#connection.status === 'open') this.#connection.resume()
  }
}
