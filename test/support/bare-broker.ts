import type {
  Added,
  Call,
  Driver,
  DriverTraits,
  Pulse,
  QueueDepth,
  Receipt,
  Report,
  Reserved,
  Settled,
  StoredJob,
  Verdict,
  Want,
} from '../../src/contract/index.ts'

const header = 'bare-broker'

/**
 * A broker that can do what a plain message broker can, and no more: it carries messages and lends them. It knows no ids and no keys, shows nothing,
 * keeps nothing, counts no crashes, does not say whether an acknowledgement counted, and remembers no calls.
 */
export class BareBroker implements Driver {
  readonly name = 'bare'
  readonly traits: DriverTraits
  readonly #inner: Driver
  #count = 0
  #seq = 0

  constructor(inner: Driver) {
    this.#inner = inner
    this.traits = {
      ...inner.traits,
      lanesMax: 16,
      batchMax: 500,
      fence: 'none',
      replay: false,
      followUps: 'none',
      crashes: false,
      unique: false,
      groups: false,
      history: false,
      failures: false,
    }
  }

  open(): Promise<{ session: string }> {
    return this.#inner.open()
  }
  prepare(): Promise<void> {
    return this.#inner.prepare()
  }

  async enqueue(_call: Call, jobs: StoredJob[]): Promise<Added[]> {
    const messages = jobs.map((given): StoredJob => {
      const { unique: _, group, ...job } = given
      const id = `${job.id}#${Math.random()}#${++this.#count}`
      return { ...job, id, headers: { [header]: JSON.stringify([job.id, job.headers, group]) } }
    })
    await this.#inner.enqueue(this.#next(), messages)
    return jobs.map(({ id }) => ({ outcome: 'added', id }))
  }

  async reserve(call: Call, want: Want): Promise<Reserved> {
    const { jobs } = await this.#inner.reserve({ lane: call.lane, seq: this.#next().seq }, want)
    return {
      broken: [],
      // A redelivery is one attempt more to a broker, whatever the reason.
      jobs: jobs.map(({ job, crashes, attempts, ...rest }) => ({
        ...rest,
        attempts: attempts + crashes,
        crashes: 0,
        job: messageOf(job),
      })),
    }
  }

  async settle(call: Call, items: { receipt: Receipt; verdict: Verdict }[]): Promise<Settled[]> {
    const verdicts = items.map(({ receipt, verdict }) => ({ receipt, verdict: plain(verdict) }))
    await this.#inner.settle({ lane: call.lane, seq: this.#next().seq }, verdicts)
    return items.map(() => ({ outcome: 'unsure' }))
  }

  async beat(report: Report): Promise<Pulse> {
    const { session, revoked } = await this.#inner.beat({ ...report, progress: [], about: '{}' })
    return { session, revoked, cancelled: [], paused: [] }
  }
  reconcile(known: Receipt[]): Promise<{ released: number; revoked: Receipt[] }> {
    return this.#inner.reconcile(known)
  }
  sweep(limit: number): Promise<{ taken: number; more: boolean }> {
    return this.#inner.sweep(limit)
  }

  async depth(queues: string[]): Promise<QueueDepth[]> {
    const depths = await this.#inner.depth(queues)
    return depths.map((depth) => ({ ...depth, done: 0, dead: 0, cancelled: 0, quarantined: 0 }))
  }
  close(): Promise<void> {
    return this.#inner.close()
  }

  /** The memory driver wants a rising number on each lane, and takes them from one count. */
  #next(): Call {
    return { lane: 63, seq: ++this.#seq }
  }
}

function messageOf(job: StoredJob): StoredJob {
  const [id, headers, group] = JSON.parse(job.headers![header]!) as [string, StoredJob['headers'] | null, string | null]
  const { headers: _, ...rest } = job
  return { ...rest, id, ...(headers !== null && headers !== undefined && { headers }), ...(group != null && { group }) }
}

/** An end is an end: nothing is kept of it. */
function plain(given: Verdict): Verdict {
  const { followUps: _, ...verdict } = given
  return verdict.kind === 'retry' || verdict.kind === 'release' ? verdict : { kind: 'done' }
}
