import type { Command } from '../command.ts'
import { configCheck, configPrint } from './config.ts'
import { dbCheck } from './db-check.ts'
import { decode } from './decode.ts'
import { exportHeaders } from './export-headers.ts'
import { hashKey } from './hash-key.ts'
import { importHeaders } from './import-headers.ts'
import { runNode } from './run.ts'
import { verifyHeaders } from './verify-headers.ts'

/** Every command; the first is the one that runs when none is named. */
export const COMMANDS: readonly Command[] = [
  runNode,
  verifyHeaders,
  importHeaders,
  exportHeaders,
  decode,
  dbCheck,
  configPrint,
  configCheck,
  hashKey
]
