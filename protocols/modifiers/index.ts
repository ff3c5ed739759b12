/**
 * Objects of the chain between peers: serving what they ask for.
 *
 * @packageDocumentation
 */
import type { ModifierComponents, ModifierSource } from './interface.ts'
import { ModifierServer } from './modifier-server.ts'

export type { ModifierComponents, ModifierSource } from './interface.ts'
export { ModifierServer, type ServedCounters } from './modifier-server.ts'

/** Service factory: answers RequestModifier from a source. */
export function modifierServer(source: ModifierSource): (components: ModifierComponents) => ModifierServer {
  return (components) => new ModifierServer(components, source)
}
