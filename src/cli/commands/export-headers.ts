import { toHex } from '../../bytes/index.ts'
import type { Command } from '../command.ts'
import { EXIT, UsageError } from '../errors.ts'
import { withLedger } from './node-setup.ts'

export const exportHeaders: Command = {
  name: 'export headers',
  usage: '[--from HEIGHT] [--to HEIGHT]',
  summary: 'write the headers of the best chain, one {height,id,bytes} a line',
  settings: true,
  options: {
    from: { type: 'string', multiple: false, help: 'first height; default the lowest stored' },
    to: { type: 'string', multiple: false, help: 'last height; default the best' }
  },
  run: async (context) => {
    const height = (name: 'from' | 'to'): number | undefined => {
      const text = context.options[name]
      if (text === undefined) return undefined
      if (!/^\d{1,10}$/.test(String(text))) throw new UsageError(`export headers: --${name} must be a height, not ${text}`)
      return Number(text)
    }
    const from = height('from')
    const to = height('to')
    return await withLedger(context, async ({ chain }) => {
      for (const header of chain.store.range(from ?? chain.store.base, to ?? chain.height)) {
        if (context.signal.aborted) return EXIT.interrupted
        await context.output.result({ height: header.height, id: toHex(header.id), bytes: toHex(header.bytes) })
      }
      return EXIT.ok
    })
  }
}
