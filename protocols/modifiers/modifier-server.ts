import type { Logger, Startable } from '@libp2p/interface'
import { toHex } from '../../src/bytes/index.ts'
import { type Modifier, modifierTypeName, packModifiers, type RequestModifier } from '../../src/wire/index.ts'
import type { Session } from '../session/index.ts'
import type { ModifierComponents, ModifierSource } from './interface.ts'

/**
 * Objects read from disk between two turns of the event loop: sections of a late mainnet block take a tenth of a millisecond each.
 */
const OBJECTS_PER_TURN = 64

/** Serving counts, for metrics. */
export interface ServedCounters {
  readonly requests: number
  readonly objects: number
  readonly bytes: number
  readonly notFound: number
}

/**
 * Answers RequestModifier (code 22) as the reference does: one answer for each request, what is not there is left out without a
 * word, and the answer is cut into messages of two megabytes. The next request of a peer is read once it has taken this answer, so
 * a slow reader holds up itself alone.
 */
export class ModifierServer implements Startable {
  readonly #source: ModifierSource
  readonly #components: ModifierComponents
  readonly #log: Logger
  #counters = { requests: 0, objects: 0, bytes: 0, notFound: 0 }
  #remove: (() => void) | undefined

  constructor(components: ModifierComponents, source: ModifierSource) {
    this.#components = components
    this.#source = source
    this.#log = components.logger.forComponent('ergo:modifiers')
  }

  get counters(): ServedCounters {
    return this.#counters
  }

  start(): void {
    this.#remove = this.#components.session.router.on('RequestModifier', (session, message) => this.#serve(session, message))
  }

  stop(): void {
    this.#remove?.()
    this.#remove = undefined
  }

  async #serve(session: Session, { typeId, ids }: RequestModifier): Promise<void> {
    this.#counters.requests++
    const found: Modifier[] = []
    const seen = new Set<string>()
    for (const [i, id] of ids.entries()) {
      if (i > 0 && i % OBJECTS_PER_TURN === 0) await new Promise((resolve) => setImmediate(resolve))
      const key = toHex(id)
      if (seen.has(key)) continue
      seen.add(key)
      const bytes = this.#source.get(typeId, id)
      if (bytes === undefined) this.#counters.notFound++
      else found.push({ id: id.slice(), bytes })
    }
    this.#log.trace(
      'session %d asked for %d of type %s, %d found',
      session.id,
      ids.length,
      modifierTypeName(typeId) ?? typeId,
      found.length
    )
    for (const message of packModifiers(typeId, found)) {
      if (session.closed !== undefined) return
      this.#counters.objects += message.modifiers.length
      for (const { bytes } of message.modifiers) this.#counters.bytes += bytes.length
      session.send(message)
      await session.drained()
    }
  }
}
