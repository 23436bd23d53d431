import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { type Event, machineMs, readEvents, Recorder } from '../../stress/history/events.ts'
import { type Build, BuildProject, type BuildWorker } from './build.ts'
import type { BesideInput } from './jobs.ts'
import { type Asked, judge, type ListedJob, tickId } from './judge.ts'
import type { Place } from './places.ts'

const waitMsMax = 90_000
const leaseMs = 3_000
const delayMs = 3_000
const ticksMin = 8

/** The first release that keeps the attempts that failed. */
const keepFailuresSince = '0.6.0'
const compare = (one: string, other: string) => one.localeCompare(other, 'en', { numeric: true })

/** What came of it. */
export interface BesideReport {
  problems: string[]
  /** What happened, to show that there was something to judge. */
  seen: Record<string, number>
}

interface Sent {
  ids: string[]
  outcomes: Record<string, number>
}
interface Stats {
  queues: Record<string, unknown>[]
  workers: unknown[]
}

/** One build, what it has in the run, and which of its workers are alive. */
interface Side {
  project: BuildProject
  workers: BuildWorker[]
}

/**
 * Workers, producers and commands of two builds at work on one store: `first` has made it. One worker of each is killed in the middle. Each job must end
 * as it has to, and both must read the same of it.
 */
export async function runBeside(place: Place, first: Build, second: Build): Promise<BesideReport> {
  await using scene = new Scene(place, first, second)
  const [one, other] = scene.sides
  await scene.enqueue(one, scene.works(100))
  scene.start(one, 2)
  await scene.feed(one)
  scene.start(other, 2)
  await scene.feed(one, other)
  for (const side of scene.sides) await scene.enqueue(side, scene.works(60), { delayMs })
  if (scene.able('unique')) await scene.sameKeys()
  if (scene.able('records')) await scene.cancelEachOthers()
  if (scene.able('records')) await scene.bothSeeAllWorkers()
  for (const side of scene.sides) {
    await scene.enqueue(side, scene.works(100))
    scene.kill(side)
    scene.start(side, 1)
  }
  await scene.feed(one, other)
  await scene.until('all jobs have ended', () => scene.over())
  if (scene.able('schedules')) await scene.endTicks(other)
  await scene.stop()
  return await scene.report()
}

class Scene implements AsyncDisposable {
  readonly sides: [Side, Side]
  readonly #place: Place
  readonly #history: string
  readonly #recorder: Recorder
  readonly #asked = new Map<string, Asked>()
  readonly #sideOf = new Map<number, Side>()
  readonly #problems: string[] = []
  readonly #seen: Record<string, number> = {}

