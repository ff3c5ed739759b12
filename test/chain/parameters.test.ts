import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { DecodeError, fromHex, toHex } from '../../src/bytes/index.ts'
import {
  type ExtensionField,
  encodeSettingsUpdate,
  MAINNET,
  MissingParameterError,
  Parameters,
  parameterFields,
  parametersAtLaunch,
  parametersMismatch,
  parseParameters,
  parseSettings,
  steppedValue,
  TESTNET
} from '../../src/chain/index.ts'
import { missing, readJson, shared } from '../support/vectors.ts'

function fields(...pairs: [string, string][]): ExtensionField[] {
  return pairs.map(([key, value]) => ({ key: fromHex(key), value: fromHex(value) }))
}

/** Parameters of mainnet at 1499136, in the order of its extension. */
const MAINNET_1499136 = fields(
  ['0005', '00000064'],
  ['0001', '001312d0'],
  ['0006', '00000967'],
  ['0002', '00000168'],
  ['0007', '00000064'],
  ['0003', '001364e1'],
  ['007b', '00000003'],
  ['0008', '0000012a'],
  ['0004', '007a1643'],
  ['007c', '0000']
)

describe('parameters', () => {
  it('are read from a real extension', () => {
    const p = parseParameters(1499136, MAINNET_1499136)
    assert.equal(p.height, 1499136)
    assert.equal(p.storageFeeFactor, 1250000)
    assert.equal(p.minValuePerByte, 360)
    assert.equal(p.maxBlockSize, 1271009)
    assert.equal(p.maxBlockCost, 8001091)
    assert.equal(p.tokenAccessCost, 100)
    assert.equal(p.inputCost, 2407)
    assert.equal(p.dataInputCost, 100)
    assert.equal(p.outputCost, 298)
    assert.equal(p.subblocksPerBlock, undefined)
    assert.equal(p.blockVersion, 3)
    assert.deepEqual(p.proposedUpdate, { rulesToDisable: [], statusUpdates: [] })
  })

  it('are written as they are read', () => {
    const p = parseParameters(1499136, MAINNET_1499136)
    assert.deepEqual(parameterFields(p), MAINNET_1499136)
    assert.equal(parametersMismatch(parseParameters(1499136, parameterFields(p)), p, false), undefined)
  })

  const EPOCHS = 'mainnet/epoch-extensions.json'
  it('of a version 4 epoch come with parameter 9 and the settings in force', { skip: missing(EPOCHS) }, () => {
    const epoch = readJson<{ height: number; system_fields: [string, string][] }[]>(shared(EPOCHS)).find(
      ({ height }) => height === 1806336
    )!
    const p = parseParameters(epoch.height, fields(...epoch.system_fields))
    assert.equal(p.subblocksPerBlock, 30)
    assert.equal(p.blockVersion, 4)
    assert.deepEqual(p.proposedUpdate.rulesToDisable, [215, 409])
    const settings = parseSettings(fields(...epoch.system_fields))
    assert.equal(toHex(encodeSettingsUpdate(settings.updateFromInitial)), '02d70199030307010311080103120b010310')
  })

  it('are signed 32-bit numbers under signed ids', () => {
    const p = parseParameters(1, fields(['00ff', 'ffffffff'], ['0080', '80000000']))
    assert.deepEqual(
      [...p.table],
      [
        [-1, -1],
        [-128, -0x80000000]
      ]
    )
  })

  it('take the first of two proposals and the last of two values', () => {
    const p = parseParameters(1, fields(['0001', '00000001'], ['007c', '019903' + '00'], ['0001', '00000002'], ['007c', '0000']))
    assert.equal(p.get(1), 2)
    assert.deepEqual(p.proposedUpdate.rulesToDisable, [409])
  })

  it('take an unreadable proposal for an empty one', () => {
    const p = parseParameters(1, fields(['0001', '00000001'], ['007c', '01930300']))
    assert.deepEqual(p.proposedUpdate, { rulesToDisable: [], statusUpdates: [] })
  })

  it('cannot be read from values of another length, keys of another length, or nothing', () => {
    assert.throws(() => parseParameters(1, fields(['0001', '000001'])), DecodeError)
    assert.throws(() => parseParameters(1, fields(['0001', '00000001'], ['02', ''])), DecodeError)
    assert.throws(() => parseParameters(1, fields(['007c', '0000'])), DecodeError)
    assert.throws(() => parseParameters(1, fields(['0100', '00000001'])), DecodeError)
  })

  it('that are missing are an error of their own, when they are asked for', () => {
    const p = new Parameters(1, new Map([[1, 5]]))
    assert.equal(p.storageFeeFactor, 5)
    assert.throws(() => p.outputCost, MissingParameterError)
    assert.throws(() => p.blockVersion, { code: 'PARAMETER_MISSING' })
  })

  it('at launch are those of the network', () => {
    assert.equal(parametersAtLaunch(MAINNET.launchParameters).blockVersion, 1)
    assert.equal(parametersAtLaunch(MAINNET.launchParameters).height, 0)
    const testnet = parametersAtLaunch(TESTNET.launchParameters)
    assert.equal(testnet.blockVersion, 4)
    assert.equal(testnet.maxBlockCost, 1_000_000)
    assert.deepEqual(testnet.proposedUpdate.rulesToDisable, [215, 409])
  })

  it('move by one step, up to their limits', () => {
    assert.equal(steppedValue(1, 1_250_000, true), 1_275_000)
    assert.equal(steppedValue(1, 1_250_000, false), 1_225_000)
    assert.equal(steppedValue(1, 2_500_000, true), 2_500_000)
    assert.equal(steppedValue(1, 2_499_999, true), 2_524_999)
    assert.equal(steppedValue(1, 0, false), 0)
    assert.equal(steppedValue(2, 360, true), 370)
    assert.equal(steppedValue(2, 10_000, true), 10_000)
    assert.equal(steppedValue(3, 524_288, true), 529_530)
    assert.equal(steppedValue(3, 16_384, false), 16_384)
    assert.equal(steppedValue(3, 16_385, false), 16_222)
    assert.equal(steppedValue(4, 1_000_000, true), 1_010_000)
    assert.equal(steppedValue(5, 100, true), 101)
    assert.equal(steppedValue(7, 50, true), 51)
    assert.equal(steppedValue(8, 0, true), 1)
    assert.equal(steppedValue(6, 0x3fffffff, true), 0x3fffffff)
    assert.equal(steppedValue(9, 30, true), 31)
    assert.equal(steppedValue(9, 2048, true), 2048)
    assert.equal(steppedValue(9, 2, false), 2)
  })

  it('match when all agree, or, from version 4 on, when those stated agree', () => {
    const table = new Map([
      [1, 5],
      [2, 6]
    ])
    const p = new Parameters(64, table)
    const fewer = new Parameters(64, new Map([[1, 5]]))
    assert.equal(parametersMismatch(p, new Parameters(64, table), false), undefined)
    assert.match(parametersMismatch(p, new Parameters(65, table), true)!, /height/)
    assert.match(parametersMismatch(fewer, p, false)!, /entries/)
    assert.equal(parametersMismatch(fewer, p, true), undefined)
    assert.match(parametersMismatch(p, fewer, true)!, /entries/)
    assert.match(parametersMismatch(p.with(2, 7), p, true)!, /parameter 2/)
    assert.match(parametersMismatch(new Parameters(64, new Map([[3, 5]])), p, true)!, /parameter 3/)
    const proposing = new Parameters(64, table, { rulesToDisable: [409], statusUpdates: [] })
    assert.match(parametersMismatch(proposing, p, true)!, /proposed/)
  })
})
