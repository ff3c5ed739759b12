/** Why an operation on an authenticated tree, or its proof, was refused. Stable. */
export type AvlErrorCode =
  /** The proof does not rebuild a tree with the starting digest. */
  | 'AVL_PROOF_INVALID'
  /** An earlier operation failed, so the verifier holds no tree any more. */
  | 'AVL_NO_TREE'
  /** Key of another length, or not strictly between the two sentinels. */
  | 'AVL_KEY_INVALID'
  /** Value of another length than the tree's fixed one. */
  | 'AVL_VALUE_LENGTH'
  /** Insert of a key that is there. */
  | 'AVL_KEY_EXISTS'
  /** Update or remove of a key that is not there. */
  | 'AVL_KEY_ABSENT'
  /** The operation leads to a part of the tree that the proof does not hold, or contradicts its structure. */
  | 'AVL_STRUCTURE'
  /** The height left the one byte that a digest has for it. */
  | 'AVL_HEIGHT'

/** Failure of an authenticated tree operation. */
export class AvlError extends Error {
  static override readonly name: string = 'AvlError'
  override readonly name: string = 'AvlError'
  readonly code: AvlErrorCode

  constructor(code: AvlErrorCode, message: string) {
    super(message)
    this.code = code
  }
}
