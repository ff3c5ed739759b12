import { compareBytes, IdMap } from '../bytes/index.ts'
import type { AvlOperation } from '../crypto/avltree/index.ts'

/** What of a transaction changes the state tree. */
export interface BoxEffects {
  readonly inputs: readonly { readonly boxId: Uint8Array }[]
  /** Box ids. */
  readonly dataInputs: readonly Uint8Array[]
  readonly outputs: readonly { readonly id: Uint8Array; readonly bytes: Uint8Array }[]
}

/** Operations of a block on the state tree, in their order; or the box that two of its inputs spend. */
export type StateChanges =
  | { readonly ok: true; readonly operations: readonly AvlOperation[] }
  | { readonly ok: false; readonly doubleSpent: Uint8Array }

type Removal = Extract<AvlOperation, { kind: 'remove' }>
type Insertion = Extract<AvlOperation, { kind: 'insert' }>

function byKey(a: AvlOperation, b: AvlOperation): number {
  return compareBytes(a.key, b.key)
}

/**
 * What the transactions of a block do to the state tree together (`ErgoState.stateChanges`): a lookup for every data input
 * as they come, then removals and insertions, each sorted by id. A box that is made and then spent in the block is in
 * neither; one that is spent first and made later is in both, and its removal will fail.
 */
export function stateChanges(transactions: readonly BoxEffects[]): StateChanges {
  const operations: AvlOperation[] = []
  const removals = new IdMap<Removal>()
  const insertions = new IdMap<Insertion>()
  for (const { inputs, dataInputs, outputs } of transactions) {
    for (const key of dataInputs) operations.push({ kind: 'lookup', key })
    for (const { boxId } of inputs) {
      if (insertions.delete(boxId)) continue
      if (removals.has(boxId)) return { ok: false, doubleSpent: boxId }
      removals.set(boxId, { kind: 'remove', key: boxId })
    }
    for (const { id, bytes } of outputs) insertions.set(id, { kind: 'insert', key: id, value: bytes })
  }
  for (const operation of [...removals.values()].sort(byKey)) operations.push(operation)
  for (const operation of [...insertions.values()].sort(byKey)) operations.push(operation)
  return { ok: true, operations }
}
