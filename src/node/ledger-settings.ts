import type { Config } from '../config/index.ts'
import type { LedgerInit } from './ledger.ts'

/** What the settings say of the ledger, for a node and for commands on its data alike. */
export function ledgerSettingsOf({
  node,
  sync,
  workers
}: Config): Pick<LedgerInit, 'stateType' | 'workers' | 'keepVersions' | 'blocksToKeep' | 'adProofsToKeep' | 'blockBufferBytes'> {
  return {
    stateType: node.stateType,
    ...(workers === 'auto' ? {} : { workers }),
    keepVersions: node.keepVersions,
    blocksToKeep: node.blocksToKeep,
    adProofsToKeep: node.adProofsSuffixLength,
    blockBufferBytes: sync.blockBufferSize
  }
}
