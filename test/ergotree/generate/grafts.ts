import { nodeChildren } from '../../../src/ergotree/ast/node-children.ts'
import { placeConstants } from '../../../src/ergotree/ast/substitute.ts'
import { type Node, OP, type ParsedErgoTree, typeToString, writeErgoTree } from '../../../src/ergotree/index.ts'
import type { Random } from './random.ts'

/** Does it use what it does not define? */
function hasFreeUses(node: Node, known: readonly number[]): boolean {
  if (node.op === OP.ValUse) return !known.includes(node.id)
  let inside = known
  if (node.op === OP.FuncValue) inside = [...known, ...node.args.map((arg) => arg.id)]
  if (node.op === OP.BlockValue) inside = [...known, ...node.items.map((item) => item.id)]
  return nodeChildren(node).some((child) => hasFreeUses(child, inside))
}

/** Replaces one expression in trees by one of other trees, most often by one of the same type. */
export class Grafts {
  readonly #trees: readonly ParsedErgoTree[]
  readonly #pool: Node[] = []
  readonly #byType = new Map<string, Node[]>()

  constructor(trees: readonly ParsedErgoTree[]) {
    this.#trees = trees.map((tree) => ({ ...tree, root: placeConstants(tree.root, tree.constants), constants: [] }))
    for (const tree of this.#trees) this.#collect(tree.root)
  }

  /** Bytes of another tree made of tree `index`; undefined when the graft has no encoding there. */
  tree(index: number, random: Random): Uint8Array | undefined {
    const tree = this.#trees[index]!
    let root = tree.root
    for (let n = 1 + random.below(3); n > 0; n--) root = this.#replaced(root, random)
    const version = random.chance(0.8) ? tree.version : random.below(4)
    const header = (tree.header & ~7) | version | (version > 0 ? 8 : 0)
    try {
      return writeErgoTree({ ...tree, root, header, version, hasSize: (header & 8) !== 0 }, { activated: 3, tree: version })
    } catch {
      return undefined
    }
  }

  #collect(node: Node): void {
    if (node.op !== OP.ValDef && node.op !== OP.FunDef && !hasFreeUses(node, [])) {
      const key = typeToString(node.tpe)
      const known = this.#byType.get(key)
      if (known === undefined) this.#byType.set(key, [node])
      else known.push(node)
      this.#pool.push(node)
    }
    for (const child of nodeChildren(node)) this.#collect(child)
  }

  /** `node` with a part exchanged: itself, or a part of one of its children. */
  #replaced(node: Node, random: Random): Node {
    const children = nodeChildren(node)
    const isDefinition = node.op === OP.ValDef || node.op === OP.FunDef
    if (!isDefinition && (children.length === 0 || random.chance(0.15))) {
      const alike = this.#byType.get(typeToString(node.tpe)) ?? []
      return random.chance(0.85) && alike.length > 1 ? random.pick(alike) : random.pick(this.#pool)
    }
    const child = random.pick(children)
    const other = this.#replaced(child, random)
    const exchange = (field: unknown): unknown => (field === child ? other : Array.isArray(field) ? field.map(exchange) : field)
    return Object.fromEntries(Object.entries(node).map(([key, field]) => [key, exchange(field)])) as unknown as Node
  }
}
