import { EncodeError, type Writer } from '../../bytes/index.ts'
import {
  CAnd,
  COr,
  CThreshold,
  FALSE_PROP,
  MAX_THRESHOLD_CHILDREN,
  ProveDHTuple,
  ProveDlog,
  SIGMA,
  type SigmaBoolean,
  TRUE_PROP
} from '../values/sigma-boolean.ts'
import type { ScriptReader } from './script-reader.ts'

/**
 * Reads a sigma proposition as data has it (reference: `SigmaBoolean.serializer`). Each node is a level of nesting.
 *
 * @throws DecodeError also for a threshold that is not 0 <= k <= n <= 255, after its children
 */
export function readSigmaBoolean(s: ScriptReader): SigmaBoolean {
  s.enter()
  const result = readNode(s)
  s.leave()
  return result
}

function readNode(s: ScriptReader): SigmaBoolean {
  const code = s.u8()
  switch (code) {
    case SIGMA.ProveDlog:
      return new ProveDlog(s.groupElement())
    case SIGMA.ProveDHTuple:
      return new ProveDHTuple(s.groupElement(), s.groupElement(), s.groupElement(), s.groupElement())
    case SIGMA.And:
      return new CAnd(readChildren(s, s.ushort('children count')))
    case SIGMA.Or:
      return new COr(readChildren(s, s.ushort('children count')))
    case SIGMA.Threshold: {
      const k = s.ushort('threshold')
      const children = readChildren(s, s.ushort('children count'))
      if (k > children.length || children.length > MAX_THRESHOLD_CHILDREN) {
        s.fail(`threshold ${k} of ${children.length} is not possible`)
      }
      return new CThreshold(k, children)
    }
    case SIGMA.False:
      return FALSE_PROP
    case SIGMA.True:
      return TRUE_PROP
    default:
      return s.fail(`unknown sigma proposition ${code}`)
  }
}

function readChildren(s: ScriptReader, count: number): SigmaBoolean[] {
  const children: SigmaBoolean[] = []
  for (let i = 0; i < count; i++) children.push(readSigmaBoolean(s))
  return children
}

/** Writes a sigma proposition; every proposition that was read can be written. */
export function writeSigmaBoolean(w: Writer, p: SigmaBoolean): void {
  w.u8(p.code)
  switch (p.code) {
    case SIGMA.ProveDlog:
      w.bytes(p.value.bytes)
      break
    case SIGMA.ProveDHTuple:
      w.bytes(p.g.bytes).bytes(p.h.bytes).bytes(p.u.bytes).bytes(p.v.bytes)
      break
    case SIGMA.Threshold:
      w.ushort(p.k)
      writeChildren(w, p.children)
      break
    case SIGMA.And:
    case SIGMA.Or:
      writeChildren(w, p.children)
  }
}

function writeChildren(w: Writer, children: readonly SigmaBoolean[]): void {
  if (children.length > 0xffff) throw new EncodeError(`${children.length} children of a sigma proposition`)
  w.ushort(children.length)
  for (const child of children) writeSigmaBoolean(w, child)
}
