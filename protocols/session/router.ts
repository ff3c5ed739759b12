import { type MessageType, messageCode } from '../../src/wire/index.ts'
import type { MessageHandler, MessageRouter } from './interface.ts'

/** Handlers by message code. */
export class Router implements MessageRouter {
  readonly #handlers = new Map<number, readonly MessageHandler<MessageType>[]>()

  on<T extends MessageType>(type: T, handler: MessageHandler<T>): () => void {
    const code = messageCode(type)
    // The table only ever calls a handler with messages of the type it was added for.
    const entry = handler as unknown as MessageHandler<MessageType>
    this.#handlers.set(code, [...(this.#handlers.get(code) ?? []), entry])
    let added = true
    return () => {
      if (!added) return
      added = false
      const list = this.#handlers.get(code) ?? []
      const at = list.indexOf(entry)
      const rest = list.filter((_, i) => i !== at)
      if (rest.length === 0) this.#handlers.delete(code)
      else this.#handlers.set(code, rest)
    }
  }

  /** Handlers of a code in the order they were added; undefined when there are none. */
  of(code: number): readonly MessageHandler<MessageType>[] | undefined {
    return this.#handlers.get(code)
  }
}
