import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Startable } from '@libp2p/interface'
import type { Registry } from 'prom-client'
import type { Phase } from './phase.ts'

/** Whether a node can be relied on, and if not, why. */
export interface Readiness {
  readonly ready: boolean
  readonly phase: Phase
  /** Empty when ready: `no peers`, `1200 blocks behind`. */
  readonly reasons: readonly string[]
}

export interface TelemetryServerInit {
  readonly host: string
  /** 0 for any free one. */
  readonly port: number
  readonly registry: Registry
  readonly readiness: () => Readiness
}

/** A scrape takes milliseconds; whoever takes longer to send its request is no scraper. */
const REQUEST_TIMEOUT_MS = 5000
/** A few scrapers and probes; bounds what strangers on the machine can hold open. */
const MAX_CONNECTIONS = 32

/** Could not listen on the address given. */
export class TelemetryServerError extends Error {
  override readonly name = 'TelemetryServerError'
  readonly code = 'TELEMETRY_LISTEN'
}

/**
 * Metrics and health over HTTP, apart from the REST API so that it can stay on the loopback address:
 * `/metrics` (Prometheus text), `/health/live`, `/health/ready` (200 or 503 with reasons).
 */
export class TelemetryServer implements Startable {
  readonly #init: TelemetryServerInit
  #server: Server | undefined

  constructor(init: TelemetryServerInit) {
    this.#init = init
  }

  /** Port that it listens on, while it does. */
  get port(): number | undefined {
    return (this.#server?.address() as AddressInfo | null | undefined)?.port
  }

  /** @throws TelemetryServerError when the address is taken or not ours */
  async start(): Promise<void> {
    if (this.#server !== undefined) return
    const { host, port } = this.#init
    const server = createServer(
      { requestTimeout: REQUEST_TIMEOUT_MS, headersTimeout: REQUEST_TIMEOUT_MS },
      (request, response) => {
        this.#answer(request, response).catch(() => response.destroy())
      }
    )
    server.maxConnections = MAX_CONNECTIONS
    await new Promise<void>((resolve, reject) => {
      server.once('error', (cause) =>
        reject(new TelemetryServerError(`metrics on ${host} port ${port}: ${cause.message}`, { cause }))
      )
      server.listen({ host, port }, resolve)
    })
    this.#server = server
  }

  async stop(): Promise<void> {
    const server = this.#server
    this.#server = undefined
    if (server === undefined) return
    await new Promise<void>((resolve) => {
      server.close(() => resolve())
      server.closeAllConnections()
    })
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const send = (status: number, type: string, body: string): void => {
      response.writeHead(status, { 'content-type': type, 'cache-control': 'no-store', 'x-content-type-options': 'nosniff' })
      response.end(request.method === 'HEAD' ? undefined : body)
    }
    const json = (status: number, body: unknown): void => send(status, 'application/json', `${JSON.stringify(body)}\n`)
    if (request.method !== 'GET' && request.method !== 'HEAD') {
      response.setHeader('allow', 'GET, HEAD')
      json(405, { error: 'method not allowed' })
      return
    }
    switch (request.url?.split('?')[0]) {
      case '/metrics':
        send(200, this.#init.registry.contentType, await this.#init.registry.metrics())
        break
      case '/health/live':
        json(200, { live: true })
        break
      case '/health/ready': {
        const readiness = this.#init.readiness()
        json(readiness.ready ? 200 : 503, readiness)
        break
      }
      default:
        json(404, { error: 'not found' })
    }
  }
}
