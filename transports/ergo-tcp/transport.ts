import { connect, type Socket } from 'node:net'
import type {
  ComponentLogger,
  Connection,
  CreateListenerOptions,
  DialTransportOptions,
  Listener,
  Logger,
  Metrics,
  Transport
} from '@libp2p/interface'
import { AbortError, serviceCapabilities, transportSymbol } from '@libp2p/interface'
import type { Multiaddr } from '@multiformats/multiaddr'
import { ergoMultiaddr, isErgoAddress, outboundPeerId, parseErgoAddress } from './address.ts'
import { CLOSE_LINGER_MS, CONNECT_TIMEOUT_MS, IDLE_TIMEOUT_MS } from './constants.ts'
import { ErgoTcpError } from './errors.ts'
import { EventCounts } from './event-counts.ts'
import { hostPort } from './ip.ts'
import { type DenyIp, InboundCounter, type InboundLimits } from './limits.ts'
import { ErgoTcpListener } from './listener.ts'
import { abortable, type Lookup, lookupHost, resolveHost } from './resolve.ts'
import { SocketConnection } from './socket-connection.ts'
import { soleMuxer } from './sole-muxer.ts'

export interface ErgoTcpInit {
  /** Network name: part of the stream protocol and of every synthetic peer id. */
  readonly network: string
  /** Protocol of the one stream; `/ergo/<network>/1.0.0` unless given. */
  readonly streamProtocol?: string
  /** Ban list, asked on accept and after a name was resolved. */
  readonly deny?: DenyIp
  readonly limits?: Partial<InboundLimits>
  /** Counts accepted sockets, in place of one of its own made from `limits`: to share the caps with other transports. */
  readonly inbound?: InboundCounter
  /** Both ways silent for this long: closed. 0 switches the timer off. */
  readonly idleTimeoutMs?: number
  readonly connectTimeoutMs?: number
  readonly closeLingerMs?: number
  /** Length of the kernel's queue of sockets not yet accepted. */
  readonly backlog?: number
  /** Host name resolver; the operating system's unless given. */
  readonly lookup?: Lookup
}

export interface ErgoTcpComponents {
  logger: ComponentLogger
  metrics?: Metrics
}

/** Raw TCP as the Ergo network speaks it: no negotiation, no encryption, one stream a socket. */
export class ErgoTcp implements Transport {
  readonly [Symbol.toStringTag] = 'ergo-tcp'
  readonly [transportSymbol] = true
  readonly [serviceCapabilities]: string[] = ['@libp2p/transport']
  /** Accepted sockets, for metrics and tests. */
  readonly inbound: InboundCounter
  readonly #init: ErgoTcpInit
  readonly #streamProtocol: string
  readonly #logger: ComponentLogger
  readonly #log: Logger
  readonly #events: EventCounts

  constructor(components: ErgoTcpComponents, init: ErgoTcpInit) {
    this.#init = init
    this.#streamProtocol = init.streamProtocol ?? `/ergo/${init.network}/1.0.0`
    this.#logger = components.logger
    this.#log = components.logger.forComponent('ergo:tcp')
    this.#events = new EventCounts(components.metrics)
    this.inbound = init.inbound ?? new InboundCounter(init.limits)
  }

  /** What happened to sockets since the start, and how often. */
  get events(): Readonly<Record<string, number>> {
    return this.#events.totals
  }

  dialFilter(multiaddrs: Multiaddr[]): Multiaddr[] {
    return multiaddrs.filter(isErgoAddress)
  }

  listenFilter(multiaddrs: Multiaddr[]): Multiaddr[] {
    return multiaddrs.filter((ma) => {
      const kind = parseErgoAddress(ma)?.kind
      return kind === 'ip4' || kind === 'ip6'
    })
  }

  createListener(options: CreateListenerOptions): Listener {
    return new ErgoTcpListener({
      network: this.#init.network,
      streamProtocol: this.#streamProtocol,
      upgrader: options.upgrader,
      logger: this.#logger,
      inbound: this.inbound,
      deny: this.#init.deny,
      idleTimeoutMs: this.#init.idleTimeoutMs ?? IDLE_TIMEOUT_MS,
      closeLingerMs: this.#init.closeLingerMs ?? CLOSE_LINGER_MS,
      backlog: this.#init.backlog,
      events: this.#events
    })
  }

