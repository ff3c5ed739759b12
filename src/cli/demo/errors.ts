/** Something that a demonstration promised did not happen. */
export class DemoError extends Error {
  static override readonly name: string = 'DemoError'
  override readonly name: string = 'DemoError'
  readonly code = 'DEMO_FAILED'
}
