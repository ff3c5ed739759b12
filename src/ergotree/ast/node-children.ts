import type { Node } from './nodes.ts'

/** Expressions directly inside a node, in the order in which they are written and evaluated. */
export function nodeChildren(node: Node): readonly Node[] {
  if ('items' in node) return 'result' in node ? [...node.items, node.result] : node.items
  if ('left' in node) return [node.left, node.right]
  if ('first' in node) return [node.first, node.second, node.third]
  if ('obj' in node) return [node.obj, ...node.args]
  if ('func' in node) return [node.func, ...node.args]
  if ('body' in node) return [node.body]
  if ('rhs' in node) return [node.rhs]
  if ('g' in node) return [node.g, node.h, node.u, node.v]
  if ('digest' in node) return [node.flags, node.digest, node.keyLength, node.valueLength]
  const out: Node[] = []
  if ('input' in node) out.push(node.input)
  if ('index' in node && typeof node.index === 'object') out.push(node.index)
  if ('default' in node && node.default !== undefined) out.push(node.default)
  return out
}
