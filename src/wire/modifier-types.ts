/**
 * Type byte under which an object travels in `Inv`, `RequestModifier` and `Modifiers`, unsigned
 * (reference: `NetworkObjectTypeId.scala`; its local-only types -127 .. -124 never travel).
 */
export const ModifierType = {
  Transaction: 2,
  Header: 101,
  BlockTransactions: 102,
  AdProofs: 104,
  Extension: 108
} as const

export type ModifierType = (typeof ModifierType)[keyof typeof ModifierType]

/** Lowest type of a block section (`NetworkObjectTypeId.BlockSectionThreshold`). */
const BLOCK_SECTION_THRESHOLD = 50

/** True for headers and block sections: the type as a *signed* byte is 50 or more. */
export function isBlockSectionType(typeId: number): boolean {
  return typeId >= BLOCK_SECTION_THRESHOLD && typeId < 0x80
}

const NAMES = new Map<number, string>(Object.entries(ModifierType).map(([name, id]) => [id, name]))

/** Name for people, e.g. `BlockTransactions`; undefined for a type that has none. */
export function modifierTypeName(typeId: number): string | undefined {
  return NAMES.get(typeId)
}
