import type { Env } from '../../base/env.ts'
import type { Client } from '../../connect/client.ts'
import { FiberWorkError } from '../../contract/errors.ts'
import type { JobFilter } from '../../contract/inspector.ts'
import type { Ledger } from '../../contract/ledger.ts'
import { problemOf } from '../problem.ts'
import { runBulk } from './run.ts'
import type { BulkTask } from './task.ts'

const prefix = 'bulk:'
const cancelPrefix = 'bulk-cancel:'
const runningMax = 4
const keptMs = 7 * 86_400_000
/** How often progress is written down, for whoever asks another process. */
const tellMs = 1_000
/** How often whoever watches this process is told. */
const moveMs = 250
/** A task that has not been told of for so long has lost its process. */
const silentMs = 15_000
const listMax = 100

export interface BulkRequest extends Pick<BulkTask, 'action' | 'filter' | 'ratePerSecond' | 'by' | 'expected'> {
  /** The filter as the store takes it. */
  jobs: JobFilter
}

export interface BulkParts {
  env: Env
  client: Client
  /** A task of this process has begun, come further, or ended; four times a second at most. */
  moved?: (task: BulkTask) => void
}

/** The bulk actions of this process, and of others at the same store. */
export class BulkTasks {
  readonly #env: Env
  readonly #client: Client
  readonly #moved: (task: BulkTask) => void
  readonly #running = new Map<string, { task: BulkTask; cancel: AbortController; ended: Promise<void> }>()
  /** Those that have ended here, where no ledger keeps them. */
  readonly #ended = new Map<string, BulkTask>()

  constructor({ env, client, moved = () => {} }: BulkParts) {
    this.#env = env
    this.#client = client
    this.#moved = moved
  }

  /** Begins it and answers at once. Throws `FW_API_TOO_MANY` when four are under way in this process. */
  async start({ jobs, ...request }: BulkRequest): Promise<BulkTask> {
    if (this.#running.size >= runningMax) {
      throw new FiberWorkError(
        'FW_API_TOO_MANY',
        `${runningMax} bulk actions are under way; wait for one of them, or cancel it.`,
      )
    }
    const nowMs = this.#env.nowMs()
    const task: BulkTask = {
      id: this.#env.id(),
      ...request,
      state: 'running',
      acted: 0,
      outcomes: {},
      startedAtMs: nowMs,
      toldAtMs: nowMs,
    }
    const cancel = new AbortController()
    const ended = this.#run(task, jobs, cancel)
    this.#running.set(task.id, { task, cancel, ended })
    await this.#tell(task)
    return copied(task)
  }

  /** Throws `FW_API_NOT_FOUND`. */
  async get(id: string): Promise<BulkTask> {
    const here = this.#running.get(id)?.task ?? this.#ended.get(id)
    if (here !== undefined) return copied(here)
    const [record] = (await this.#ledger?.read([prefix + id])) ?? []
    const task = record && this.#read(record.value)
    if (task !== undefined) return task
    throw new FiberWorkError('FW_API_NOT_FOUND', `There is no bulk action ${JSON.stringify(id)}.`)
  }

  /** Of the last seven days, newest first. */
  async list(): Promise<BulkTask[]> {
    const records = (await this.#ledger?.list(prefix, listMax)) ?? []
    const told = records.flatMap(({ value }) => this.#read(value) ?? [])
    const here = [...this.#running.values()].map(({ task }) => copied(task))
    const all = new Map([...told, ...this.#ended.values(), ...here].map((task) => [task.id, task]))
    return [...all.values()].sort((one, other) => other.startedAtMs - one.startedAtMs)
  }

  /** It ends after the batch that it is at, wherever it runs. Throws `FW_API_NOT_FOUND`. */
  async cancel(id: string): Promise<BulkTask> {
    const here = this.#running.get(id)
    if (here === undefined) {
      const task = await this.get(id)
      if (task.state === 'running') await this.#ledger?.write([{ key: cancelPrefix + id, value: '1', forMs: keptMs }])
      return task
    }
    here.cancel.abort()
    await here.ended
    return this.get(id)
  }

  /** All of them end; what they did stays done. */
  async close(): Promise<void> {
    const all = [...this.#running.values()]
    for (const { cancel } of all) cancel.abort()
    await Promise.all(all.map(({ ended }) => ended))
  }

  async #run(task: BulkTask, filter: JobFilter, cancel: AbortController): Promise<void> {
    const timer = { id: this.#later(task, cancel) }
    let movedMonoMs = this.#env.monoMs()
    this.#moved(task)
    try {
      await runBulk({
        env: this.#env,
        client: this.#client,
        action: task.action,
        filter,
        ratePerSecond: task.ratePerSecond,
        signal: cancel.signal,
        acted: (outcomes) => {
          task.acted += outcomes.length
          for (const outcome of outcomes) task.outcomes[outcome] = (task.outcomes[outcome] ?? 0) + 1
          if (this.#env.monoMs() - movedMonoMs < moveMs) return
          movedMonoMs = this.#env.monoMs()
          this.#moved(task)
        },
      })
      task.state = cancel.signal.aborted ? 'cancelled' : 'done'
    } catch (error) {
      const { code, detail } = problemOf(error)
      task.state = 'failed'
      task.error = { code, detail }
    }
    this.#env.clearTimer(timer.id)
    task.endedAtMs = this.#env.nowMs()
    this.#running.delete(task.id)
    if (this.#ledger === undefined) this.#keep(task)
    this.#moved(task)
    await this.#tell(task)
  }

  #later(task: BulkTask, cancel: AbortController) {
    return this.#env.setTimer(() => void this.#look(task, cancel), tellMs, 'idle')
  }

  async #look(task: BulkTask, cancel: AbortController): Promise<void> {
    if (task.state !== 'running') return
    await this.#tell(task)
    const [asked] = (await this.#ledger?.read([cancelPrefix + task.id]).catch(() => [])) ?? []
    if (asked !== undefined) cancel.abort()
    if (task.state === 'running') this.#later(task, cancel)
  }

  async #tell(task: BulkTask): Promise<void> {
    task.toldAtMs = this.#env.nowMs()
    // Progress that cannot be told is told a second later; the task itself goes on.
    await this.#ledger
      ?.write([{ key: prefix + task.id, value: JSON.stringify(task), forMs: keptMs }])
      .catch(() => undefined)
  }

  #keep(task: BulkTask): void {
    this.#ended.set(task.id, task)
    const [oldest] = this.#ended.keys()
    if (this.#ended.size > listMax && oldest !== undefined) this.#ended.delete(oldest)
  }

  #read(value: string): BulkTask | undefined {
    try {
      const task = JSON.parse(value) as BulkTask
      const isSilent = task.state === 'running' && this.#env.nowMs() - task.toldAtMs > silentMs
      return isSilent ? { ...task, state: 'interrupted' } : task
    } catch {
      return undefined
    }
  }

  get #ledger(): Ledger | undefined {
    return this.#client.driver.ledger
  }
}

/** It goes on while its answer is under way. */
const copied = (task: BulkTask): BulkTask => ({ ...task, outcomes: { ...task.outcomes } })
