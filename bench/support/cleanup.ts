import type { TestContext } from 'node:test'

/** Stands in for the test that the doubles of `test/support` tie their end to. */
export class Cleanup {
  readonly #steps: Array<() => unknown> = []

  after(step: () => unknown): void {
    this.#steps.push(step)
  }

  /** The part of a test's context that the doubles use. */
  get context(): TestContext {
    return this as unknown as TestContext
  }

  async run(): Promise<void> {
    for (const step of this.#steps.splice(0).reverse()) await step()
  }
}
