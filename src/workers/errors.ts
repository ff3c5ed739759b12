/** A job could not be done. Never a verdict: the node stops or tries again, it does not call a block invalid for this. */
export class WorkerError extends Error {
  static override readonly name: string = 'WorkerError'
  override readonly name: string = 'WorkerError'
  readonly code: 'WORKER_FAULT' | 'WORKER_STOPPED'

  constructor(code: WorkerError['code'], message: string, options?: ErrorOptions) {
    super(message, options)
    this.code = code
  }
}
