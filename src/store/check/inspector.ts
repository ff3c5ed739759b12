/** A stored header, as far as its place in the store says something of it. */
export interface InspectedHeader {
  readonly id: Uint8Array
  readonly parentId: Uint8Array
  readonly height: number
  readonly difficulty: bigint
  /** State root after its block, 33 bytes. */
  readonly stateRoot: Uint8Array
  /** Id of the section of a type; undefined for types that no block has. */
  sectionId(type: number): Uint8Array | undefined
  /** Does the header commit to these bytes of a section? */
  fits(type: number, section: Uint8Array): boolean
}

/** What the store needs to judge bytes that it does not understand itself. Undefined stands for what cannot be read. */
export interface StoreInspector {
  /** Types of the sections that every block keeps, as long as it is not pruned. */
  readonly keptSections: readonly number[]
  /** The one among them that {@link nextState} asks for. */
  readonly extensionType: number
  header(bytes: Uint8Array): InspectedHeader | undefined
  /** State root of a state, and id of the last header that it knows. */
  state(bytes: Uint8Array): { readonly root: Uint8Array; readonly headerId: Uint8Array } | undefined
  /** The state after a block, from the one before it and the block's extension. */
  nextState(before: Uint8Array, header: Uint8Array, extension: Uint8Array): Uint8Array | undefined
}
