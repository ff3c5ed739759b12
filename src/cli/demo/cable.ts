import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net'

const LOOPBACK = '127.0.0.1'

/**
 * A cable between two nodes: a port of its own that passes every byte on to another, and can be cut. While it is cut, what is dialled
 * through it is refused.
 */
export class Cable {
  readonly #server: Server
  readonly #sockets = new Set<Socket>()
  #target: number
  #cut = false

  private constructor(server: Server, target: number) {
    this.#server = server
    this.#target = target
    server.on('connection', (socket) => this.#join(socket))
  }

  /** @param target port on this machine at the far end */
  static async lay(target: number): Promise<Cable> {
    const server = createServer()
    server.listen(0, LOOPBACK)
    await once(server, 'listening')
    return new Cable(server, target)
  }

  /** Port of the near end. */
  get port(): number {
    return (this.#server.address() as AddressInfo).port
  }

  cut(): void {
    this.#cut = true
    for (const socket of this.#sockets) socket.destroy()
  }

  mend(): void {
    this.#cut = false
  }

  async remove(): Promise<void> {
    this.cut()
    await new Promise<void>((resolve) => this.#server.close(() => resolve()))
  }

  #join(near: Socket): void {
    if (this.#cut) {
      near.destroy()
      return
    }
    const far = connect(this.#target, LOOPBACK)
    for (const [socket, other] of [
      [near, far],
      [far, near]
    ] as const) {
      this.#sockets.add(socket)
      socket.setNoDelay(true)
      socket.on('error', () => {})
      socket.on('close', () => {
        this.#sockets.delete(socket)
        other.destroy()
      })
      socket.pipe(other)
    }
  }
}
