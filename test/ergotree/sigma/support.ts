import { fromHex, Reader } from '../../../src/bytes/index.ts'
import { GroupElement } from '../../../src/ergotree/values/group-element.ts'
import {
  CAnd,
  COr,
  CThreshold,
  FALSE_PROP,
  ProveDHTuple,
  ProveDlog,
  SIGMA,
  type SigmaBoolean,
  TRUE_PROP
} from '../../../src/ergotree/values/sigma-boolean.ts'

function read(reader: Reader): SigmaBoolean {
  const point = (): GroupElement => new GroupElement(reader.bytes(33))
  const children = (): SigmaBoolean[] => {
    const out: SigmaBoolean[] = []
    for (let n = reader.ushort(); n > 0; n--) out.push(read(reader))
    return out
  }
  const code = reader.u8()
  switch (code) {
    case SIGMA.True:
      return TRUE_PROP
    case SIGMA.False:
      return FALSE_PROP
    case SIGMA.ProveDlog:
      return new ProveDlog(point())
    case SIGMA.ProveDHTuple:
      return new ProveDHTuple(point(), point(), point(), point())
    case SIGMA.And:
      return new CAnd(children())
    case SIGMA.Or:
      return new COr(children())
    case SIGMA.Threshold:
      return new CThreshold(reader.ushort(), children())
    default:
      throw new Error(`no sigma proposition starts with ${code}`)
  }
}

/** Proposition as recordings write it (`reduced`), read independently of the code under test. */
export function sigmaFromHex(hex: string): SigmaBoolean {
  const reader = new Reader(fromHex(hex))
  const out = read(reader)
  reader.expectEnd('proposition')
  return out
}
