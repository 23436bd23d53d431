import { type ChildProcess, spawn } from 'node:child_process'
import { dirname, join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Client } from '../../src/connect/client.ts'
import { connect } from '../../src/connect/connect.ts'
import type { QueueDepth } from '../../src/contract/driver.ts'
import type { TerminalState } from '../../src/contract/job.ts'
import { check, type Found, type Judgement } from '../history/check.ts'
import { type Event, machineMs, readEvents, Recorder } from '../history/events.ts'
import { temporaryStore } from '../run/store.ts'
import { siblingScript } from '../service/sibling.ts'
import { type ChaosInput, chaosJob, queue } from './jobs.ts'
import type { WorkerSettings } from './worker.child.ts'

const waitMsMax = 120_000
const pollMs = 20

/** A worker process of a chaos run. */
export interface ChaosWorker {
  readonly pid: number
  /** With what it ended. */
  readonly ended: Promise<{ code: number | null; signal: NodeJS.Signals | null }>
  /** Do this to it, and write it down. */
  hurt(fault: 'kill' | 'term' | 'pause' | 'resume'): void
}

const signalOf = { kill: 'SIGKILL', term: 'SIGTERM', pause: 'SIGSTOP', resume: 'SIGCONT' } as const

/** A store, its workers, and the history of what they do. Leaves no process and no file behind. */
export class Arena implements AsyncDisposable {
  readonly leaseMs: number
  readonly enqueued = new Map<string, TerminalState>()
  readonly client: Client
  readonly #store: ReturnType<typeof temporaryStore>
  readonly #events: string
  readonly #recorder: Recorder
  readonly #children = new Set<ChildProcess>()
  readonly #killAll = () => {
    for (const child of this.#children) child.kill('SIGKILL')
  }

  private constructor(store: ReturnType<typeof temporaryStore>, client: Client, leaseMs: number) {
    this.leaseMs = leaseMs
    this.client = client
    this.#store = store
    this.#events = join(dirname(store.path), 'history.jsonl')
    this.#recorder = new Recorder(this.#events)
    process.once('exit', this.#killAll)
  }

  static async open(leaseMs: number): Promise<Arena> {
    const store = temporaryStore()
    return new Arena(store, await connect(store.url, { leaseMs }), leaseMs)
  }

  async enqueue(inputs: ChaosInput[], expected: TerminalState = 'done'): Promise<void> {
    for (const { id, outcome } of await this.client.enqueueMany(chaosJob, inputs)) {
      if (outcome !== 'added') throw new Error(`The store answered "${outcome}" to a new job.`)
      this.enqueued.set(id, expected)
    }
  }

  /** Start a worker process. It ends by itself when nothing is left to do. */
  work(concurrency: number, graceMs = 25_000): ChaosWorker {
    const { leaseMs } = this
    const settings: WorkerSettings = { url: this.#store.url, events: this.#events, leaseMs, concurrency, graceMs }
    const child = spawn(process.execPath, [siblingScript(import.meta.url, 'worker.child'), JSON.stringify(settings)], {
      stdio: ['ignore', 'ignore', 'inherit'],
    })
    this.#children.add(child)
    const pid = child.pid
    if (pid === undefined) throw new Error('The worker process could not be started.')
    const ended = new Promise<{ code: number | null; signal: NodeJS.Signals | null }>((resolve) =>
      child.once('exit', (code, signal) => {
        this.#children.delete(child)
        resolve({ code, signal })
      }),
    )
    return { pid, ended, hurt: (fault) => this.#hurt(child, pid, fault) }
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

  /** Until so many jobs are done, and some run. */
  async untilDone(count: number): Promise<void> {
    await until(`${count} jobs are done`, async () => {
      const { done, running } = await this.depth()
      return done >= count && running > 0
    })
  }

  events(): Event[] {
    return readEvents(this.#events)
  }

  /** When all workers have ended: what the store says, held against the history. */
  async judge(): Promise<Judgement> {
    const ids = [...this.enqueued.keys()]
    const found = new Map<string, Found>()
    for (let start = 0; start < ids.length; start += 500) {
      for (const record of await this.client.find(ids.slice(start, start + 500))) {
        if (record === undefined) continue
        const { job, state, attempts, crashes, result } = record
        const run = result === undefined ? undefined : (JSON.parse(result) as { run: string }).run
        found.set(job.id, { state, attempts, crashes, ...(run !== undefined && { run }) })
      }
    }
    return check({ events: this.events(), enqueued: this.enqueued, found, leaseMs: this.leaseMs })
  }

  async [Symbol.asyncDispose](): Promise<void> {
    process.off('exit', this.#killAll)
    this.#killAll()
    this.#recorder[Symbol.dispose]()
    await this.client.close()
    this.#store.remove()
  }

  #hurt(child: ChildProcess, pid: number, fault: 'kill' | 'term' | 'pause' | 'resume'): void {
    // Written before it is done: what the process still does afterwards is in the file afterwards.
    this.#recorder.write({ atMs: machineMs(), pid, kind: fault })
    child.kill(signalOf[fault])
  }
}

/** Waits for something that must come; throws when it does not. */
export async function until(what: string, holds: () => Promise<boolean>): Promise<void> {
  const endMs = machineMs() + waitMsMax
  while (!(await holds())) {
    if (machineMs() > endMs) throw new Error(`Waited ${waitMsMax / 1_000} s in vain until ${what}.`)
    await sleep(pollMs)
  }
}
