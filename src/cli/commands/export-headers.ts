import { toHex } from '../../bytes/index.ts'
import type { Command } from '../command.ts'
import { EXIT } from '../errors.ts'
import { HEIGHT_RANGE, heightRange } from './height-range.ts'
import { withLedger } from './node-setup.ts'

export const exportHeaders: Command = {
  name: 'export headers',
  usage: '[--from HEIGHT] [--to HEIGHT]',
  summary: 'write the headers of the best chain, one {height,id,bytes} a line',
  settings: true,
  options: HEIGHT_RANGE,
  run: async (context) => {
    const { from, to } = heightRange(context, 'export headers')
    return await withLedger(context, { missing: 'refuse' }, async ({ chain }) => {
      for (const header of chain.store.range(from ?? chain.store.base, to ?? chain.height)) {
        if (context.signal.aborted) return EXIT.interrupted
        await context.output.result({ height: header.height, id: toHex(header.id), bytes: toHex(header.bytes) })
      }
      return EXIT.ok
    })
  }
}
