import { toHex } from '../../bytes/index.ts'
import { MODIFIER_TYPES } from '../../chain/index.ts'
import type { Command } from '../command.ts'
import { EXIT } from '../errors.ts'
import { HEIGHT_RANGE, heightRange } from './height-range.ts'
import { withLedger } from './node-setup.ts'

export const exportBlocks: Command = {
  name: 'export blocks',
  usage: '[--from HEIGHT] [--to HEIGHT]',
  summary: 'write the blocks that the state stands on, one a line; what was pruned is left out',
  settings: true,
  options: HEIGHT_RANGE,
  run: async (context) => {
    const range = heightRange(context, 'export blocks')
    return await withLedger(context, { missing: 'refuse' }, async ({ chain, blocks }) => {
      const { full } = blocks
      const { tip } = full
      if (tip === undefined) return EXIT.ok
      for (
        let height = Math.max(range.from ?? 1, chain.store.base);
        height <= Math.min(range.to ?? tip.height, tip.height);
        height++
      ) {
        if (context.signal.aborted) return EXIT.interrupted
        const header = chain.ancestorAt(tip.id, height)
        const sections = header === undefined ? undefined : full.storedSections(header)
        if (header === undefined || sections === undefined) continue
        await context.output.result({
          height,
          id: header.idHex,
          header: toHex(header.bytes),
          stateRoot: toHex(header.stateRoot),
          transactions: toHex(sections.get(MODIFIER_TYPES.blockTransactions)!),
          extension: toHex(sections.get(MODIFIER_TYPES.extension)!),
          adProofs: toHex(sections.get(MODIFIER_TYPES.adProofs)!)
        })
      }
      return EXIT.ok
    })
  }
}
