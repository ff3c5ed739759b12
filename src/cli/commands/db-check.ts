import { storeInspector } from '../../history/index.ts'
import { checkStore } from '../../store/index.ts'
import type { Command } from '../command.ts'
import { EXIT } from '../errors.ts'
import { withLedger } from './node-setup.ts'

export const dbCheck: Command = {
  name: 'db check',
  usage: '[SETTINGS]',
  summary: 'read the whole database and report what is damaged or contradicts itself',
  settings: true,
  run: async (context) =>
    await withLedger(context, { missing: 'refuse' }, async ({ db, network, chain, blocks }) => {
      const report = await checkStore({
        db,
        headers: chain.store,
        blocks: blocks.full.store,
        inspector: storeInspector(network),
        onProgress: (records) => context.output.say(`${records} records checked`)
      })
      const { headers, forks, invalid, sections, states, repaired, problems } = report
      await context.output.result({
        ok: problems.length === 0,
        height: chain.height,
        blocks: blocks.full.height,
        headers,
        forks,
        invalid,
        sections,
        states,
        repaired: [...repaired],
        problems: [...problems]
      })
      return problems.length === 0 ? EXIT.ok : EXIT.invalid
    })
}
