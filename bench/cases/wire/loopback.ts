/** What the cases of this folder share. */
import { connect, createServer, type Socket } from 'node:net'
import type { TestContext } from 'node:test'
import type { Modifiers } from '../../../src/wire/index.ts'

/** As many headers as one message carries in header sync, of the size that headers have since version 2. */
export const HEADERS_MESSAGE: Modifiers = {
  type: 'Modifiers',
  typeId: 101,
  modifiers: Array.from({ length: 400 }, (_, i) => ({
    id: new Uint8Array(32).fill(i),
    bytes: new Uint8Array(219).map((_, j) => i * j)
  }))
}

/** Collects what test helpers want to run at the end of a test. */
export interface Cleanup {
  readonly context: TestContext
  close(): Promise<void>
}

export function cleanup(): Cleanup {
  const tasks: Array<() => unknown> = []
  return {
    context: { after: (task: () => unknown) => void tasks.push(task) } as unknown as TestContext,
    async close() {
      for (const task of tasks.reverse()) await task()
    }
  }
}

/** The floor of everything: two plain sockets. Sends the chunk `n` times and waits until all bytes are there. */
export async function plainSockets(chunk: Uint8Array, done: Cleanup): Promise<(n: number) => Promise<number>> {
  let receiver: Socket | undefined
  let received = 0
  let target = 0
  let finish: () => void = () => {}
  const server = createServer({ noDelay: true }, (socket) => {
    receiver = socket
    socket.on('data', (data) => {
      received += data.length
      if (received >= target) finish()
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const sender = connect({ port: (server.address() as { port: number }).port, host: '127.0.0.1', noDelay: true })
  await new Promise<void>((resolve) => sender.once('connect', resolve))
  done.context.after(() => {
    sender.destroy()
    receiver?.destroy()
    server.close()
  })
  return async (n) => {
    received = 0
    target = n * chunk.length
    const all = new Promise<void>((resolve) => {
      finish = resolve
    })
    let left = n
    const pump = (): void => {
      while (left > 0) {
        left--
        if (!sender.write(chunk)) return
      }
    }
    sender.on('drain', pump)
    pump()
    await all
    sender.off('drain', pump)
    return received
  }
}
