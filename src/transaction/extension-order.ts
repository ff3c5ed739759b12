/** Variables up to which the reference's map keeps the order of insertion (`Map.Map4`). */
const INSERTION_ORDERED = 4

/** Bits that each level of the reference's hash trie takes from a hash. */
const TRIE_BITS = 5

/** `HashMap.improve` of Scala 2.12 for a key whose hash is its signed value. */
function improvedHash(id: number): number {
  let h = (id + ~(id << 9)) | 0
  h ^= h >>> 14
  h = (h + (h << 4)) | 0
  return h ^ (h >>> 10)
}

/** Order of iteration of a hash trie: by five bits after five bits, least significant first. */
function compareInTrie(a: number, b: number): number {
  let x = improvedHash(a)
  let y = improvedHash(b)
  while (x !== y) {
    const d = (x & 31) - (y & 31)
    if (d !== 0) return d
    x >>>= TRIE_BITS
    y >>>= TRIE_BITS
  }
  return 0
}

/**
 * Order in which the reference writes context variables, and so what a transaction's id hashes: up to four as they came, five
 * and more as its immutable hash map iterates (Scala 2.12, with which the node is built; `ContextExtension.scala`).
 *
 * @param ids distinct signed bytes, in order of first appearance
 */
export function extensionOrder(ids: readonly number[]): number[] {
  return ids.length <= INSERTION_ORDERED ? [...ids] : [...ids].sort(compareInTrie)
}

/** Are the ids distinct, and in the order of {@link extensionOrder}? */
export function isExtensionOrder(ids: readonly number[]): boolean {
  if (ids.length > INSERTION_ORDERED) return ids.every((id, i) => i === 0 || compareInTrie(ids[i - 1]!, id) < 0)
  for (let i = 1; i < ids.length; i++) for (let j = 0; j < i; j++) if (ids[i] === ids[j]) return false
  return true
}
