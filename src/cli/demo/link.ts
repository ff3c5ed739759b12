import { Cable } from './cable.ts'
import type { DemoNode } from './demo-node.ts'
import { until } from './wait.ts'

/** A connection between two nodes over a cable. */
export class Link {
  readonly from: DemoNode
  readonly to: DemoNode
  readonly carrier: 'native' | 'libp2p'
  readonly #cable: Cable

  private constructor(from: DemoNode, to: DemoNode, carrier: 'native' | 'libp2p', cable: Cable) {
    this.from = from
    this.to = to
    this.carrier = carrier
    this.#cable = cable
  }

  static async lay(from: DemoNode, to: DemoNode, carrier: 'native' | 'libp2p'): Promise<Link> {
    return new Link(from, to, carrier, await Cable.lay(to.port(carrier)))
  }

  get isUp(): boolean {
    const through = (demo: DemoNode): boolean =>
      demo.node.services.session.all().some(({ remote }) => remote.port === this.#cable.port)
    return through(this.from)
  }

  /** Dials through the cable, unless the node did so by itself, and waits for the session. */
  async connect(signal: AbortSignal): Promise<void> {
    this.#cable.mend()
    const address = this.to.addressBehind(this.#cable.port, this.carrier)
    let lastError: unknown
    if (!this.isUp) {
      await this.from.node.services.session.connect(address, { signal }).catch((err) => {
        lastError = err
      })
    }
    await until(() => this.isUp, `${this.from.name} connects to ${this.to.name}`, {
      signal,
      detail: () => String(lastError ?? 'no session')
    })
  }

  /** @returns when both ends have noticed */
  async cut(signal: AbortSignal): Promise<void> {
    const before = this.to.sessions
    this.#cable.cut()
    await until(() => !this.isUp && this.to.sessions < before, `${this.to.name} notices that ${this.from.name} is gone`, {
      signal
    })
  }

  async remove(): Promise<void> {
    await this.#cable.remove()
  }
}
