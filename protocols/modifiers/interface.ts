import type { ComponentLogger } from '@libp2p/interface'
import type { SessionService } from '../session/index.ts'

/** Objects that peers may ask for: committed, verified, not marked invalid. */
export interface ModifierSource {
  /**
   * Bytes of an object of exactly this type, as they travel; undefined when we do not serve it. Synchronous: it is asked up to 400
   * times for one request.
   */
  get(typeId: number, id: Uint8Array): Uint8Array | undefined
}

export interface ModifierComponents {
  logger: ComponentLogger
  session: SessionService
}
