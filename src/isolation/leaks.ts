import { emit } from '../base/emit.ts'
import type { Env } from '../base/env.ts'
import type { Leak } from '../contract/events.ts'
import type { Fiber } from '../sandbox/fiber.ts'
import { outside } from '../sandbox/storage.ts'
import { type Culprit, CulpritSearch } from './culprit.ts'
import { type Gauge, processGauge } from './gauge.ts'
import { growthOf, type Threshold } from './growth.ts'
import { RetainedSandboxes } from './retained.ts'
import { growerOf, type Stretch } from './shares.ts'
import type { Slope } from './slope.ts'
import { type Window, Windows } from './windows.ts'

/** A leak that was told of is not told of again for this long. */
const quietMs = 3_600_000
/** Windows that the search for the culprit lasts. */
const searchWindows = 3
const candidatesMax = 10

type Series = 'heap' | 'handles' | 'listeners'
const series: readonly Series[] = ['heap', 'handles', 'listeners']

const thresholds: Record<Series, Threshold> = {
  heap: { least: 16 * 2 ** 20, share: 0.1 },
  handles: { least: 100, share: 0.2 },
  listeners: { least: 20, share: 0.2 },
}
const units = {
  heap: 'bytes a job',
  sandboxes: 'sandboxes a job',
  handles: 'handles a job',
  listeners: 'listeners a job',
} as const satisfies Record<Leak['kind'], Leak['unit']>

export interface LeakPorts {
  env: Env
  /** The session, for the event. */
  worker: () => string
  /** The functions of the definitions, by their names. */
  handlers: () => ReadonlyMap<string, (...args: never[]) => unknown>
  gauge?: Gauge
  /** Begins to look for who takes memory; undefined where that cannot be done. */
  search?: () => Pick<CulpritSearch, 'end'> | undefined
}

interface Suspicion {
  found: Slope
  search: Pick<CulpritSearch, 'end'>
  windowsLeft: number
}

/**
 * Watches what grows with the jobs that end: memory, sandboxes, handles, listeners. It looks after full collections of garbage only,
 * forces none, and warns when something has grown steadily over many of them.
 */
export class LeakWatch {
  readonly #ports: LeakPorts
  readonly #gauge: Gauge
  readonly #jobs = new Map<string, { count: number }>()
  readonly #sandboxes = new RetainedSandboxes()
  readonly #windows: Windows
  readonly #toldMonoMs = new Map<string, number>()
  #running = 0
  #suspicion: Suspicion | undefined
  #unwatch: (() => void) | undefined

  constructor(ports: LeakPorts) {
    this.#ports = ports
    this.#gauge = ports.gauge ?? processGauge
    this.#windows = new Windows(ports.env)
  }

  start(): void {
    this.#unwatch = outside(() => this.#gauge.watch(() => this.#collected()))
  }

  end(): void {
    this.#unwatch?.()
    this.#suspicion?.search.end(new Map())
    this.#suspicion = undefined
  }

  entered(): void {
    this.#running++
  }

  left(fiber: Fiber): undefined {
    this.#running--
    const { name } = fiber.loan.job
    const jobs = this.#jobs.get(name)
    if (jobs === undefined) this.#jobs.set(name, { count: 1 })
    else jobs.count++
    this.#sandboxes.left(fiber)
    return undefined
  }

  #collected(): void {
    for (const { name, kept, of } of this.#sandboxes.collected()) this.#tellSandboxes(name, kept / of)
    if (!this.#windows.add({ ...this.#gauge.look(), running: this.#running }, this.#jobs)) return
    if (this.#windows.busier) return
    for (const which of series) this.#judge(which)
    this.#goOnSearching()
  }

  #judge(which: Series): void {
    if (this.#wasTold(which) || (which === 'heap' && this.#suspicion !== undefined)) return
    const found = growthOf(this.#windows.points(which), thresholds[which])
    if (found === undefined) return
    const search = which === 'heap' ? (this.#ports.search ?? CulpritSearch.begin)() : undefined
    if (search === undefined) this.#tell(which, found, undefined)
    else this.#suspicion = { found, search, windowsLeft: searchWindows }
  }

  /** What is still there at the end of the search, of what was taken since its beginning, has not been given back for windows. */
  #goOnSearching(): void {
    const suspicion = this.#suspicion
    if (suspicion === undefined || --suspicion.windowsLeft > 0) return
    this.#suspicion = undefined
    const culprit = suspicion.search.end(this.#ports.handlers())
    // It may have come to an end meanwhile.
    const found = growthOf(this.#windows.points('heap'), thresholds.heap)
    if (found !== undefined) this.#tell('heap', found, culprit)
  }

  #tell(kind: Series, found: Slope, culprit: Culprit | undefined): void {
    const definition = culprit?.name ?? growerOf(this.#stretches(kind))
    // With more windows it may be possible to tell.
    if (definition === undefined && !this.#windows.full) return
    this.#toldMonoMs.set(kind, this.#ports.env.monoMs())
    this.#emit(kind, found, definition, culprit?.at)
  }

  #tellSandboxes(name: string, slope: number): void {
    this.#sandboxes.forget(name)
    if (this.#wasTold(`sandboxes ${name}`)) return
    this.#toldMonoMs.set(`sandboxes ${name}`, this.#ports.env.monoMs())
    this.#emit('sandboxes', { slope, low: slope, high: slope }, name, undefined)
  }

  #emit(kind: Leak['kind'], found: Slope, definition: string | undefined, at: string | undefined): void {
    const { jobs, windowMs } = this.#windows.span
    const byCount = [...this.#jobs].sort(([, a], [, b]) => b.count - a.count)
    const candidates = byCount.slice(0, candidatesMax).map(([name]) => name)
    emit('leak.suspected', () => ({
      worker: this.#ports.worker(),
      ...{ kind, definition, candidates, ...found, unit: units[kind], jobs, windowMs },
      ...(at !== undefined && { at }),
    }))
  }

  #stretches(which: Series): Stretch[] {
    return this.#windows.stretches((to: Window, from: Window) => to[which] - from[which])
  }

  #wasTold(what: string): boolean {
    const toldMonoMs = this.#toldMonoMs.get(what)
    return toldMonoMs !== undefined && this.#ports.env.monoMs() - toldMonoMs < quietMs
  }
}