  /**
   * Opens a socket to the first IP of the address that answers.
   *
   * @throws ErgoTcpError, or AbortError when the signal fires
   */
  async dial(ma: Multiaddr, options: DialTransportOptions): Promise<Connection> {
    options.signal.throwIfAborted()
    const address = parseErgoAddress(ma)
    if (address === undefined) throw new ErgoTcpError('ADDRESS_INVALID', `cannot dial ${ma}`)
    const ips = await abortable(resolveHost(address, this.#init.lookup ?? lookupHost), options.signal)
    let lastError: Error | undefined
    for (const ip of ips) {
      try {
        return await this.#dialIp(ip, address.zone, address.port, address.peerId, options)
      } catch (error) {
        this.#events.count('dial_failed')
        lastError = error as Error
        if (options.signal.aborted) break
      }
    }
    throw lastError ?? new ErgoTcpError('CONNECT_FAILED', `no address of ${address.host} answers`)
  }

  async #dialIp(
    ip: string,
    zone: string | undefined,
    port: number,
    expectedId: string | undefined,
    options: DialTransportOptions
  ): Promise<Connection> {
    const remotePeer = outboundPeerId(this.#init.network, ip, port)
    if (expectedId !== undefined && expectedId !== remotePeer.toString()) {
      throw new ErgoTcpError('PEER_ID_MISMATCH', `${hostPort(ip, port)} has the peer id ${remotePeer}, not ${expectedId}`)
    }
    if (this.#init.deny?.(ip, 'outbound') === true) throw new ErgoTcpError('IP_DENIED', `${ip} is banned`)

    const socket = await this.#connect(zone === undefined ? ip : `${ip}%${zone}`, port, options.signal)
    this.#events.count('dialled')
    const connection = new SocketConnection({
      socket,
      direction: 'outbound',
      remoteAddr: ergoMultiaddr(ip, port),
      log: this.#logger.forComponent('ergo:tcp:outbound'),
      idleTimeoutMs: this.#init.idleTimeoutMs,
      closeLingerMs: this.#init.closeLingerMs
    })
    try {
      return await options.upgrader.upgradeOutbound(connection, {
        skipEncryption: true,
        skipProtection: true,
        remotePeer,
        muxerFactory: soleMuxer(this.#streamProtocol),
        signal: options.signal
      })
    } catch (error) {
      connection.abort(error as Error)
      throw error
    }
  }

  #connect(host: string, port: number, signal: AbortSignal): Promise<Socket> {
    return new Promise((resolve, reject) => {
      this.#log('dialling %s', hostPort(host, port))
      const socket = connect({ host, port, noDelay: true, keepAlive: true, allowHalfOpen: false })
      const timeoutMs = this.#init.connectTimeoutMs ?? CONNECT_TIMEOUT_MS
      const timer = setTimeout(() => {
        fail(new ErgoTcpError('CONNECT_FAILED', `${hostPort(host, port)} did not answer in ${timeoutMs} ms`))
      }, timeoutMs)
      const settle = (): void => {
        clearTimeout(timer)
        signal.removeEventListener('abort', onAbort)
        socket.off('connect', onConnect)
        socket.off('error', onError)
      }
      const fail = (error: Error): void => {
        settle()
        socket.on('error', () => {})
        socket.destroy()
        reject(error)
      }
      const onAbort = (): void => fail(new AbortError())
      const onError = (cause: Error): void => {
        fail(new ErgoTcpError('CONNECT_FAILED', `cannot connect to ${hostPort(host, port)}: ${cause.message}`, { cause }))
      }
      const onConnect = (): void => {
        settle()
        resolve(socket)
      }
      signal.addEventListener('abort', onAbort, { once: true })
      socket.once('connect', onConnect)
      socket.once('error', onError)
    })
  }
}
