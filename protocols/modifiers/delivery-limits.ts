/** Bounds of a delivery tracker. */
export interface DeliveryLimits {
  readonly maxReceived: number
  readonly maxHeld: number
  readonly maxInvalid: number
  readonly invalidTtlMs: number
  readonly maxOwedPerPeer: number
}

export const DELIVERY_LIMITS: DeliveryLimits = {
  /** Sections that wait to be applied: four times what is asked for ahead. One that falls out is asked for again. */
  maxReceived: 16_384,
  /** Only to recognise late copies; what is part of the chain is known to the chain. */
  maxHeld: 16_384,
  /** `invalidModifiersCacheSize` of the reference, which keeps approximate sets; exact here. */
  maxInvalid: 10_000,
  /** `invalidModifiersCacheExpiration` of the reference. */
  invalidTtlMs: 4 * 3600 * 1000,
  /** Ids that a peer may still send late: over a minute of the fastest download. Beyond it a late answer counts as spam. */
  maxOwedPerPeer: 8_192
}
