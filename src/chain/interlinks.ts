import { bytesEqual } from '../bytes/index.ts'
import { headerLevel } from './autolykos/level.ts'
import { BLOCK_RULES, type RuleFailure, ruleFailure } from './block-rules.ts'
import { DIGEST_BYTES } from './constants.ts'
import { EXTENSION_PREFIX, type ExtensionField } from './extension.ts'
import type { Header } from './header.ts'
import type { ValidationSettings } from './validation-settings.ts'

/** Ids of earlier headers: genesis first, then the latest one of each level, highest level first. */
export type Interlinks = readonly Uint8Array[]

/** An id and how often it stands in a row. */
interface Run {
  readonly id: Uint8Array
  readonly count: number
}

/** Count and id. */
const INTERLINK_VALUE_BYTES = 1 + DIGEST_BYTES

/** Interlinks as extension fields, runs of the same id packed into one (`NipopowAlgos.packInterlinks`). */
export function packInterlinks(links: Interlinks): ExtensionField[] {
  const fields: ExtensionField[] = []
  for (let i = 0; i < links.length; ) {
    const id = links[i]!
    // All occurrences count, also those further on, as in the reference; index and count keep one byte.
    const count = links.reduce((n, link) => (bytesEqual(link, id) ? n + 1 : n), 0)
    const value = new Uint8Array(INTERLINK_VALUE_BYTES)
    value[0] = count
    value.set(id, 1)
    fields.push({ key: Uint8Array.of(EXTENSION_PREFIX.interlinks, i), value })
    i += count
  }
  return fields
}

/** The interlinks fields as runs; undefined when one of them has not 33 bytes. The index in a key is not looked at. */
function readRuns(fields: readonly ExtensionField[]): Run[] | undefined {
  const runs: Run[] = []
  for (const { key, value } of fields) {
    if (key[0] !== EXTENSION_PREFIX.interlinks) continue
    if (value.length !== INTERLINK_VALUE_BYTES) return undefined
    runs.push({ id: value.subarray(1), count: value[0]! })
  }
  return runs
}

function expand(runs: readonly Run[]): Uint8Array[] {
  const links: Uint8Array[] = []
  for (const { id, count } of runs) for (let i = 0; i < count; i++) links.push(id)
  return links
}

/** Interlinks of extension fields (`NipopowAlgos.unpackInterlinks`); undefined when they are not packed properly. */
export function unpackInterlinks(fields: readonly ExtensionField[]): Interlinks | undefined {
  const runs = readRuns(fields)
  return runs === undefined ? undefined : expand(runs)
}

/**
 * Interlinks of the block after `parent` (`NipopowAlgos.updateInterlinks`); undefined when the parent has none though it
 * is not genesis.
 *
 * @param level gives a header's superblock level; the default computes its proof-of-work hit
 */
export function updateInterlinks(
  parent: Header,
  parentLinks: Interlinks,
  level: (header: Header) => number = headerLevel
): Interlinks | undefined {
  if (parent.isGenesis) return [parent.id]
  const genesis = parentLinks[0]
  if (genesis === undefined) return undefined
  const parentLevel = level(parent)
  if (parentLevel <= 0) return parentLinks
  const kept = parentLinks.slice(1, Math.max(1, parentLinks.length - parentLevel))
  return [genesis, ...kept, ...Array.from({ length: parentLevel }, () => parent.id)]
}

/** What the interlinks of a block are compared with; both are undefined where they are not known. */
export interface InterlinksParent {
  readonly header: Header | undefined
  readonly fields: readonly ExtensionField[] | undefined
}

/** Rules 401, 402 and 413, in the reference's order (`ExtensionValidator.validateInterlinks`). */
export function checkInterlinks(
  header: Header,
  fields: readonly ExtensionField[],
  parent: InterlinksParent,
  settings: ValidationSettings,
  level?: (header: Header) => number
): RuleFailure | undefined {
  const { interlinksEncoding, interlinksStructure, interlinksUnableToValidate } = BLOCK_RULES
  if (parent.header === undefined || parent.fields === undefined) {
    if (!settings.isActive(interlinksUnableToValidate) || header.isGenesis || parent.fields === undefined) return undefined
    return ruleFailure(interlinksUnableToValidate, 'The parent header is not known')
  }
  const runs = readRuns(fields)
  if (runs === undefined && settings.isActive(interlinksEncoding)) {
    return ruleFailure(interlinksEncoding, 'A value has not 33 bytes')
  }
  if (!settings.isActive(interlinksStructure)) return undefined
  const parentLinks = unpackInterlinks(parent.fields)
  const expected = parentLinks === undefined ? undefined : updateInterlinks(parent.header, parentLinks, level)
  if (expected === undefined) return ruleFailure(interlinksStructure, 'The parent has no interlinks to go on from')
  if (runs === undefined || !sameLinks(runs, expected)) {
    return ruleFailure(interlinksStructure, 'They do not follow from those of the parent')
  }
  return undefined
}

function sameLinks(runs: readonly Run[], expected: Interlinks): boolean {
  // Counted before it is expanded: a few kilobytes of runs can stand for millions of ids.
  const count = runs.reduce((sum, run) => sum + run.count, 0)
  return count === expected.length && expand(runs).every((id, i) => bytesEqual(id, expected[i]!))
}
