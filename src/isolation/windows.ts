import type { Env } from '../base/env.ts'
import type { Holdings } from './gauge.ts'
import { windowsMax } from './growth.ts'
import type { Stretch } from './shares.ts'
import type { Point } from './slope.ts'

/** A window takes this long at least, and has this many jobs. */
const windowMsMin = 15_000
const windowJobsMin = 200
/** The first ones are warm-up: code is compiled, caches and pools fill. */
const warmUp = 2

/** So many windows at both ends are compared for what is in flight, and by so much it may differ. */
const endWindows = 5
const busierBy = 1.1
const busierMin = 10

/** The least that was held in one stretch of time, and how many jobs had ended by then. */
export interface Window {
  heap: number
  handles: number
  listeners: number
  /** Jobs that ran at that moment. */
  running: number
  jobs: ReadonlyMap<string, number>
  total: number
  monoMs: number
}

/** Measurements after collections, brought together in windows: of each the lowest, which has the least of what was in flight. */
export class Windows {
  readonly #env: Env
  #closed: Window[] = []
  #skip = warmUp
  #open: Window | undefined
  #openedMonoMs: number
  #openedJobs = 0

  constructor(env: Env) {
    this.#env = env
    this.#openedMonoMs = env.monoMs()
  }

  /** True when this one has closed a window. */
  add({ bytes, ...holds }: Holdings & { running: number }, jobs: ReadonlyMap<string, { count: number }>): boolean {
    const monoMs = this.#env.monoMs()
    const counts = new Map([...jobs].map(([name, { count }]) => [name, count]))
    const total = [...counts.values()].reduce((sum, count) => sum + count, 0)
    const open = this.#open
    if (open === undefined || bytes <= open.heap) {
      this.#open = { heap: bytes, ...holds, jobs: counts, total, monoMs }
    }
    const least = this.#open!
    least.handles = Math.min(holds.handles, open?.handles ?? Infinity)
    least.listeners = Math.min(holds.listeners, open?.listeners ?? Infinity)
    if (monoMs - this.#openedMonoMs < windowMsMin || total - this.#openedJobs < windowJobsMin) return false
    this.#close(least, monoMs, total)
    return true
  }

  points(which: 'heap' | 'handles' | 'listeners'): Point[] {
    return this.#closed.map((window) => ({ x: window.total, y: window[which] }))
  }

  /** More jobs are in flight than at the beginning, and with them there is more of everything: that tells nothing. */
  get busier(): boolean {
    const middle = (windows: Window[]) =>
      windows.map(({ running }) => running).sort((a, b) => a - b)[endWindows >> 1] ?? 0
    return middle(this.#closed.slice(-endWindows)) > busierBy * middle(this.#closed.slice(0, endWindows)) + busierMin
  }

  stretches(grown: (to: Window, from: Window) => number): Stretch[] {
    return this.#closed.slice(1).map((to, at) => {
      const from = this.#closed[at]!
      const jobs = [...to.jobs].map(([name, count]): [string, number] => [name, count - (from.jobs.get(name) ?? 0)])
      return { grown: grown(to, from), jobs: new Map(jobs) }
    })
  }

  /** From the first window to the last. */
  get span(): { jobs: number; windowMs: number } {
    const [first, last] = [this.#closed[0], this.#closed.at(-1)]
    if (first === undefined || last === undefined) return { jobs: 0, windowMs: 0 }
    return { jobs: last.total - first.total, windowMs: last.monoMs - first.monoMs }
  }

  /** There is no room for more: the oldest goes next. */
  get full(): boolean {
    return this.#closed.length === windowsMax
  }

  #close(window: Window, monoMs: number, total: number): void {
    this.#open = undefined
    this.#openedMonoMs = monoMs
    this.#openedJobs = total
    if (this.#skip-- > 0) return
    this.#closed.push(window)
    if (this.#closed.length > windowsMax) this.#closed.shift()
  }
}
