/** Height of the first block (`ErgoHistoryUtils.GenesisHeight`). */
export const GENESIS_HEIGHT = 1

/** Height of a chain without any block (`ErgoHistoryUtils.EmptyHistoryHeight`). */
export const EMPTY_HISTORY_HEIGHT = 0

/** Size of every digest and id: blake2b-256. */
export const DIGEST_BYTES = 32

/** Size of an AVL+ digest: root label and one byte of tree height (`ADDigest`). */
export const STATE_ROOT_BYTES = 33

/** Votes a header carries, one signed byte each (`Header.votes`). */
export const VOTES_BYTES = 3

/** Size of a compressed secp256k1 point, infinity included (`PublicKeyLength`). */
export const POINT_BYTES = 33

/** Size of a proof-of-work nonce. */
export const NONCE_BYTES = 8

/** Header version of the launch: Autolykos 1, transaction ids alone in the transactions root. */
export const INITIAL_VERSION = 1

/** Header version of 4.0: Autolykos 2, witness ids in the transactions root. */
export const HARDENING_VERSION = 2

/** Header version of the 5.0 soft-fork. */
export const INTERPRETER_50_VERSION = 3

/** Header version of the 6.0 soft-fork; above it the new-fields bytes of a header are really there. */
export const INTERPRETER_60_VERSION = 4

/** Network object types that messages, section ids and the store use (`NetworkObjectTypeId.scala`). */
export const MODIFIER_TYPES = {
  transaction: 2,
  header: 101,
  blockTransactions: 102,
  adProofs: 104,
  extension: 108
} as const

export type ModifierTypeName = keyof typeof MODIFIER_TYPES
export type ModifierType = (typeof MODIFIER_TYPES)[ModifierTypeName]
