import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { onTestFinished } from 'vitest'
import { fileURLToPath } from 'node:url'
import type { ConnectOptions } from '../../src/connect/connect.ts'
import type { WorkOptions } from '../../src/connect/work.ts'
import type { EventName } from '../../src/contract/events.ts'

const main = fileURLToPath(new URL('guarded-main.ts', import.meta.url))

/** What the child does, and with which worker. */
export interface GuardedPlan {
  url: string
  connect: ConnectOptions
  work: WorkOptions
  /** Events that it tells. */
  events: EventName[]
}

interface Said {
  event: string
  payload: Record<string, unknown>
}

/** A process with one worker, whose handlers block its event loop as their input says. */
export class Guarded {
  readonly process: ChildProcess
  readonly said: Said[] = []
  stderr = ''
  readonly #heard = new Set<Said>()
  readonly #lines: AsyncIterator<string>

  constructor(plan: GuardedPlan, nodeFlags: string[] = []) {
    this.process = spawn(process.execPath, [...nodeFlags, main, JSON.stringify(plan)], {
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    this.process.stderr!.setEncoding('utf8').on('data', (chunk: string) => (this.stderr += chunk))
    this.#lines = createInterface(this.process.stdout!)[Symbol.asyncIterator]()
    onTestFinished(() => void this.process.kill('SIGKILL'))
  }

  /** Waits until it tells of this, unless it has, and answers what; each telling once. */
  async hears(event: string): Promise<Record<string, unknown>> {
    for (;;) {
      const known = this.said.find((said) => said.event === event && !this.#heard.has(said))
      if (known !== undefined) {
        this.#heard.add(known)
        return known.payload
      }
      const { value, done } = await this.#lines.next()
      if (done === true) throw new Error(`It ended without ${event}: ${this.stderr}`)
      this.said.push(JSON.parse(value as string) as Said)
    }
  }

  async exit(): Promise<{ code: number | null; signal: string | null }> {
    if (this.process.exitCode === null && this.process.signalCode === null) await once(this.process, 'exit')
    return { code: this.process.exitCode, signal: this.process.signalCode }
  }
}
