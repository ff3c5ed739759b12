import { randomBytes } from 'node:crypto'
import { createServer, type Server, type Socket } from 'node:net'
import type { ComponentLogger, Listener, ListenerEvents, Logger, Upgrader } from '@libp2p/interface'
import { getThinWaistAddresses } from '@libp2p/utils'
import type { Multiaddr } from '@multiformats/multiaddr'
import { setMaxListeners, TypedEventEmitter } from 'main-event'
import { ergoMultiaddr, inboundPeerId, parseErgoAddress } from './address.ts'
import { ErgoTcpError } from './errors.ts'
import type { EventCounts } from './event-counts.ts'
import { canonicalIp } from './ip.ts'
import type { DenyIp, InboundCounter } from './limits.ts'
import { SocketConnection } from './socket-connection.ts'
import { soleMuxer } from './sole-muxer.ts'

export interface ErgoTcpListenerInit {
  readonly network: string
  readonly streamProtocol: string
  readonly upgrader: Upgrader
  readonly logger: ComponentLogger
  readonly inbound: InboundCounter
  readonly deny: DenyIp | undefined
  readonly idleTimeoutMs: number
  readonly closeLingerMs: number
  readonly backlog: number | undefined
  readonly events: EventCounts
}

/** Accepts native connections on one address. */
export class ErgoTcpListener extends TypedEventEmitter<ListenerEvents> implements Listener {
  readonly #init: ErgoTcpListenerInit
  readonly #log: Logger
  readonly #server: Server
  readonly #sockets = new Set<Socket>()
  readonly #shutdown = new AbortController()
  #listenAddr: Multiaddr | undefined

  constructor(init: ErgoTcpListenerInit) {
    super()
    this.#init = init
    this.#log = init.logger.forComponent('ergo:tcp:listener')
    setMaxListeners(Number.POSITIVE_INFINITY, this.#shutdown.signal)
    this.#server = createServer({ allowHalfOpen: false, noDelay: true, keepAlive: true }, (socket) => this.#onSocket(socket))
    this.#server.on('listening', () => this.safeDispatchEvent('listening'))
    this.#server.on('error', (error) => this.safeDispatchEvent('error', { detail: error }))
    this.#server.on('close', () => this.safeDispatchEvent('close'))
  }

  async listen(ma: Multiaddr): Promise<void> {
    if (this.#listenAddr !== undefined) throw new ErgoTcpError('ALREADY_LISTENING', `already listening on ${this.#listenAddr}`)
    const address = parseErgoAddress(ma)
    if (address === undefined) throw new ErgoTcpError('ADDRESS_INVALID', `cannot listen on ${ma}`)
    this.#listenAddr = ma
    const host = address.zone === undefined ? address.host : `${address.host}%${address.zone}`
    await new Promise<void>((resolve, reject) => {
      const onError = (error: Error): void => {
        this.#listenAddr = undefined
        reject(error)
      }
      this.#server.once('error', onError)
      // IPv6 alone: a dual-stack socket would collide with the IPv4 listener on the same port.
      this.#server.listen(
        {
          host,
          port: address.port,
          ipv6Only: address.kind === 'ip6',
          ...(this.#init.backlog === undefined ? {} : { backlog: this.#init.backlog })
        },
        () => {
          this.#server.off('error', onError)
          resolve()
        }
      )
    })
    this.#log('listening on %a', ma)
  }

  getAddrs(): Multiaddr[] {
    const bound = this.#server.address()
    if (this.#listenAddr === undefined || bound === null || typeof bound === 'string') return []
    return getThinWaistAddresses(this.#listenAddr, bound.port).map((ma) => ma.encapsulate('/ergo'))
  }

  /** Native addresses carry nothing that is only known at run time. */
  updateAnnounceAddrs(): void {}

  async close(): Promise<void> {
    const closed = this.#server.listening
      ? new Promise<void>((resolve) => this.#server.once('close', () => resolve()))
      : undefined
    if (closed !== undefined) this.#server.close()
    this.#shutdown.abort()
    for (const socket of this.#sockets) socket.destroy()
    await closed
    this.#listenAddr = undefined
  }

  #onSocket(socket: Socket): void {
    const ip = canonicalIp(socket.remoteAddress ?? '')
    const port = socket.remotePort
    if (ip === undefined || port === undefined) {
      // The peer hung up before we were told.
      socket.on('error', () => {})
      socket.destroy()
      return
    }
    if (this.#init.deny?.(ip, 'inbound') === true) {
      this.#refuse(socket, ip, 'IP_DENIED')
      return
    }
    const slot = this.#init.inbound.admit(ip)
    if (typeof slot === 'string') {
      this.#refuse(socket, ip, slot)
      return
    }
    this.#sockets.add(socket)
    socket.once('close', () => {
      this.#sockets.delete(socket)
      slot.release()
    })
    this.#init.events.count('accepted')

    const connection = new SocketConnection({
      socket,
      direction: 'inbound',
      remoteAddr: ergoMultiaddr(ip, port),
      log: this.#init.logger.forComponent('ergo:tcp:inbound'),
      idleTimeoutMs: this.#init.idleTimeoutMs,
      closeLingerMs: this.#init.closeLingerMs
    })
    this.#init.upgrader
      .upgradeInbound(connection, {
        skipEncryption: true,
        skipProtection: true,
        remotePeer: inboundPeerId(this.#init.network, ip, port, randomBytes(16).toString('hex')),
        muxerFactory: soleMuxer(this.#init.streamProtocol),
        signal: this.#shutdown.signal
      })
      .then(slot.upgraded)
      .catch((error: Error) => {
        this.#log('inbound connection from %s not upgraded - %e', ip, error)
        this.#init.events.count('upgrade_failed')
        connection.abort(error)
      })
  }

  #refuse(socket: Socket, ip: string, why: string): void {
    this.#log('refused %s: %s', ip, why)
    this.#init.events.count(`refused_${why.toLowerCase()}`)
    socket.on('error', () => {})
    socket.resetAndDestroy()
  }
}
