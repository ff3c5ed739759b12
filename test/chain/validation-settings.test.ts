import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { DecodeError, EncodeError, fromHex, toHex } from '../../src/bytes/index.ts'
import {
  BLOCK_RULES,
  decodeSettingsUpdate,
  encodeSettingsUpdate,
  mergeSettingsUpdates,
  type ScriptRuleStatus,
  settingsUpdatesEqual,
  ValidationSettings
} from '../../src/chain/index.ts'
import { missing, readJson, shared } from '../support/vectors.ts'

/** Of the activation of 6.0 on mainnet. */
const MAINNET_60 = '02d7019903030b0103100701031108010312'

describe('validation settings update', () => {
  it('reads what mainnet activated with 6.0', () => {
    const update = decodeSettingsUpdate(fromHex(MAINNET_60))
    assert.deepEqual(update.rulesToDisable, [215, 409])
    assert.deepEqual(update.statusUpdates, [
      { rule: 1011, status: { kind: 'replaced', newRule: 1016 } },
      { rule: 1007, status: { kind: 'replaced', newRule: 1017 } },
      { rule: 1008, status: { kind: 'replaced', newRule: 1018 } }
    ])
    assert.equal(toHex(encodeSettingsUpdate(update)), MAINNET_60)
  })

  it('sorts by rule when it is merged, as the fields 02 of mainnet extensions show', () => {
    const settings = ValidationSettings.initial.updated(decodeSettingsUpdate(fromHex(MAINNET_60)))
    assert.equal(toHex(encodeSettingsUpdate(settings.updateFromInitial)), '02d70199030307010311080103120b010310')
    assert.equal(settings.isActive(BLOCK_RULES.votesUnknown), false)
    assert.equal(settings.isActive(BLOCK_RULES.matchParameters), false)
    assert.equal(settings.isActive(BLOCK_RULES.matchParameters60), true)
    assert.equal(settings.isActive(BLOCK_RULES.votesNumber), true)
    assert.deepEqual(settings.scriptRuleStatuses.get(1007), { kind: 'replaced', newRule: 1017 })
  })

  const UPDATES = 'mainnet/voted-rule-updates.json.gz'
  it('reads every proposal of mainnet and writes it back', { skip: missing(UPDATES) }, () => {
    for (const { blob_hex } of readJson<{ blob_hex: string }[]>(shared(UPDATES))) {
      assert.equal(toHex(encodeSettingsUpdate(decodeSettingsUpdate(fromHex(blob_hex)))), blob_hex)
    }
  })

  it('cannot list a rule that may not be disabled, but any number without a rule', () => {
    assert.throws(() => decodeSettingsUpdate(fromHex('01930300')), DecodeError) // 403
    assert.throws(() => decodeSettingsUpdate(fromHex('016b00')), DecodeError) // 107
    assert.deepEqual(decodeSettingsUpdate(fromHex('019e0300')).rulesToDisable, [414])
    assert.deepEqual(decodeSettingsUpdate(fromHex('01e80700')).rulesToDisable, [1000])
  })

  it('keeps rule 414 on when it is listed', () => {
    const settings = ValidationSettings.initial.updated(decodeSettingsUpdate(fromHex('019e0300')))
    assert.equal(settings.isActive(BLOCK_RULES.matchParameters60), true)
  })

  it('reads counts of 2^31 and more as none, and ignores what follows', () => {
    const none = { rulesToDisable: [], statusUpdates: [] }
    assert.deepEqual(decodeSettingsUpdate(fromHex('ffffffff0f00')), none)
    assert.deepEqual(decodeSettingsUpdate(fromHex('008080808008')), none)
    assert.deepEqual(decodeSettingsUpdate(fromHex('0000ffff')), none)
    assert.throws(() => decodeSettingsUpdate(fromHex('ffffffff0700')), DecodeError)
    assert.throws(() => decodeSettingsUpdate(new Uint8Array(0)), DecodeError)
  })

  it('takes an unknown status code for "replaced by rule 0", which cannot be written', () => {
    const update = decodeSettingsUpdate(fromHex('0001070263aabb'))
    assert.deepEqual(update.statusUpdates, [{ rule: 1007, status: { kind: 'replaced', newRule: 0 } }])
    assert.throws(() => encodeSettingsUpdate(update), EncodeError)
    assert.throws(() => decodeSettingsUpdate(fromHex('0001070363aabb')), DecodeError)
  })

  it('reads every kind of status; "replaced" does not look at its size', () => {
    const { statusUpdates } = decodeSettingsUpdate(fromHex('000400000101000202050311030204aabb'))
    assert.deepEqual(
      statusUpdates.map((s) => s.status),
      [
        { kind: 'enabled' },
        { kind: 'disabled' },
        { kind: 'replaced', newRule: 1017 },
        { kind: 'changed', bytes: fromHex('aabb') }
      ]
    )
  })

  it('gives no status to a script rule that does not exist', () => {
    const replaced: ScriptRuleStatus = { kind: 'replaced', newRule: 1017 }
    for (const rule of [1016, 1017, 1018, 1020, 5000]) {
      const update = { rulesToDisable: [], statusUpdates: [{ rule, status: replaced }] }
      assert.throws(() => ValidationSettings.initial.updated(update), DecodeError)
    }
  })

  it('merges: a union of rules, the later status of a rule', () => {
    const disabled: ScriptRuleStatus = { kind: 'disabled' }
    const enabled: ScriptRuleStatus = { kind: 'enabled' }
    const a = {
      rulesToDisable: [409, 215],
      statusUpdates: [
        { rule: 1011, status: disabled },
        { rule: 1002, status: disabled }
      ]
    }
    const b = { rulesToDisable: [215, 404], statusUpdates: [{ rule: 1011, status: enabled }] }
    const merged = mergeSettingsUpdates(a, b)
    assert.deepEqual(merged, {
      rulesToDisable: [215, 404, 409],
      statusUpdates: [
        { rule: 1002, status: disabled },
        { rule: 1011, status: enabled }
      ]
    })
    assert.ok(settingsUpdatesEqual(merged, mergeSettingsUpdates(merged, b)))
    assert.ok(!settingsUpdatesEqual(merged, a))
  })

  it('survives a round trip and is a value or a DecodeError for any bytes', () => {
    const status = fc.oneof(
      fc.constant<ScriptRuleStatus>({ kind: 'enabled' }),
      fc.constant<ScriptRuleStatus>({ kind: 'disabled' }),
      fc.integer({ min: 1000, max: 2000 }).map((newRule): ScriptRuleStatus => ({ kind: 'replaced', newRule })),
      fc.uint8Array({ maxLength: 9 }).map((bytes): ScriptRuleStatus => ({ kind: 'changed', bytes }))
    )
    const update = fc.record(
      {
        rulesToDisable: fc.array(fc.constantFrom(111, 124, 215, 306, 409, 600)),
        statusUpdates: fc.array(fc.record({ rule: fc.integer({ min: 1000, max: 1019 }), status }, { noNullPrototype: true }))
      },
      { noNullPrototype: true }
    )
    fc.assert(
      fc.property(update, fc.nat(), fc.nat(255), (value, at, byte) => {
        const bytes = encodeSettingsUpdate(value)
        assert.deepEqual(decodeSettingsUpdate(bytes), value)
        for (let size = 0; size < bytes.length; size++) {
          assert.throws(() => decodeSettingsUpdate(bytes.subarray(0, size)), DecodeError)
        }
        const mutated = bytes.slice()
        mutated[at % bytes.length] = byte
        try {
          decodeSettingsUpdate(mutated)
        } catch (error) {
          assert.ok(error instanceof DecodeError)
        }
      })
    )
  })
})