  constructor(place: Place, first: Build, second: Build) {
    this.#place = place
    this.#history = join(place.folder, 'history.jsonl')
    this.#recorder = new Recorder(this.#history)
    const side = (build: Build): Side => ({ project: new BuildProject(build, place, this.#history), workers: [] })
    this.sides = [side(first), side(second)]
  }

  able(ability: Place['able'][number]): boolean {
    return this.#place.able.includes(ability)
  }

  /** Some that succeed, some that fail at first or to the end, some of groups. */
  works(count: number): BesideInput[] {
    return Array.from({ length: count }, (_, n) => ({
      ms: 50 + ((n * 37) % 200),
      ...(n % 4 === 1 && { fails: 1 + (n % 3) }),
      ...(n % 25 === 5 && this.able('records') && { fails: 4 }),
      ...(n % 4 === 2 && this.able('groups') && { group: 'abc'[n % 3]!, ms: 20 }),
    }))
  }

  async enqueue(side: Side, inputs: BesideInput[], { delayMs = 0 } = {}): Promise<Sent> {
    const nowMs = machineMs()
    const delay = delayMs > 0 ? ['--delay', `${delayMs}ms`] : []
    const sent = await side.project.ask<Sent>(['enqueue', 'work', '--lines', ...delay], inputs)
    for (const [n, id] of sent.ids.entries()) {
      const { fails = 0, group } = inputs[n]!
      const asked: Asked = { expected: fails >= 4 ? 'dead' : 'done', ...(group !== undefined && { group }) }
      this.#asked.set(id, { ...asked, ...(delayMs > 0 && { notBeforeMs: nowMs + delayMs }) })
    }
    return sent
  }

  start(side: Side, count: number): void {
    for (let n = 0; n < count; n++) {
      const worker = side.project.work()
      side.workers.push(worker)
      this.#sideOf.set(worker.pid, side)
      void worker.ended.then(({ code, said }) => {
        if (code !== 0 && code !== null)
          this.#problems.push(`a worker of ${side.project.version} ended with ${code}: ${said}`)
      })
    }
  }

  /** Jobs from each in turn, until all their workers have begun one. */
  async feed(...sides: Side[]): Promise<void> {
    await this.until('all workers have begun a job', async () => {
      for (const side of sides) await this.enqueue(side, this.works(100))
      const pids = new Set(this.#events().flatMap((event) => (event.kind === 'start' ? event.pid : [])))
      return sides.every(({ workers }) => workers.every(({ pid }) => pids.has(pid)))
    })
  }

  kill(side: Side): void {
    const worker = side.workers.shift()!
    this.#recorder.write({ atMs: machineMs(), pid: worker.pid, kind: 'kill' })
    worker.hurt('SIGKILL')
  }

  /** Both enqueue the same keys: the second is told whose they are. */
  async sameKeys(): Promise<void> {
    const inputs = this.works(30).map(({ ms }, n): BesideInput => ({ ms, unique: `key-${n}` }))
    const [one, other] = this.sides
    const sent = await this.enqueue(one, inputs)
    const again = await this.enqueue(other, inputs)
    if (again.outcomes['duplicate'] !== inputs.length || again.ids.join() !== sent.ids.join())
      this.#problems.push(
        `of ${inputs.length} keys that were held, the other build saw ${JSON.stringify(again.outcomes)}`,
      )
    this.#seen['keys that both enqueued'] = inputs.length
  }

  /** What runs in a worker of one build, and what one has put off, is cancelled by the other. */
  async cancelEachOthers(): Promise<void> {
    const forever: BesideInput[] = Array.from({ length: 4 }, () => ({ ms: 3_600_000 }))
    const ids: string[] = []
    const runningIn = (side: Side) => ids.filter((id) => this.#runsIn(id) === side)
    await this.until('what never ends runs in both builds', async () => {
      for (const side of this.sides) ids.push(...(await this.enqueue(side, forever)).ids)
      return this.sides.every((side) => runningIn(side).length > 0)
    })
    for (const [n, side] of this.sides.entries()) {
      const other = this.sides[1 - n]!
      const later = await this.enqueue(side, forever, { delayMs: 3_600_000 })
      const running = runningIn(side)
      await other.project.ask(['cancel', ...later.ids, ...running])
      for (const id of [...ids, ...later.ids]) this.#asked.set(id, { expected: 'cancelled' })
      this.#seen[`running in ${side.project.version}, cancelled by ${other.project.version}`] = running.length
    }
    // Those that had not begun by then.
    await this.sides[0].project.ask(['cancel', ...ids])
    await this.until('what was cancelled has stopped', () => ids.every((id) => this.#runsIn(id) === undefined))
  }

  async bothSeeAllWorkers(): Promise<void> {
    const alive = this.sides.flatMap(({ workers }) => workers).length
    for (const { project } of this.sides) {
      const { workers } = await project.ask<Stats>(['stats'])
      if (workers.length !== alive) this.#problems.push(`${project.version} sees ${workers.length} of ${alive} workers`)
    }
  }

  over(): boolean {
    const events = this.#events()
    const nameOf = new Map(events.flatMap((event) => (event.kind === 'start' ? [[event.run, event.id]] : [])))
    const threw = new Map<string, number>()
    const over = new Set<string>()
    for (const event of events) {
      if (event.kind !== 'end') continue
      const id = nameOf.get(event.run)!
      if (event.how === 'threw') threw.set(id, (threw.get(id) ?? 0) + 1)
      if (event.how === 'returned' || (threw.get(id) ?? 0) >= 4) over.add(id)
    }
    return [...this.#asked].every(([id, { expected }]) => expected === 'cancelled' || over.has(id))
  }

  /** Whoever has not declared the schedule last takes it away. */
  async endTicks(side: Side): Promise<void> {
    const ticks = () =>
      this.#events().flatMap((event) => (event.kind === 'start' && tickId.test(event.id) ? event.id : []))
    await this.until('the schedule has ticked', () => new Set(ticks()).size >= ticksMin)
    await side.project.ask(['schedules', 'remove', 'every-second'])
    this.#seen['ticks of the schedule'] = new Set(ticks()).size
  }

  /** All end by themselves, and what they have reserved meanwhile is done first. */
  async stop(): Promise<void> {
    if (this.able('records')) await this.#untilQuiet()
    const workers = this.sides.flatMap(({ workers }) => workers)
    for (const { pid, hurt } of workers) {
      this.#recorder.write({ atMs: machineMs(), pid, kind: 'term' })
      hurt('SIGTERM')
    }
    await Promise.all(workers.map(({ ended }) => ended))
  }

  async report(): Promise<BesideReport> {
    const events = this.#events()
    for (const [n, { project }] of this.sides.entries()) {
      const started = events.filter(({ kind, pid }) => kind === 'start' && this.#sideOf.get(pid) === this.sides[n])
      this.#seen[`executions by ${project.version}`] = started.length
    }
    const read = this.able('records') ? await this.#read() : undefined
    const failures = (read?.second ?? []).flatMap(({ failures = [] }) => failures).length
    if (this.able('failures')) this.#seen['failed attempts that are kept'] = failures
    const problems = judge({
      events,
      asked: this.#asked,
      leaseMs: this.able('lease') ? leaseMs : 0,
      keepsFailures: this.able('failures') ? this.#keepsFailures() : new Map(),
      failuresWithin: this.able('failures-within'),
      ...(read !== undefined && { read }),
    })
    const nothing = Object.entries(this.#seen).filter(([, count]) => count === 0)
    const { size: jobs } = this.#asked
    return {
      problems: [...this.#problems, ...problems, ...nothing.map(([what]) => `shows nothing: ${what}: 0`)],
      seen: { jobs, ...this.#seen },
    }
  }

  async until(what: string, holds: () => boolean | Promise<boolean>): Promise<void> {
    const endMs = machineMs() + waitMsMax
    while (!(await holds())) {
      if (this.#problems.length > 0) throw new Error(this.#problems.join('\n'))
      if (machineMs() > endMs) throw new Error(`Waited ${waitMsMax / 1_000} s in vain until ${what}.`)
      await sleep(100)
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const { project } of this.sides) project[Symbol.dispose]()
    this.#recorder[Symbol.dispose]()
  }

  #events(): Event[] {
    return readEvents(this.#history)
  }

  /** Whose worker runs it now. */
  #runsIn(id: string): Side | undefined {
    const events = this.#events()
    const start = events.findLast((event) => event.kind === 'start' && event.id === id)
    if (start?.kind !== 'start') return undefined
    return events.some((event) => event.kind === 'end' && event.run === start.run)
      ? undefined
      : this.#sideOf.get(start.pid)
  }

  #keepsFailures(): Map<number, boolean> {
    return new Map(
      [...this.#sideOf].map(([pid, { project }]) => [pid, compare(project.version, keepFailuresSince) >= 0]),
    )
  }

  async #untilQuiet(): Promise<void> {
    await this.until('nothing is left to do', async () => {
      const { queues } = await this.sides[0].project.ask<Stats>(['stats', 'beside'])
      return ['ready', 'delayed', 'running'].every((state) => queues[0]?.[state] === 0)
    })
  }

  /** The newer build reads second: it alone knows of failures. */
  async #read(): Promise<{ first: ListedJob[]; second: ListedJob[] }> {
    const [older, newer] = this.sides.toSorted((a, b) => compare(a.project.version, b.project.version))
    const listed = ({ project }: Side) => project.ask<{ jobs: ListedJob[] }>(['list', '--queue', 'beside', '--all'])
    const counted = async ({ project }: Side) => {
      const { oldestReadyMs: _, ...row } = (await project.ask<Stats>(['stats', 'beside'])).queues[0]!
      return row
    }
    const [first, second] = [await listed(older!), await listed(newer!)]
    const [counts, others] = [JSON.stringify(await counted(older!)), JSON.stringify(await counted(newer!))]
    if (counts !== others) this.#problems.push(`one counts ${counts}, the other ${others}`)
    return { first: first.jobs, second: second.jobs }
  }
}
