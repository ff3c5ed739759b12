/** How badly a peer behaved. Scores add up per IP address; `permanent` bans at once. */
export type PenaltyKind = 'nonDelivery' | 'misbehavior' | 'spam' | 'permanent'

/** What one penalty adds to a peer's score (reference: `PenaltyType.scala`). */
export const PENALTY_SCORES: Readonly<Record<PenaltyKind, number>> = {
  /** A requested section, header, manifest or chunk did not come. */
  nonDelivery: 2,
  /** An object does not parse, has another id than it travels under, or turns out invalid. */
  misbehavior: 10,
  /** Something nobody asked for. */
  spam: 25,
  /** A frame or payload that no honest implementation sends. */
  permanent: 1_000_000_000
}
