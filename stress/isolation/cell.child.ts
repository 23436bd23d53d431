// One worker process of a cell, started by cell.ts with its settings as JSON. It works until its queue is empty or it is condemned, writes
// down what happens, and ends with 0, or with 70 when it must be restarted.
import { on } from '../../src/base/emit.ts'
import { connect, type Worker } from '../../src/index.ts'
import { type Backing, configure } from './backing.ts'
import { doors, lineDoor } from './doors.ts'
import { db, facadeDoors, makeTable, type Table } from './facade-doors.ts'
import { innocent } from './innocent.ts'
import { hostileJob, hostileName, innocentJob } from './jobs.ts'
import type { Mode, PlacedKind, Scene } from './kind.ts'
import { kindNamed } from './kinds/index.ts'
import { LinePool } from './line-pool.ts'
import { listen } from './listen.ts'
import { Trace } from './trace.ts'
import { TurnMeter } from './turns.ts'
import { Baseline } from './watchpoints.ts'

export interface LifeSettings extends Backing {
  url: string
  trace: string
  kind: string
  mode: Mode
  /** The how manieth process of its cell it is, from 1. Only the first one's hostile jobs do what they do. */
  life: number
  httpPort: number
  linePort: number
  concurrency: number
  /** A hostile act waits until so many innocents run. */
  company: number
}

/** What a supervisor restarts. */
const condemnedCode = 70
const companyMsMax = 5_000
const { setTimeout: later } = globalThis
const pause = (ms: number) => new Promise<void>((resolve) => later(resolve, ms))

class Life {
  readonly #settings: LifeSettings
  readonly #kind: PlacedKind
  readonly #trace: Trace
  readonly #pool: LinePool
  readonly #looks: (() => Promise<string[]> | string[])[] = []
  readonly #logged = new Map<string, string>()
  #baseline: Baseline | undefined
  #innocents = 0

  constructor(settings: LifeSettings) {
    this.#settings = settings
    this.#kind = kindNamed(settings.kind)!
    this.#trace = new Trace(settings.trace, settings.life)
    this.#pool = new LinePool(settings.linePort)
  }

  async run(): Promise<number> {
    const { url, mode, concurrency } = this.#settings
    listen(this.#trace)
    configure(this.#settings)
    const table = await makeTable(this.#settings)
    on('job.log', ({ id, message }) => void this.#logged.set(id, message))
    const turns = new TurnMeter()
    const client = await connect(url, { leaseMs: 5_000 })
    on('job.started', ({ id, name }) => {
      if (name === hostileName) this.#trace.write({ kind: 'crowd', id, beside: this.#innocents })
    })
    const worker = await client.work([this.#innocent(table), mode === 'thread' ? await inThread() : this.#hostile()], {
      concurrency,
      isolation: mode === 'strict' ? 'strict' : 'sample',
      ownProcess: true,
      graceMs: 10_000,
      stuckMs: 500,
      beatMs: 100,
      // On a busy machine anybody may stand still for a while: only where that is the matter it is looked for.
      blockMsMax: this.#kind[mode]?.innocents === 'late' ? 1_000 : 30_000,
    })
    await ended(worker)
    await pause(this.#kind.lingerMs ?? 200)
    const condemned = worker.condemnedBy !== undefined
    for (const look of condemned ? [] : this.#looks) {
      for (const problem of await look()) this.#trace.write({ kind: 'afterwards', problem })
    }
    this.#trace.write({ kind: 'turn', cpuMs: turns.end() })
    if (condemned) while (worker.state !== 'stopped') await pause(10)
    else await worker.stop()
    await client.close()
    if (!condemned) await db?.run(`drop table if exists ${table.name}`)
    this.#pool[Symbol.dispose]()
    return condemned || worker.condemnedBy !== undefined ? condemnedCode : 0
  }

  #innocent(table: Table) {
    const { httpPort, mode } = this.#settings
    const around = {
      place: { service: `http://127.0.0.1:${httpPort}` },
      doors: [...doors, ...facadeDoors(table), lineDoor(this.#pool)],
      look: (differs: (what: string, before: string, now: string) => void) => this.#baseline!.check(differs),
      heardLog: (id: string) => this.#logged.get(id),
      waitMs: mode === 'strict' ? 1 : 12,
    }
    return innocentJob.handle(async ({ tag }, job) => {
      this.#baseline ??= new Baseline()
      this.#innocents++
      const startedMs = performance.now()
      // What it says of itself may be another's doing: its input is not.
      const id = tag
      try {
        await innocent(tag, job, around, (what, expected, seen) =>
          this.#trace.write({ kind: 'seen', id, what, expected, seen: seen.slice(0, 300) }),
        )
      } finally {
        this.#innocents--
        this.#trace.write({ kind: 'ran', id, ms: performance.now() - startedMs })
      }
      return { tag }
    })
  }

  #hostile() {
    const { life, company } = this.#settings
    const kind = this.#kind
    const withCompany = async (scene: Scene) => {
      const endMs = performance.now() + companyMsMax
      while (this.#innocents < company && performance.now() < endMs) await pause(2)
      return kind.act(scene)
    }
    const handler = hostileJob.handle(({ n }, job) => {
      if (life > 1) return undefined
      const scene = this.#scene(n, job)
      return kind.early === true ? kind.act(scene) : withCompany(scene)
    })
    const { timeoutMs = 20_000 } = kind
    // As if the kind's file had defined it: its code is what stands on stacks.
    return { ...handler, source: kind.file, options: { ...handler.options, timeoutMs } }
  }

  #scene(n: number, job: Scene['job']): Scene {
    const { httpPort, linePort, dbUrl, mark } = this.#settings
    const { id } = job
    return {
      n,
      job,
      linePort,
      dbUrl,
      table: mark,
      pool: this.#pool,
      service: `http://127.0.0.1:${httpPort}`,
      did: (proof) => this.#trace.write({ kind: 'act', id, proof, beside: this.#innocents }),
      afterwards: (look) => void this.#looks.push(look),
    }
  }
}

/** Loaded only here: a build without the lane refuses it. */
const inThread = async () => (await import('./thread-jobs.ts')).hostileInThread

async function ended(worker: Worker): Promise<void> {
  await Promise.race([worker.idle({ delayed: true }), worker.ended])
}

const { exit } = process
exit(await new Life(JSON.parse(process.argv[2] ?? '{}') as LifeSettings).run())
