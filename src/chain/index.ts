/**
 * Chain consensus: headers and their proof of work, difficulty, numbered rules, networks.
 *
 * ```ts
 * import { parseHeader } from '../chain/index.ts'
 *
 * const header = parseHeader(bytes)          // throws DecodeError
 * console.log(header.height, header.idHex)
 * ```
 *
 * @packageDocumentation
 */
export * from './constants.ts'
export { Header, headerFromFields, readHeader, scanHeader } from './header.ts'
export {
  type HeaderFields,
  type HeaderFieldsWithoutPow,
  INFINITY_POINT,
  type PowSolution,
  readHeaderFields,
  SOLUTION_W_V2,
  serializeHeader,
  serializeHeaderWithoutPow
} from './header-fields.ts'
export { hasValidPoints, parseHeader } from './header-points.ts'
export { sectionId } from './section-ids.ts'
