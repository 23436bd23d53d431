import { answered } from '../../base/answered.ts'
import { defaults } from '../../base/defaults.ts'
import { emit } from '../../base/emit.ts'
import type { Env } from '../../base/env.ts'
import { Rounds } from '../../base/rounds.ts'
import { officeKey, Term } from '../../base/term.ts'
import type { QueueDepth } from '../../contract/driver.ts'
import type { Ledger, LedgerRecord } from '../../contract/ledger.ts'
import { type Change, judge, type Standing, type Still } from './judge.ts'

export interface AlertPorts {
  env: Env
  ledger: Ledger
  depth: (queues: string[]) => Promise<QueueDepth[]>
  /** By queue: how long a ready job may wait. */
  waitMsMax: Record<string, number>
  /** Is told once, by one process of all: what hands alerts on. */
  told?: (change: Change) => void
}

const lookMsMin = 1_000
const lookMsMax = 15_000
const recordPrefix = 'alert:'
/** A queue that nobody looks at any more is forgotten. */
const recordForMs = 30 * 86_400_000

/**
 * Looks at the queues every few seconds, one process of all that were told the same, and tells what wants a person. How things stand is kept in the
 * ledger: another process goes on where this one ended, and what has been told is not told again.
 */
export class AlertWatch {
  readonly #ports: AlertPorts
  readonly #term: Term
  readonly #rounds: Rounds
  readonly #still = new Map<string, Still>()

  constructor(ports: AlertPorts) {
    this.#ports = ports
    const { env, ledger, waitMsMax } = ports
    const everyMs = Math.min(lookMsMax, Math.max(lookMsMin, Math.min(...Object.values(waitMsMax)) / 4))
    const told = Object.entries(waitMsMax).toSorted(([a], [b]) => (a < b ? -1 : 1))
    this.#term = new Term(ledger, {
      key: officeKey('alert-watch', told),
      holder: env.id(),
      forMs: 4 * everyMs + 2_000,
    })
    this.#rounds = new Rounds({
      env,
      everyMs,
      round: () => this.#round(),
      failed: (error, tries) => emit('alert.failed', () => ({ target: undefined, error, tries, givenUp: false })),
    })
  }

  start(): void {
    this.#rounds.start()
  }

  async stop(): Promise<void> {
    await this.#rounds.stop()
    await this.#term.end(this.#ports.env)
  }

  async #round(): Promise<void> {
    const { env, ledger, depth, waitMsMax } = this.#ports
    const call = { verb: 'alerts', timeoutMs: defaults.callTimeoutMs, kind: 'idle' } as const
    if (!(await answered(env, call, this.#term.hold()))) {
      this.#still.clear()
      return
    }
    const queues = Object.keys(waitMsMax)
    const [depths, records] = await answered(
      env,
      call,
      Promise.all([depth(queues), ledger.read(queues.map((queue) => recordPrefix + queue))]),
    )
    for (const [at, of] of depths.entries()) await answered(env, call, this.#judge(queues[at]!, of, records[at]))
  }

  async #judge(queue: string, depth: QueueDepth, record: LedgerRecord | undefined): Promise<void> {
    const { env, ledger, waitMsMax, told } = this.#ports
    const look = { depth, waitMsMax: waitMsMax[queue]!, nowMs: env.nowMs() }
    const { standing, still, changes } = judge(readStanding(record?.value), this.#still.get(queue), look)
    if (still === undefined) this.#still.delete(queue)
    else this.#still.set(queue, still)
    const value = JSON.stringify(standing)
    if (value === record?.value) return
    const write = { key: recordPrefix + queue, value, version: record?.version ?? 0, forMs: recordForMs }
    // Somebody else has looked meanwhile, and tells.
    if ((await ledger.write([write])) === undefined) return
    for (const change of changes) {
      const { kind, alert, lastedMs } = change
      if (kind === 'raised') emit('alert.raised', () => alert)
      else emit('alert.cleared', () => ({ ...alert, lastedMs }))
      told?.(change)
    }
  }
}

/** Undefined for what is not there, or not ours: then it begins anew. */
function readStanding(text: string | undefined): Standing | undefined {
  if (text === undefined) return undefined
  try {
    const { raised, told, better, dead, deadAtMs } = JSON.parse(text) as Standing
    const isOurs =
      [raised, told, better].every((value) => typeof value === 'object' && value !== null) &&
      [dead, deadAtMs].every(Number.isFinite)
    return isOurs ? { raised, told, better, dead, deadAtMs } : undefined
  } catch {
    return undefined
  }
}
