/**
 * ErgoTree: types, values, expressions, their encodings, and evaluation.
 *
 * ```ts
 * import { DEFAULT_VERSIONS, parseErgoTree, writeErgoTree } from '../ergotree/index.ts'
 *
 * const tree = parseErgoTree(bytes, DEFAULT_VERSIONS) // throws DecodeError, or keeps a tree with a size as 'unparsed'
 * tree.bytes                                          // as received
 * writeErgoTree(tree, DEFAULT_VERSIONS)               // as the reference writes it anew
 * ```
 *
 * What a script comes to and what it costs, with nothing but a height to look at:
 *
 * ```ts
 * import { reduceTree, scriptContext, TransactionValues } from '../ergotree/index.ts'
 *
 * const transaction = new TransactionValues(scriptContext({ inputs: [box], height: 1_000_000 }))
 * const { proposition, cost } = reduceTree(box.tree, {
 *   transaction, selfIndex: 0, variables: new Map(), initialCost: 0, costLimit: 1_000_000
 * })
 * proposition.code // 0xcd: a key; 0xd3: true
 * cost             // block units; a proof costs sigmaProofCost(proposition) / 10 more
 * ```
 *
 * A node judges inputs by {@link verifyInput}, which never throws.
 *
 * Reading fails with a `DecodeError` (malformed) or a {@link ValidationRuleError} (a numbered rule, which a soft-fork may
 * relax); writing with an `EncodeError`.
 *
 * @packageDocumentation
 */

export { describeNode, describeTree } from './ast/describe.ts'
export * from './ast/ergo-tree.ts'
export * from './ast/method-table.ts'
export * from './ast/nodes.ts'
export * from './ast/op-codes.ts'
export * from './codec/box-codec.ts'
export * from './codec/data-codec.ts'
export * from './codec/expression-parser.ts'
export * from './codec/expression-writer.ts'
export * from './codec/header-data.ts'
export * from './codec/script-reader.ts'
export * from './codec/sigma-codec.ts'
export * from './codec/tree-codec.ts'
export * from './codec/type-codec.ts'
export * from './engine.ts'
export { type ContextVariables, type TransactionContext, TransactionValues } from './eval/context.ts'
export { ScriptError, type ScriptErrorKind } from './eval/errors.ts'
export * from './failure.ts'
export * from './interpreter.ts'
export * from './recorded-case.ts'
export * from './script-context.ts'
export * from './sigma/index.ts'
export * from './types/types.ts'
export * from './types/unify.ts'
export * from './validation-rules.ts'
export * from './values/big-int-bytes.ts'
export * from './values/box.ts'
export * from './values/ergo-box.ts'
export * from './values/group-element.ts'
export * from './values/java-text.ts'
export * from './values/sigma-boolean.ts'
export * from './values/values.ts'
export * from './versions.ts'
