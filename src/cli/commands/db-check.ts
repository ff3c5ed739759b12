import { DecodeError } from '../../bytes/index.ts'
import { decodeCompact, scanHeader } from '../../chain/index.ts'
import { checkHeaders } from '../../store/index.ts'
import type { Command } from '../command.ts'
import { EXIT } from '../errors.ts'
import { withLedger } from './node-setup.ts'

export const dbCheck: Command = {
  name: 'db check',
  usage: '[SETTINGS]',
  summary: 'read the whole database and report what contradicts itself',
  settings: true,
  run: async (context) =>
    await withLedger(context, async ({ chain }) => {
      const report = await checkHeaders(
        chain.store,
        {
          inspect: (bytes) => {
            try {
              const header = scanHeader(bytes)
              const { id, parentId, height } = header
              return { id, parentId, height, difficulty: decodeCompact(header.nBits) }
            } catch (err) {
              if (err instanceof DecodeError) return undefined
              throw err
            }
          }
        },
        (headers) => context.output.say(`${headers} headers checked`)
      )
      await context.output.result({ ok: report.problems.length === 0, height: chain.height, ...report })
      return report.problems.length === 0 ? EXIT.ok : EXIT.invalid
    })
}
