import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { DecodeError, fromHex, stringifyJson } from '../../src/bytes/index.ts'
import { describeFrame, describeHandshake, describeMessage } from '../../src/wire/index.ts'

const HANDSHAKE =
  'cabff2d5d4330e6572676f2d6e6f64652d727573740600030e6572676f2d6e6f64652d727573740003100400010001030e02030203a6ff82cacc88b890d601400101'
const PEERS = '01000204020000001d26fcf54e01076572676f726566060004016e0108d5efc1d0c64601100400010001'

describe('descriptions', () => {
  it('of a handshake keep all digits of the session id', () => {
    assert.equal(
      stringifyJson(describeHandshake(fromHex(HANDSHAKE))),
      '{"time":1775075368906,"agentName":"ergo-node-rust","version":"6.0.3","nodeName":"ergo-node-rust","declaredAddress":null,' +
        '"features":[{"kind":"mode","id":16,"stateType":"utxo","verifyingTransactions":true,"blocksToKeep":-1},' +
        '{"kind":"session","id":3,"magic":"02030203","sessionId":7714789454705090515},{"kind":"unknown","id":64,"body":"01"}]}'
    )
  })

  it('of a frame show head, checksum and content', () => {
    assert.equal(
      stringifyJson(describeFrame(fromHex(PEERS))),
      '{"magic":"01000204","code":2,"name":"Peers","length":29,"checksum":"26fcf54e","message":{"type":"Peers","peers":[' +
        '{"agentName":"ergoref","version":"6.0.4","nodeName":"n","declaredAddress":"213.239.193.208:9030",' +
        '"features":[{"kind":"mode","id":16,"stateType":"utxo","verifyingTransactions":true,"blocksToKeep":-1}]}]}}'
    )
    assert.equal(
      stringifyJson(describeFrame(fromHex('010002040100000000ff'))),
      '{"magic":"01000204","code":1,"name":"GetPeers","length":0,"message":{"type":"GetPeers"},"surplusBytes":1}'
    )
    // blake2b-256 of one zero byte begins with 03170a2e.
    assert.equal(
      stringifyJson(describeFrame(fromHex('010002046400000001 03170a2e 00'.replaceAll(' ', '')))),
      '{"magic":"01000204","code":100,"name":null,"length":1,"checksum":"03170a2e","message":{"type":null,"payload":"00"}}'
    )
  })

  it('of a message take the code in front or beside', () => {
    const id = 'aa'.repeat(32)
    const expected = `{"code":55,"type":"Inv","typeName":"Header","typeId":101,"ids":["${id}"]}`
    assert.equal(stringifyJson(describeMessage(fromHex(`376501${id}`))), expected)
    assert.equal(stringifyJson(describeMessage(fromHex(`6501${id}`), 55)), expected)
  })

  it('fail with the offset in what was given', () => {
    const at = (run: () => unknown, code: string, offset: number): void =>
      assert.throws(run, (e) => e instanceof DecodeError && e.code === code && e.offset === offset)
    at(() => describeFrame(fromHex('0100')), 'UNDERFLOW', 0)
    at(() => describeFrame(fromHex('0100020421ffffffff')), 'LIMIT_EXCEEDED', 5)
    at(() => describeFrame(fromHex('0100020441000000030000000000ff00')), 'MALFORMED', 9)
    at(() => describeFrame(fromHex('01000204370000000203170a2e')), 'UNDERFLOW', 13)
    // SyncInfo with version byte fe, in a correct frame: 00fe00 hashes to the checksum below.
    at(() => describeMessage(fromHex('4100fe00')), 'MALFORMED', 2)
    at(() => describeMessage(fromHex('376500')), 'OUT_OF_RANGE', 2)
    at(() => describeHandshake(fromHex(HANDSHAKE.slice(0, -2))), 'UNDERFLOW', 65)
  })
})
