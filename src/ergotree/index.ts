/**
 * ErgoTree: types, values, expressions, their encodings, and evaluation.
 *
 * @packageDocumentation
 */
export * from './box.ts'
export * from './ergo-tree.ts'
export * from './group-element.ts'
export * from './method-table.ts'
export * from './nodes.ts'
export * from './op-codes.ts'
export * from './sigma/index.ts'
export * from './sigma-boolean.ts'
export * from './types.ts'
export * from './validation-rules.ts'
export * from './values.ts'
export * from './versions.ts'
