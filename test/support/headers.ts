import { type Header, type HeaderFields, headerFromFields } from '../../src/chain/index.ts'

/** A header whose fields are zeros but for those given; its proof of work is not valid. */
export function plainHeader(fields: Partial<HeaderFields> = {}): Header {
  const zeros = new Uint8Array(32)
  return headerFromFields({
    version: 4,
    parentId: zeros,
    adProofsRoot: zeros,
    transactionsRoot: zeros,
    stateRoot: new Uint8Array(33),
    timestamp: 0n,
    extensionRoot: zeros,
    nBits: 0x01010000,
    height: 2,
    votes: new Uint8Array(3),
    unparsedBytes: new Uint8Array(0),
    powSolution: { pk: new Uint8Array(33), w: new Uint8Array(33), nonce: new Uint8Array(8), d: 0n },
    ...fields
  })
}
