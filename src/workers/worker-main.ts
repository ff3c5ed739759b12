/** Entry of a worker thread: answers each job, one at a time. */
import { parentPort } from 'node:worker_threads'
import { runJob } from './jobs/index.ts'
import type { JobMessage, JobReply } from './protocol.ts'

const port = parentPort
if (port === null) throw new Error('this file runs in a worker thread only')

port.on('message', (message: JobMessage) => {
  let reply: JobReply
  try {
    reply = { id: message.id, result: runJob(message.kind, message.request) }
  } catch (err) {
    reply = { id: message.id, error: err instanceof Error ? (err.stack ?? err.message) : String(err) }
  }
  port.postMessage(reply)
})
