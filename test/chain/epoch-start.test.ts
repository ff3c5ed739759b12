import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { concatBytes, fromHex, toHex } from '../../src/bytes/index.ts'
import {
  EMPTY_SETTINGS_UPDATE,
  type EpochStart,
  type ExtensionField,
  Parameters,
  parameterFields,
  parametersAtLaunch,
  parseSettings,
  processEpochStart,
  settingsFields,
  TESTNET,
  ValidationSettings,
  type VotingState
} from '../../src/chain/index.ts'
import { plainHeader } from '../support/headers.ts'

const { voting } = TESTNET
const INITIAL = ValidationSettings.initial
const without = (...rules: number[]): ValidationSettings => INITIAL.updated({ rulesToDisable: rules, statusUpdates: [] })
const HEIGHT = 256

const launch = parametersAtLaunch(TESTNET.launchParameters)
/** In force since height 128: version 4 with parameter 9. */
const inForce = new Parameters(128, new Map(launch.table).set(9, 30))

function start(fields: readonly ExtensionField[], state: Partial<VotingState> = {}, version = 4): EpochStart {
  const full = { parameters: inForce, settings: INITIAL, epochVotes: [], ...state }
  return processEpochStart(full, plainHeader({ height: HEIGHT, version }), fields, voting)
}

function rule(...args: ArgumentsOf<typeof start>): number | null | undefined {
  const result = start(...args)
  return result.ok ? undefined : result.failure.rule
}
type ArgumentsOf<F extends (...args: never[]) => unknown> = F extends (...args: infer P) => unknown ? P : never

const stated = parameterFields(new Parameters(HEIGHT, inForce.table))
const key =
  (hex: string): ((field: ExtensionField) => boolean) =>
  (field) =>
    toHex(field.key) === hex
const change = (hex: string, value: string): ExtensionField[] =>
  stated.map((field) => (key(hex)(field) ? { ...field, value: fromHex(value) } : field))

