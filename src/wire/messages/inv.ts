import { defineMessage } from './codec.ts'
import { type Inventory, readInventory, writeInventory } from './inventory.ts'

/** Code 55: announces objects, or answers a `SyncInfo` with the ids that come next. */
export interface Inv extends Inventory {
  readonly type: 'Inv'
}

export const inv = defineMessage<Inv>({
  code: 55,
  name: 'Inv',
  read: (r) => ({ type: 'Inv', ...readInventory(r) }),
  write: writeInventory
})
