import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Client } from '../../src/connect/client.ts'
import { connect } from '../../src/connect/connect.ts'
import type { QueueDepth } from '../../src/contract/driver.ts'
import type { TerminalState } from '../../src/contract/job.ts'
import { check, type Found, type Judgement } from '../history/check.ts'
import { type Event, machineMs, readEvents, Recorder } from '../history/events.ts'
import { recalled } from '../history/recall.ts'
import { type ChaosInput, chaosJobs, type ChaosName, queue } from './jobs.ts'
import { ChaosProcess, endedWell } from './process.ts'
import type { ChaosStore } from './store.ts'
import type { WorkerSettings } from './worker.child.ts'

const waitMsMax = 60_000
const pollMs = 20
/** More enqueues at once would be one moment. */
const chunk = 2_000

export interface EnqueueOptions {
  name?: ChaosName
  /** How they have to end; done by default. */
  expected?: TerminalState
  /** Another way to the store than the judge's. */
  client?: Client
  delayMs?: number
}

/** A store, its workers, and the history of what they do. Leaves no process behind. */
export class Arena implements AsyncDisposable {
  readonly store: ChaosStore
  readonly leaseMs: number
  readonly enqueued = new Map<string, TerminalState>()
  /** The judge's way to the store. */
  readonly client: Client
  readonly #events: string
  readonly #recorder: Recorder
  readonly #workers = new Set<ChaosProcess>()
  #failure: string | undefined
  readonly #endAll = () => {
    for (const worker of this.#workers) worker.end()
  }

  private constructor(store: ChaosStore, client: Client, leaseMs: number) {
    this.store = store
    this.leaseMs = leaseMs
    this.client = client
    this.#events = join(store.folder, 'history.jsonl')
    this.#recorder = new Recorder(this.#events)
    process.once('exit', this.#endAll)
  }

  static async open(store: ChaosStore, leaseMs: number): Promise<Arena> {
    return new Arena(store, await connect(store.url, { leaseMs }), leaseMs)
  }

  async enqueue(inputs: ChaosInput[], options: EnqueueOptions = {}): Promise<void> {
    const { name = 'chaos', expected = 'done', client = this.client, delayMs } = options
    for (let from = 0; from < inputs.length; from += chunk) {
      const some = inputs.slice(from, from + chunk)
      const sent = await client.enqueueMany(chaosJobs[name], some, { ...(delayMs !== undefined && { delayMs }) })
      for (const { id, outcome } of sent) {
        if (outcome !== 'added') throw new Error(`The store answered "${outcome}" to a new job.`)
        this.enqueued.set(id, expected)
      }
    }
  }

  /** Start a worker process. It ends by itself when nothing is left to do. */
  work(concurrency: number, more: Partial<WorkerSettings> = {}): ChaosProcess {
    const { leaseMs, store } = this
    const worker = new ChaosProcess(
      {
        url: store.workerUrl,
        events: this.#events,
        leaseMs,
        concurrency,
        graceMs: 25_000,
        knows: ['chaos'],
        stays: false,
        clockOffMs: [],
        ...more,
      },
      this.#recorder,
    )
    this.#workers.add(worker)
    void worker.ended.then(({ code, said }) => {
      this.#workers.delete(worker)
      // Without a code it was killed, which may be meant.
      if (code !== 0 && code !== null) this.#failure = `${code}, ${said}`
    })
    return worker
  }

  /** Two workers that stay until `finish`, connected before anything is done to their way: one that cannot is meant to fail. */
  async workTwo(concurrency: number): Promise<[ChaosProcess, ChaosProcess]> {
    const began = this.count('began')
    const two: [ChaosProcess, ChaosProcess] = [
      this.work(concurrency, { stays: true }),
      this.work(concurrency, { stays: true }),
    ]
    await this.until('both work', async () => this.count('began') >= began + two.length)
    return two
  }

  /** Until nothing is left to do; then tell workers that stay to end. A problem for each that did not end in order. */
  async finish(...workers: ChaosProcess[]): Promise<string[]> {
    await this.until('nothing is left to do', async () => {
      if (workers.every((worker) => !this.#workers.has(worker))) return true
      const { ready, delayed, running } = await this.depth()
      return ready + delayed + running === 0
    })
    for (const worker of workers) worker.hurt('term')
    return endedWell(...workers)
  }

  /** Write down that a process died of a signal that somebody else sent. */
  died(pid: number): void {
    this.#recorder.write({ atMs: machineMs(), pid, kind: 'kill' })
  }

  async depth(): Promise<QueueDepth> {
    const [depth] = await this.client.depth([queue])
    if (depth === undefined) throw new Error('The store does not know its queue.')
    return depth
  }

  /** Waits for something that must come; throws when it does not, or a worker fails meanwhile. */
  async until(what: string, holds: () => Promise<boolean>): Promise<void> {
    const endMs = machineMs() + waitMsMax
    while (!(await holds())) {
      if (this.#failure !== undefined) throw new Error(`A worker ended before ${what}: ${this.#failure}`)
      if (machineMs() > endMs) throw new Error(`Waited ${waitMsMax / 1_000} s in vain until ${what}.`)
      await sleep(pollMs)
    }
  }

  /** Until so many jobs are done, and some run. */
  async untilDone(count: number): Promise<void> {
    const { history } = this.client.driver.traits
    await this.until(`${count} jobs are done`, async () => {
      if (!history) return this.count('end') >= count && this.count('start') > this.count('end')
      const { done, running } = await this.depth()
      return done >= count && running > 0
    })
  }

  /** Until so many executions have begun. */
  async untilBegun(count: number): Promise<void> {
    await this.until(`${count} executions have begun`, async () => this.count('start') >= count)
  }

  /** Milliseconds until one more execution begins. */
  async untilAnotherBegins(): Promise<number> {
    const fromMs = machineMs()
    await this.untilBegun(this.count('start') + 1)
    return machineMs() - fromMs
  }

  events(): Event[] {
    return readEvents(this.#events)
  }

  /** Events of a kind, of one process or of all. */
  count(kind: Event['kind'], { pid }: { pid?: number } = {}): number {
    return this.events().filter((event) => event.kind === kind && (pid ?? event.pid) === event.pid).length
  }

  /** When all workers have ended: what the store says, held against the history. One that keeps none is taken at the history's word. */
  async judge(): Promise<Judgement> {
    const ids = [...this.enqueued.keys()]
    const { inspector } = this.client.driver
    const found = inspector === undefined ? recalled(this.events(), ids) : await this.#found(ids)
    return check({ events: this.events(), enqueued: this.enqueued, found, leaseMs: this.leaseMs })
  }

  async #found(ids: string[]): Promise<Map<string, Found>> {
    const found = new Map<string, Found>()
    for (let start = 0; start < ids.length; start += 500) {
      for (const record of await this.client.find(ids.slice(start, start + 500))) {
        if (record === undefined) continue
        const { job, state, attempts, crashes, result } = record
        const run = result === undefined ? undefined : (JSON.parse(result) as { run: string }).run
        found.set(job.id, { state, attempts, crashes, ...(run !== undefined && { run }) })
      }
    }
    return found
  }

  async [Symbol.asyncDispose](): Promise<void> {
    process.off('exit', this.#endAll)
    const workers = [...this.#workers]
    this.#endAll()
    await Promise.all(workers.map(({ ended }) => ended))
    this.#recorder[Symbol.dispose]()
    await this.client.close()
  }
}

/** Of this many, one after the other. */
export function times<A>(count: number, make: (n: number) => A): A[] {
  return Array.from({ length: Math.round(count) }, (_, n) => make(n))
}
