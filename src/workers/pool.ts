import { availableParallelism } from 'node:os'
import { Worker } from 'node:worker_threads'
import { WorkerError } from './errors.ts'
import { runJob } from './jobs/index.ts'
import type { JobKind, JobReply, JobRequest, JobResult } from './protocol.ts'

/**
 * A job that takes longer is taken for hung. A transaction may use up the cost of a whole block, which for the worst of scripts is
 * half a minute on a machine of 2020 and minutes on a small one: a limit close to that would let such a block stop the node.
 */
const JOB_TIMEOUT_MS: Readonly<Record<JobKind, number>> = { pow: 60_000, transactions: 15 * 60_000 }

/** A second worker gets the job once more; when that fails too the fault is not a passing one. */
const MAX_ATTEMPTS = 2

/**
 * Jobs at a worker: the one it runs, and one lined up, so that it does not wait for this thread to have time for it. Nearly all take
 * some milliseconds; one that waits behind a long one is of a later block, which could not go on before that either.
 */
const MAX_JOBS_PER_WORKER = 2

export interface WorkerPoolInit {
  /** Worker threads; 0 runs every job in the calling thread. Default: one less than the cores, at least one. */
  readonly size?: number
  /** Of every kind of job; default by kind. */
  readonly jobTimeoutMs?: number
  /** Entry of the worker thread; for tests of dying workers. */
  readonly entry?: URL
}

interface Task {
  readonly kind: JobKind
  readonly request: JobRequest<JobKind>
  readonly resolve: (result: JobResult<JobKind>) => void
  readonly reject: (err: Error) => void
  /** Of the message to the worker it is at. */
  id: number
  attempts: number
}

interface Slot {
  readonly worker: Worker
  /** Jobs at the worker, the first of which it runs. */
  readonly tasks: Task[]
  /** Of the job it runs. */
  timer: NodeJS.Timeout | undefined
}

/**
 * Threads that run jobs, each one at a time, first come first served. What a job decides is its result; a worker that dies or
 * hangs is replaced and its job tried once more, and then fails with a {@link WorkerError}: never with a verdict.
 */
export class WorkerPool {
  readonly size: number
  readonly #entry: URL
  readonly #jobTimeoutMs: number | undefined
  readonly #slots: Slot[] = []
  readonly #queue: Task[] = []
  #nextId = 1
  #stopped = false

  constructor(init: WorkerPoolInit = {}) {
    this.size = init.size ?? Math.max(1, availableParallelism() - 1)
    this.#jobTimeoutMs = init.jobTimeoutMs
    const extension = import.meta.url.endsWith('.ts') ? 'ts' : 'js'
    this.#entry = init.entry ?? new URL(`./worker-main.${extension}`, import.meta.url)
  }

  /** Jobs waiting for a thread. */
  get waiting(): number {
    return this.#slots.reduce((sum, slot) => sum + Math.max(0, slot.tasks.length - 1), this.#queue.length)
  }

  /** True once {@link stop} was called. */
  get stopped(): boolean {
    return this.#stopped
  }

  /** Jobs being run. */
  get running(): number {
    return this.#slots.filter((slot) => slot.tasks.length > 0).length
  }

  /**
   * Runs a job.
   *
   * @throws WorkerError when no worker could finish it, or the pool was stopped
   */
  async run<K extends JobKind>(kind: K, request: JobRequest<K>): Promise<JobResult<K>> {
    if (this.#stopped) throw new WorkerError('WORKER_STOPPED', 'the worker pool is stopped')
    if (this.size === 0) return runInline(kind, request)
    return await new Promise<JobResult<K>>((resolve, reject) => {
      this.#queue.push({ kind, request, resolve: resolve as Task['resolve'], reject, id: 0, attempts: 0 })
      this.#dispatch()
    })
  }

  /** Ends the threads; jobs under way and waiting fail. */
  async stop(): Promise<void> {
    this.#stopped = true
    const stopped = new WorkerError('WORKER_STOPPED', 'the worker pool was stopped')
    for (const task of this.#queue.splice(0)) task.reject(stopped)
    await Promise.all(
      this.#slots.splice(0).map(async (slot) => {
        clearTimeout(slot.timer)
        for (const task of slot.tasks.splice(0)) task.reject(stopped)
        await slot.worker.terminate()
      })
    )
  }