describe('start of a voting epoch', () => {
  it('takes over what the extension states', () => {
    const result = start(stated)
    assert.ok(result.ok)
    assert.equal(result.parameters.height, HEIGHT)
    assert.deepEqual(result.parameters.table, inForce.table)
    assert.ok(result.settings.equals(INITIAL))
  })

  it('rule 408 wants readable parameters, also when it is switched off', () => {
    assert.equal(rule(stated), undefined)
    assert.equal(rule(change('0001', '001312')), 408)
    assert.equal(rule([]), 408)
    assert.equal(start([], { settings: without(408) }).ok, false)
  })

  it('rule 411 wants readable settings', () => {
    const settings = (value: string): ExtensionField[] => [...stated, { key: fromHex('0200'), value: fromHex(value) }]
    assert.equal(rule(settings('0000')), undefined)
    assert.equal(rule(settings('01')), 411)
    // No script rule 1016 in the table that statuses go to.
    assert.equal(rule(settings('0001100201')), 411)
  })

  it('rule 410 wants the version that is in force, not the one the extension states', () => {
    assert.equal(rule(stated, {}, 4), undefined)
    assert.equal(rule(stated, {}, 3), 410)
    assert.equal(rule(change('007b', '00000005'), {}, 5), 410)
    assert.equal(rule(stated, { settings: without(410) }, 3), 412)
    assert.equal(rule(stated, { settings: without(410, 412) }, 3), undefined)
  })

  it('rule 409 wants exactly the parameters in force', () => {
    assert.equal(rule(stated), undefined)
    assert.equal(rule(change('0001', '00000001')), 409)
    assert.equal(rule(stated.filter((field) => !key('0008')(field))), 409)
    assert.equal(rule([...stated, { key: fromHex('0030'), value: fromHex('00000000') }]), 409)
  })

  it('rule 409 knows the votes of the epoch that closes', () => {
    const epochVotes = [{ id: 1, count: 65 }]
    assert.equal(rule(stated, { epochVotes }), 409)
    assert.equal(rule(change('0001', '00137478'), { epochVotes }), undefined)
  })

  it('never minds the proposed update: it is taken from the block itself', () => {
    assert.equal(rule(change('007c', '02d701990300')), undefined)
  })

  it('rule 414 allows to leave parameters out, but not others or further ones, from version 4 on', () => {
    const settings = without(409)
    const kept = settingsFields(settings)
    const verdict = (fields: ExtensionField[], version = 4): number | null | undefined =>
      rule([...fields, ...kept], { settings }, version)
    assert.equal(verdict(stated), undefined)
    assert.equal(verdict(stated.filter((field) => !key('0008')(field))), undefined)
    assert.equal(verdict(change('0001', '00000001')), 414)
    assert.equal(verdict([...stated, { key: fromHex('0030'), value: fromHex('00000000') }]), 414)
    const three = { settings, parameters: new Parameters(128, new Map(launch.table).set(123, 3)) }
    assert.equal(rule([...change('0001', '00000001'), ...kept], three, 3), undefined)
  })

  it('puts in parameter 9 for version 4 once rule 409 is off, with the value the block states', () => {
    const settings = without(409)
    const parameters = new Parameters(128, new Map(launch.table).set(123, 4))
    const kept = settingsFields(settings)
    assert.equal(rule([...change('0009', '0000001e'), ...kept], { settings, parameters }), undefined)
    assert.equal(rule([...stated.filter((field) => !key('0009')(field)), ...kept], { settings, parameters }), undefined)
  })

  it('rule 412 wants the settings in force', () => {
    const settings = without(215)
    assert.equal(rule([...stated, ...settingsFields(settings)], { settings }), undefined)
    assert.equal(rule(stated, { settings }), 412)
    assert.equal(rule([...stated, ...settingsFields(settings)]), 412)
    assert.equal(rule(stated, { settings: without(412) }), undefined)
  })

  it('takes the word of the first epoch for parameters and settings, but checks the version', () => {
    const free = { parameters: launch }
    const fields = [...change('0001', '00000001'), ...settingsFields(without(215))]
    const result = start(fields, free)
    assert.ok(result.ok)
    assert.equal(result.parameters.storageFeeFactor, 1)
    assert.ok(result.settings.equals(without(215)))
    assert.equal(rule(fields, free, 3), 410)
  })

  it('activates what the block proposes where an approved vote ends', () => {
    const ending = HEIGHT - voting.votingLength * (voting.softForkEpochs + voting.activationEpochs)
    const parameters = inForce.with(122, ending).with(121, 4000)
    const proposal = '01990300'
    const fields = parameterFields(new Parameters(HEIGHT, parameters.with(123, 5).table)).map((field) =>
      key('007c')(field) ? { ...field, value: fromHex(proposal) } : field
    )
    assert.equal(rule([...fields, ...settingsFields(without(409))], { parameters }, 5), undefined)
    assert.equal(rule(fields, { parameters }, 5), 412)
  })

  it('fails without a rule where the parameters cannot be computed', () => {
    assert.equal(rule(stated, { parameters: inForce.with(122, 128) }), null)
    const gone = new Map(inForce.table)
    gone.delete(1)
    assert.equal(rule(stated, { parameters: new Parameters(128, gone), epochVotes: [{ id: 1, count: 128 }] }), null)
  })

  it('refuses an update that can be read but not written', () => {
    assert.equal(rule(change('007c', '000107016300')), null)
  })
})

describe('settings in an extension', () => {
  it('are cut into values of 64 bytes and joined by their index', () => {
    const rules = Array.from({ length: 60 }, (_, i) => 600 + i)
    const settings = INITIAL.updated({ rulesToDisable: rules, statusUpdates: [] })
    const fields = settingsFields(settings)
    assert.deepEqual(
      fields.map((field) => toHex(field.key)),
      ['0200', '0201']
    )
    assert.equal(fields[0]!.value.length, 64)
    assert.ok(parseSettings(fields.toReversed()).equals(settings))
    assert.equal(settingsFields(INITIAL).length, 0)
    assert.ok(parseSettings([]).equals(INITIAL))
  })

  it('take a signed index: 0280 stands before 0200', () => {
    const bytes = concatBytes(fromHex('01'), fromHex('990300'))
    const fields = [
      { key: fromHex('0200'), value: bytes.subarray(1) },
      { key: fromHex('0280'), value: bytes.subarray(0, 1) }
    ]
    assert.ok(parseSettings(fields).equals(INITIAL.updated({ ...EMPTY_SETTINGS_UPDATE, rulesToDisable: [409] })))
  })
})
