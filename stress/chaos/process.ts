import { type ChildProcess, spawn } from 'node:child_process'
import { machineMs, type Recorder } from '../history/events.ts'
import { siblingScript } from '../service/sibling.ts'
import type { WorkerSettings } from './worker.child.ts'

const signalOf = { kill: 'SIGKILL', term: 'SIGTERM', pause: 'SIGSTOP', resume: 'SIGCONT' } as const
export type ProcessFault = keyof typeof signalOf

const saidCharsMax = 20_000

/** How a worker process ended, and what it said on stderr. */
export interface Ended {
  code: number | null
  signal: NodeJS.Signals | null
  said: string
}

/** A worker process of a chaos run. */
export class ChaosProcess {
  readonly pid: number
  readonly ended: Promise<Ended>
  readonly #child: ChildProcess
  readonly #recorder: Recorder
  #said = ''

  constructor(settings: WorkerSettings, recorder: Recorder) {
    const script = siblingScript(import.meta.url, 'worker.child')
    this.#recorder = recorder
    this.#child = spawn(process.execPath, [script, JSON.stringify(settings)], { stdio: ['ignore', 'ignore', 'pipe'] })
    const { pid } = this.#child
    if (pid === undefined) throw new Error('The worker process could not be started.')
    this.pid = pid
    this.#child.stderr!.on('data', (chunk: Buffer) => {
      this.#said = (this.#said + chunk.toString()).slice(-saidCharsMax)
    })
    this.ended = new Promise((resolve) =>
      this.#child.once('close', (code, signal) => resolve({ code, signal, said: this.#said })),
    )
  }

  /** Do this to it, and write it down. */
  hurt(fault: ProcessFault): void {
    // Written before it is done: what the process still does afterwards is in the file afterwards.
    this.#recorder.write({ atMs: machineMs(), pid: this.pid, kind: fault })
    this.#child.kill(signalOf[fault])
  }

  /** The run is over. */
  end(): void {
    this.#child.kill('SIGKILL')
  }
}

/** A problem for each that did not end by itself, in order. */
export async function endedWell(...workers: ChaosProcess[]): Promise<string[]> {
  const ends = await Promise.all(workers.map(({ ended }) => ended))
  return ends
    .filter(({ code }) => code !== 0)
    .map(({ code, signal, said }) => `a worker ended with ${code ?? signal} instead of 0: ${said.slice(-1_000)}`)
}
