import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { extensionOrder, isExtensionOrder } from '../../src/transaction/extension-order.ts'

describe('order of context variables', () => {
  it('has the known answers', () => {
    assert.deepEqual(extensionOrder([1, 2, 3, 4, 5]), [5, 1, 2, 3, 4])
    assert.deepEqual(extensionOrder([0, 1, 2, 3, 4, 5, 6, 7]), [0, 5, 1, 6, 2, 7, 3, 4])
    // A transaction of testnet block 224312, whose signatures fix the order.
    assert.deepEqual(extensionOrder([0, 2, 3, 4, 5, 6, 7]), [0, 5, 6, 2, 7, 3, 4])
    assert.deepEqual(extensionOrder([9, 3, 7, -1]), [9, 3, 7, -1])
  })

  it('does not depend on the order of insertion from five variables on', () => {
    const ids = fc.uniqueArray(fc.integer({ min: -128, max: 127 }), { minLength: 5, maxLength: 127 })
    fc.assert(
      fc.property(ids, fc.func(fc.integer()), (list, weight) => {
        const shuffled = [...list].sort((a, b) => weight(a) - weight(b))
        const order = extensionOrder(list)
        assert.deepEqual(extensionOrder(shuffled), order)
        assert.equal(isExtensionOrder(order), true)
        assert.equal(isExtensionOrder([...order].reverse()), false)
      })
    )
  })

  it('knows repeated ids', () => {
    assert.equal(isExtensionOrder([1, 2, 1]), false)
    assert.equal(isExtensionOrder([5, 1, 2, 3, 4, 4]), false)
    assert.equal(isExtensionOrder([]), true)
  })
})
