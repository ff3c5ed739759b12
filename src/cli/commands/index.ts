import type { Command } from '../command.ts'
import { importAnchor } from './anchor.ts'
import { configCheck, configPrint } from './config.ts'
import { dbCheck } from './db-check.ts'
import { dbRollback } from './db-rollback.ts'
import { decode } from './decode.ts'
import { demo, demoBlocks } from './demo.ts'
import { exportBlocks } from './export-blocks.ts'
import { exportHeaders } from './export-headers.ts'
import { hashKey } from './hash-key.ts'
import { importBlocks } from './import-blocks.ts'
import { importHeaders } from './import-headers.ts'
import { runNode } from './run.ts'
import { scriptVerify } from './script-verify.ts'
import { verifyBlocks } from './verify-blocks.ts'
import { verifyHeaders } from './verify-headers.ts'
import { verifyTransactions } from './verify-transactions.ts'

/** Every command; the first is the one that runs when none is named. */
export const COMMANDS: readonly Command[] = [
  runNode,
  verifyHeaders,
  verifyBlocks,
  verifyTransactions,
  scriptVerify,
  importHeaders,
  importBlocks,
  importAnchor,
  exportHeaders,
  exportBlocks,
  decode,
  dbCheck,
  dbRollback,
  configPrint,
  configCheck,
  hashKey,
  demo,
  demoBlocks
]
