import { toHex } from '../../bytes/index.ts'
import { blake2b256 } from '../../crypto/index.ts'
import type { Command } from '../command.ts'
import { EXIT, UsageError } from '../errors.ts'

export const hashKey: Command = {
  name: 'hash-key',
  usage: '',
  summary: 'read an API key from standard input and print its hash for api.apiKeyHash',
  takesArguments: true,
  run: async (context) => {
    if (context.args.length > 0)
      throw new UsageError('hash-key: give the key on standard input, so that it stays out of the shell history')
    if (process.stdin.isTTY) context.output.say('Type the API key, then Enter and Ctrl-D:')
    const chunks: Buffer[] = []
    for await (const chunk of process.stdin) chunks.push(chunk as Buffer)
    const key = Buffer.concat(chunks)
      .toString('utf8')
      .replace(/\r?\n$/, '')
    if (key === '') throw new UsageError('hash-key: the key is empty')
    await context.output.result({ apiKeyHash: toHex(blake2b256(new TextEncoder().encode(key))) })
    return EXIT.ok
  }
}
