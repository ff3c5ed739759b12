import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { fromHex, toHex } from '../../src/bytes/index.ts'
import { DEFAULT_VERSIONS, parseErgoTree } from '../../src/ergotree/index.ts'
import {
  AddressError,
  addressOfTree,
  decodeAddress,
  decodeBase58,
  encodeAddress,
  encodeBase58,
  treeOfAddress
} from '../../src/transaction/index.ts'

const MAINNET = 0
const TESTNET = 16

/** Addresses with their trees: examples of the reference, answers of a reference node, well-known contracts. */
const KNOWN: [address: string, prefix: number, kind: string, tree: string][] = [
  [
    '3WycCMYP9kXAfUQ3TYXU26Vg8UNvoJSY5cc8WaZrswh6sQuMJ8Vv',
    TESTNET,
    'p2pk',
    '0008cd038b0f29a60fa8d7e1aeafbe512288a6c6bc696547bbf8247db23c95e83014513c'
  ],
  ['81U1WJysxEtRvSxwc67', TESTNET, 'p2s', '10010414d191a37300'],
  [
    '2uXTRv2p2JZocZ57C8C3fJow9funVvRMzjUXSajySxsCxZDn',
    TESTNET,
    'p2s',
    '191c03040004000e00d1938cb2e4c6b2a5730000020c4d0e730100017302'
  ],
  ['4MQyML64GnzMxZgm', MAINNET, 'p2s', '10010101d17300'],
  ['Ms7smJwLGbUAjuWQ', TESTNET, 'p2s', '10010101d17300'],
  [
    '2iHkR7CWvD1R4j1yZg5bkeDRQavjAaVPeTDFGGLZduHyfWMuYpmhHocX8GJoaieTx78FntzJbCBVL6rf96ocJoZdmWBL2fci7NqWgAirppPQmZ7fN9V6z13Ay6brPriBKYqLp1bT2Fk4FkFLCfdPpe',
    MAINNET,
    'p2s',
    '1005040004000e36100204a00b08cd0279be667ef9dcbbac55a06295ce870b07029bfcdb2dce28d959f2815b16f81798ea02d192a39a8cc7a701730073011001020402d19683030193a38cc7b2a57300000193c2b2a57301007473027303830108cdeeac93b1a57304'
  ]
]

/** Script hash addresses of the reference's own documentation. */
const HASHES: [address: string, prefix: number][] = [
  ['8UApt8czfFVuTgQmMwtsRBZ4nfWquNiSwCWUjMg', MAINNET],
  ['rbcrmKEYduUvADj9Ts3dSVSG27h54pgrq5fPuwB', TESTNET]
]

describe('addresses', () => {
  it('has the known answers', () => {
    for (const [text, prefix, kind, tree] of KNOWN) {
      const address = decodeAddress(text, prefix)
      assert.equal(address.kind, kind, text)
      assert.equal(toHex(treeOfAddress(address)), tree, text)
      assert.equal(encodeAddress(address, prefix), text)
      assert.equal(encodeAddress(addressOfTree(parseErgoTree(fromHex(tree), DEFAULT_VERSIONS)), prefix), text)
    }
  })

  it('finds the hash in the script of a hash address', () => {
    for (const [text, prefix] of HASHES) {
      const address = decodeAddress(text, prefix)
      assert.equal(address.kind, 'p2sh')
      const tree = parseErgoTree(treeOfAddress(address), DEFAULT_VERSIONS)
      assert.equal(tree.kind, 'parsed')
      assert.equal(encodeAddress(addressOfTree(tree), prefix), text)
    }
  })

  it('writes any content on any network, and reads it back', () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 24, maxLength: 24 }), fc.constantFrom(0, 16, 32, 64), (scriptHash, prefix) => {
        const text = encodeAddress({ kind: 'p2sh', scriptHash }, prefix)
        assert.deepEqual(decodeAddress(text, prefix), { kind: 'p2sh', scriptHash })
      })
    )
  })

  it('says what is wrong', () => {
    const [p2pk] = KNOWN[0]!
    const withoutChecksum = encodeBase58(decodeBase58(p2pk).map((b, i) => (i === 36 ? b ^ 1 : b)))
    const cases: [text: string, prefix: number, code: string, message?: string][] = [
      ['abc', TESTNET, 'ADDRESS_ENCODING'],
      ['', TESTNET, 'ADDRESS_ENCODING'],
      ['0OIl', TESTNET, 'ADDRESS_ENCODING'],
      ['1'.repeat(10_000), TESTNET, 'ADDRESS_ENCODING'],
      [p2pk, MAINNET, 'ADDRESS_NETWORK', 'requirement failed: Trying to decode testnet address in mainnet'],
      ['4MQyML64GnzMxZgm', TESTNET, 'ADDRESS_NETWORK', 'requirement failed: Trying to decode mainnet address in testnet'],
      [withoutChecksum, TESTNET, 'ADDRESS_CHECKSUM', `Checksum check fails for ${withoutChecksum}`],
      [encodeAddress({ kind: 'p2pk', publicKey: fromHex(`02${'ff'.repeat(32)}`) }, MAINNET), MAINNET, 'ADDRESS_CONTENT'],
      [encodeAddress({ kind: 'p2pk', publicKey: new Uint8Array(32) }, MAINNET), MAINNET, 'ADDRESS_CONTENT'],
      [encodeAddress({ kind: 'p2sh', scriptHash: new Uint8Array(23) }, MAINNET), MAINNET, 'ADDRESS_CONTENT'],
      [encodeAddress({ kind: 'p2s', tree: fromHex('00') }, MAINNET), MAINNET, 'ADDRESS_CONTENT'],
      [encodeAddress({ kind: 'p2s', tree: fromHex('00d1') }, 3), MAINNET, 'ADDRESS_TYPE', 'Unsupported address type: 6']
    ]
    for (const [text, prefix, code, message] of cases) {
      assert.throws(
        () => decodeAddress(text, prefix),
        (error: unknown) =>
          error instanceof AddressError && error.code === code && (message === undefined || error.message === message),
        `${text} ${code}`
      )
    }
  })

  it('has no address for a tree that is not understood', () => {
    const tree = parseErgoTree(fromHex('0802d1fd'), DEFAULT_VERSIONS)
    assert.throws(() => addressOfTree(tree), { code: 'ADDRESS_OF_TREE' })
  })
})

describe('Base58', () => {
  it('has the known answers', () => {
    for (const [hex, text] of [
      ['', ''],
      ['00', '1'],
      ['0000', '11'],
      ['61', '2g'],
      ['626262', 'a3gV'],
      ['636363', 'aPEr'],
      ['516b6fcd0f', 'ABnLTmg'],
      ['00eb15231dfceb60925886b67d065299925915aeb172c06647', '1NS17iag9jJgTHD1VXjvLCEnZuQ3rJDE9L']
    ] as const) {
      assert.equal(encodeBase58(fromHex(hex)), text)
      assert.equal(toHex(decodeBase58(text)), hex)
    }
  })

  it('round trips any bytes', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => assert.deepEqual(decodeBase58(encodeBase58(bytes)), bytes))
    )
  })
})
