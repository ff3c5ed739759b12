import type { JsonInput } from '../../bytes/index.ts'
import type { Command } from '../command.ts'
import { tellBlockStory } from '../demo/block-story.ts'
import { DemoError } from '../demo/errors.ts'
import { Stage } from '../demo/stage.ts'
import { tellStory } from '../demo/story.ts'
import { EXIT } from '../errors.ts'

/** A command that tells a story for people on standard error and its end for programs on standard output. */
function storyCommand(name: string, summary: string, tell: (stage: Stage) => Promise<JsonInput>): Command {
  return {
    name,
    usage: '[--fast]',
    summary,
    options: {
      fast: { type: 'boolean', multiple: false, help: 'no pauses for readers' }
    },
    run: async ({ options, output, signal }) => {
      const paced = options.fast !== true
      const stage = new Stage({ stream: process.stderr, paced, env: process.env, signal, now: () => performance.now() })
      try {
        await output.result(await tell(stage))
        return EXIT.ok
      } catch (err) {
        if (signal.aborted) return EXIT.interrupted
        if (!(err instanceof DemoError)) throw err
        output.say(`\nfailed: ${err.message}`)
        await output.result({ ok: false, reason: err.message })
        return EXIT.invalid
      }
    }
  }
}

export const demo: Command = storyCommand(
  'demo',
  'three nodes on this machine: sync, a partition, a fork, a reorganisation, one chain in the end',
  tellStory
)

export const demoBlocks: Command = storyCommand(
  'demo blocks',
  'a node syncs from three peers of which one lies, one is silent and one is slow',
  tellBlockStory
)
