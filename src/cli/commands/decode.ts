import { DecodeError, fromHex, type JsonInput, toHex } from '../../bytes/index.ts'
import { headerToJson, type NetworkParameters, scanHeader } from '../../chain/index.ts'
import { describeTree, parseErgoTree, ValidationRuleError, type Versions } from '../../ergotree/index.ts'
import { addressOfTree, boxToJson, encodeAddress, TransactionDecoder, transactionToJson } from '../../transaction/index.ts'
import { describeFrame, describeHandshake, describeMessage, WireError } from '../../wire/index.ts'
import type { Command } from '../command.ts'
import { EXIT, UsageError } from '../errors.ts'
import { nodeSetup } from './node-setup.ts'

/** Everything that today's mainnet knows: block version 4. */
const VERSIONS: Versions = { activated: 3, tree: 3 }

/** What can be decoded, by the word that asks for it. */
const DECODERS: Readonly<Record<string, (bytes: Uint8Array, network: NetworkParameters) => JsonInput>> = {
  frame: (bytes) => describeFrame(bytes),
  handshake: (bytes) => describeHandshake(bytes),
  message: (bytes) => describeMessage(bytes),
  header: (bytes) => headerToJson(scanHeader(bytes)) as unknown as JsonInput,
  transaction: (bytes) => {
    const tx = new TransactionDecoder().decodeTransaction(bytes, VERSIONS)
    return { ...transactionToJson(tx), consumed: tx.received.length, canonical: toHex(tx.bytes) === toHex(bytes) }
  },
  box: (bytes) => boxToJson(new TransactionDecoder().decodeBox(bytes)),
  tree: (bytes, { addressPrefix }) => {
    const tree = parseErgoTree(bytes, { ...VERSIONS, tree: 0 })
    // A tree that was not understood has no address.
    const address = tree.kind === 'unparsed' ? null : encodeAddress(addressOfTree(tree), addressPrefix)
    return { ...(describeTree(tree) as Record<string, JsonInput>), address }
  }
}

export const decode: Command = {
  name: 'decode',
  usage: `${Object.keys(DECODERS).join('|')} [HEX]`,
  summary: 'show what bytes mean, as JSON; hex as argument or on standard input',
  settings: true,
  takesArguments: true,
  run: async (context) => {
    const [what, hex, ...rest] = context.args
    const decoder = what === undefined ? undefined : DECODERS[what]
    if (rest.length > 0) throw new UsageError(`decode ${what}: give the hex in one piece, or on standard input`)
    if (decoder === undefined) {
      throw new UsageError(`decode: say what the bytes are: ${Object.keys(DECODERS).join(', ')}, then give them in hex`)
    }
    const { network } = nodeSetup(context)
    const text = (hex ?? (await standardInput())).replace(/\s+/g, '')
    let bytes: Uint8Array
    try {
      bytes = fromHex(text)
    } catch (err) {
      throw new UsageError(`decode ${what}: ${(err as Error).message}`, { cause: err })
    }
    try {
      await context.output.result(decoder(bytes, network))
    } catch (err) {
      if (!(err instanceof DecodeError || err instanceof WireError || err instanceof ValidationRuleError)) throw err
      throw new UsageError(`decode ${what}: ${err.message}`, { cause: err })
    }
    return EXIT.ok
  }
}

async function standardInput(): Promise<string> {
  const chunks: Buffer[] = []
  for await (const chunk of process.stdin) chunks.push(chunk as Buffer)
  return Buffer.concat(chunks).toString('utf8')
}
