import { defineMessage } from './codec.ts'
import { type Inventory, readInventory, writeInventory } from './inventory.ts'

/** Code 22: asks for objects by id. What the peer lacks is left out of its answer without a word. */
export interface RequestModifier extends Inventory {
  readonly type: 'RequestModifier'
}

export const requestModifier = defineMessage<RequestModifier>({
  code: 22,
  name: 'RequestModifier',
  read: (r) => ({ type: 'RequestModifier', ...readInventory(r) }),
  write: writeInventory
})
