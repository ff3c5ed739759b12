import type { Reader } from '../../bytes/index.ts'

/**
 * Room for later fields at the end of the NiPoPoW messages: a length that must be there, and that many bytes.
 * A length at or above the message's limit is not consumed (nor refused) by the reference.
 */
export function skipPadding(r: Reader, limitBytes: number): void {
  const length = r.ushort('pad length')
  if (length < limitBytes) r.skip(length)
}
