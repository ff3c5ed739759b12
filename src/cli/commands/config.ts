import { printConfig } from '../../config/index.ts'
import type { Command } from '../command.ts'
import { EXIT } from '../errors.ts'
import { nodeSetup } from './node-setup.ts'

export const configPrint: Command = {
  name: 'config print',
  usage: '[--config FILE] [SETTINGS]',
  summary: 'show the effective configuration as TOML, with the origin of each value',
  settings: true,
  run: async (context) => {
    process.stdout.write(printConfig(context.config()))
    return EXIT.ok
  }
}

export const configCheck: Command = {
  name: 'config check',
  usage: '[--config FILE] [SETTINGS]',
  summary: 'check the configuration and the network file, and say what is wrong',
  settings: true,
  run: async (context) => {
    const { network, dataDir } = nodeSetup(context)
    for (const warning of context.config().warnings) context.output.say(`warning: ${warning}`)
    await context.output.result({ ok: true, network: network.name, dataDir })
    return EXIT.ok
  }
}
