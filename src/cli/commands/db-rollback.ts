import { toHex } from '../../bytes/index.ts'
import type { Command } from '../command.ts'
import { EXIT, UsageError } from '../errors.ts'
import { parseHeight } from './height-range.ts'
import { withLedger } from './node-setup.ts'

export const dbRollback: Command = {
  name: 'db rollback',
  usage: 'HEIGHT',
  summary: 'undo the last blocks of the state, down to a height; they are applied again when the node runs',
  settings: true,
  takesArguments: true,
  run: async (context) => {
    const [text, ...rest] = context.args
    if (text === undefined || rest.length > 0) throw new UsageError('db rollback: name the height to go back to')
    const height = parseHeight(text, 'db rollback: the height')
    return await withLedger(context, { missing: 'refuse' }, async ({ blocks }) => {
      const { full } = blocks
      const before = full.height
      if (height > before) throw new UsageError(`db rollback: the state is at height ${before}, below ${height}`)
      if (!(await blocks.rollbackTo(height))) {
        const lowest = await full.store.lowestContext()
        throw new UsageError(
          `db rollback: the state at height ${height} is not kept any more${lowest === undefined ? '' : `; the lowest that is stands at ${lowest}`}`
        )
      }
      await context.output.result({
        undone: before - full.height,
        height: full.height,
        id: full.tip === undefined ? null : toHex(full.tip.id),
        stateRoot: toHex(full.stateRoot)
      })
      return EXIT.ok
    })
  }
}
