import type { Socket } from 'node:net'
import type { AbortOptions } from '@libp2p/interface'
import { StreamMessageEvent } from '@libp2p/interface'
import { AbstractMultiaddrConnection, type AbstractMultiaddrConnectionInit, type SendResult } from '@libp2p/utils'
import type { Uint8ArrayList } from 'uint8arraylist'
import { CLOSE_LINGER_MS, IDLE_TIMEOUT_MS, MAX_READ_BUFFER_BYTES, MAX_WRITE_BUFFER_BYTES } from './constants.ts'
import { ErgoTcpError } from './errors.ts'

export interface SocketConnectionInit
  extends Pick<AbstractMultiaddrConnectionInit, 'remoteAddr' | 'direction' | 'log' | 'metrics' | 'metricPrefix'> {
  readonly socket: Socket
  /** Both ways silent for this long: the socket is closed. 0 switches the timer off. */
  readonly idleTimeoutMs?: number | undefined
  /** Longest life of a socket after the remote's FIN. */
  readonly closeLingerMs?: number | undefined
}

/**
 * A `node:net` socket as libp2p sees connections. `send` says when the kernel is full, `pause` stops reading from the kernel, so
 * both directions are bounded by the socket buffers.
 */
export class SocketConnection extends AbstractMultiaddrConnection {
  readonly #socket: Socket
  readonly #closeLingerMs: number
  #linger: ReturnType<typeof setTimeout> | undefined

  constructor(init: SocketConnectionInit) {
    super({
      remoteAddr: init.remoteAddr,
      direction: init.direction,
      log: init.log,
      ...(init.metrics === undefined ? {} : { metrics: init.metrics }),
      ...(init.metricPrefix === undefined ? {} : { metricPrefix: init.metricPrefix }),
      maxReadBufferLength: MAX_READ_BUFFER_BYTES,
      maxWriteBufferLength: MAX_WRITE_BUFFER_BYTES
    })
    const socket = init.socket
    this.#socket = socket
    this.#closeLingerMs = init.closeLingerMs ?? CLOSE_LINGER_MS
    const idleTimeoutMs = init.idleTimeoutMs ?? IDLE_TIMEOUT_MS

    socket.on('data', (chunk: Uint8Array) => this.onData(chunk))
    socket.on('drain', () => this.safeDispatchEvent('drain'))
    socket.on('error', (error) => this.abort(error))
    socket.once('end', () => this.#onRemoteEnd())
    socket.once('close', () => {
      clearTimeout(this.#linger)
      this.onTransportClosed()
    })
    socket.setTimeout(idleTimeoutMs)
    socket.on('timeout', () => {
      // Silence that we asked for by pausing is no fault of the peer.
      if (this.status === 'open' && this.readStatus === 'paused') {
        socket.setTimeout(idleTimeoutMs)
        return
      }
      this.abort(new ErgoTcpError('IDLE_TIMEOUT', `no traffic for ${idleTimeoutMs} ms`))
      socket.destroy()
    })
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
    const canSendMore = this.#write(data)
    if (!canSendMore) this.writableNeedsDrain = true
    return canSendMore
  }

  sendData(data: Uint8ArrayList): SendResult {
    return { sentBytes: data.byteLength, canSendMore: this.#write(data) }
  }

  /** Gives everything to the socket; false when it is full. */
  #write(data: Uint8Array | Uint8ArrayList): boolean {
    if (data instanceof Uint8Array) return this.#socket.write(data)
    const chunks = [...data]
    if (chunks.length === 1) return this.#socket.write(chunks[0]!)
    let canSendMore = true
    // One writev for all chunks: header and payload leave together.
    this.#socket.cork()
    for (const chunk of chunks) canSendMore = this.#socket.write(chunk)
    this.#socket.uncork()
    return canSendMore
  }

  async sendClose(options: AbortOptions = {}): Promise<void> {
    const socket = this.#socket
    if (socket.destroyed) return
    await new Promise<void>((resolve) => {
      const onAbort = (): void => {
        socket.destroy()
      }
      socket.once('close', () => {
        options.signal?.removeEventListener('abort', onAbort)
        resolve()
      })
      if (options.signal?.aborted === true) onAbort()
      else options.signal?.addEventListener('abort', onAbort, { once: true })
      socket.destroySoon()
    })
  }

  sendReset(): void {
    // libuv cannot mix a reset with a shutdown that is under way.
    if (this.#socket.writableEnded) this.#socket.destroy()
    else this.#socket.resetAndDestroy()
  }

  sendPause(): void {
    this.#socket.pause()
  }

  sendResume(): void {
    // `resume()` of the base class hands out buffered bytes first, and the reader may have paused again meanwhile.
    if (this.readStatus !== 'paused') this.#socket.resume()
  }

  #onRemoteEnd(): void {
    if (!this.#socket.destroyed) {
      this.#linger = setTimeout(() => this.#socket.destroy(), this.#closeLingerMs)
      this.#linger.unref()
    }
    this.onTransportClosed()
  }
}
