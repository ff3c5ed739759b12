import { type ChildProcess, fork } from 'node:child_process'
import { fileURLToPath } from 'node:url'

/** A process of its own that runs a module of this folder, and is asked one thing at a time. */
export class Child {
  readonly #process: ChildProcess

  constructor(module: string, execArgv: readonly string[] = []) {
    const file = fileURLToPath(new URL(`./${module}.js`, import.meta.url))
    this.#process = fork(file, [], {
      execArgv: ['--enable-source-maps', ...execArgv],
      stdio: ['ignore', 'inherit', 'inherit', 'ipc']
    })
  }

  /** Sends a message and waits for the one that comes back. */
  ask<T>(message: unknown): Promise<T> {
    return new Promise((resolve, reject) => {
      const onExit = (code: number | null): void => reject(new Error(`a child process ended with code ${code}`))
      this.#process.once('exit', onExit)
      this.#process.once('message', (answer) => {
        this.#process.off('exit', onExit)
        resolve(answer as T)
      })
      this.#process.send(message as object)
    })
  }

  async end(): Promise<void> {
    if (this.#process.exitCode !== null || this.#process.signalCode !== null) return
    const gone = new Promise((resolve) => this.#process.once('exit', resolve))
    this.#process.disconnect()
    await gone
  }
}