  #dispatch(): void {
    while (this.#queue.length > 0) {
      let slot: Slot | undefined
      try {
        slot = this.#slot()
      } catch (cause) {
        // The machine has no thread left to give. Those that there are take the job in their turn.
        if (this.#slots.length > 0) return
        const { kind, reject } = this.#queue.shift()!
        reject(new WorkerError('WORKER_FAULT', `${kind} job: no worker can be started: ${(cause as Error).message}`, { cause }))
        continue
      }
      if (slot === undefined) return
      const task = this.#queue.shift()!
      slot.tasks.push(task)
      if (slot.tasks.length === 1) this.#begin(slot)
      task.id = this.#nextId++
      slot.worker.postMessage({ id: task.id, kind: task.kind, request: task.request })
    }
  }

  /** An idle worker, a new one, or one with none lined up. */
  #slot(): Slot | undefined {
    const idle = this.#slots.find((slot) => slot.tasks.length === 0)
    if (idle !== undefined) return idle
    if (this.#slots.length < this.size) return this.#spawn()
    return this.#slots.find(({ tasks }) => tasks.length < MAX_JOBS_PER_WORKER)
  }

  /** The first job at a worker is what it runs from now on. */
  #begin(slot: Slot): void {
    const task = slot.tasks[0]!
    task.attempts++
    slot.worker.ref()
    const timeoutMs = this.#jobTimeoutMs ?? JOB_TIMEOUT_MS[task.kind]
    slot.timer = setTimeout(() => this.#replace(slot, `gave no answer for ${timeoutMs} ms`), timeoutMs)
  }

  #spawn(): Slot {
    const slot: Slot = { worker: new Worker(this.#entry), tasks: [], timer: undefined }
    const { worker } = slot
    worker.on('message', (reply: JobReply) => this.#finish(slot, reply))
    worker.on('error', (err) => this.#replace(slot, `died: ${err.message}`))
    worker.on('exit', (code) => this.#replace(slot, `exited with code ${code}`))
    // An idle pool must not keep the process alive.
    worker.unref()
    this.#slots.push(slot)
    return slot
  }

  #finish(slot: Slot, reply: JobReply): void {
    const at = slot.tasks.findIndex(({ id }) => id === reply.id)
    if (at < 0) return
    const [task] = slot.tasks.splice(at, 1) as [Task]
    // An answer out of turn leaves the clock of the job before it running.
    if (at === 0) {
      clearTimeout(slot.timer)
      if (slot.tasks.length > 0) this.#begin(slot)
      else slot.worker.unref()
    }
    if ('error' in reply) task.reject(new WorkerError('WORKER_FAULT', `${task.kind} job: ${reply.error}`))
    else task.resolve(reply.result)
    this.#dispatch()
  }

  /** Takes a broken worker out and gives its jobs to another; the one it ran, only once. */
  #replace(slot: Slot, reason: string): void {
    const at = this.#slots.indexOf(slot)
    if (at < 0) return
    this.#slots.splice(at, 1)
    clearTimeout(slot.timer)
    void slot.worker.terminate()
    const [ran, ...linedUp] = slot.tasks.splice(0)
    this.#queue.unshift(...linedUp)
    if (ran !== undefined) {
      if (ran.attempts < MAX_ATTEMPTS) this.#queue.unshift(ran)
      else ran.reject(new WorkerError('WORKER_FAULT', `${ran.kind} job: the worker ${reason}, ${ran.attempts} times`))
    }
    if (!this.#stopped) this.#dispatch()
  }
}

async function runInline<K extends JobKind>(kind: K, request: JobRequest<K>): Promise<JobResult<K>> {
  try {
    return runJob(kind, request)
  } catch (cause) {
    throw new WorkerError('WORKER_FAULT', `${kind} job: ${(cause as Error).message}`, { cause })
  }
}
