import { moduleState } from './module-state.ts'

/** Something that all jobs of a process share: what it is called, and how it looks now, as text. */
export type Watchpoint = readonly [name: string, look: () => string]

// Hostile jobs replace what is global. Who watches them uses what was there before.
const { ownKeys, getOwnPropertyDescriptor } = Reflect
const { stringify } = JSON
const { entries } = Object
const { toSorted } = Array.prototype
const names = new Map<unknown, number>()
const mapGet = Map.prototype.get
const mapSet = Map.prototype.set
const { call } = Function.prototype
const getName = call.bind(mapGet) as unknown as (map: typeof names, key: unknown) => number | undefined
const setName = call.bind(mapSet) as unknown as (map: typeof names, key: unknown, value: number) => void
const RealDate = Date
const { cwd, umask } = process
let named = 0

/** The same text for the same object, and never again for another. */
function identity(value: unknown): string {
  if (typeof value !== 'object' && typeof value !== 'function') return `${typeof value} ${String(value)}`
  let number = getName(names, value)
  if (number === undefined) setName(names, value, (number = ++named))
  return `#${number}`
}

/** What stands in an object: keys, values by identity, getters. */
function shapeOf(target: object): string {
  let shape = ''
  for (const key of ownKeys(target)) {
    const { value, get, set } = getOwnPropertyDescriptor(target, key)!
    shape += `${String(key)}=${get === undefined && set === undefined ? identity(value) : identity(get) + identity(set)};`
  }
  return shape
}

/** Node makes some of its globals when they are first asked for: now, so that none of them appears later by itself. */
for (const key of ownKeys(globalThis)) if (!String(key).endsWith('Storage')) Reflect.get(globalThis, key)

function globalsShape(): string {
  let shape = ''
  for (const key of ownKeys(globalThis)) {
    const { value } = getOwnPropertyDescriptor(globalThis, key)!
    shape += `${String(key)}=${value === undefined ? '' : identity(value)};`
  }
  return shape
}

const prototypes = { Object, Array, Function, Promise, String, Number, Map, Set, Error, Date, RegExp }

export const watchpoints: readonly Watchpoint[] = [
  ['process.env', () => stringify(toSorted.call(entries(process.env)))],
  ['globalThis', globalsShape],
  ...Object.entries(prototypes).map(([name, type]): Watchpoint => [
    `${name}.prototype`,
    () => shapeOf(type.prototype as object),
  ]),
  ['console', () => shapeOf(console)],
  ['JSON', () => shapeOf(JSON)],
  ['Date', () => shapeOf(Date)],
  ['the working directory', () => cwd.call(process)],
  ['the umask', () => String((umask as () => number).call(process))],
  ['the timezone', () => String(new RealDate(2026, 0, 1).getTimezoneOffset())],
  ['listeners on process', () => `${process.listenerCount('SIGUSR2')} ${process.listenerCount('warning')}`],
  ['what a module keeps', () => stringify(moduleState)],
]

/** How all of it looked before the first job, and what is different now. */
export class Baseline {
  readonly #before: string[]

  constructor() {
    this.#before = []
    for (let i = 0; i < watchpoints.length; i++) this.#before[i] = watchpoints[i]![1]()
  }

  /** Told for each that differs; says no more than what is needed. */
  check(differs: (what: string, before: string, now: string) => void): void {
    for (let i = 0; i < watchpoints.length; i++) {
      const [name, look] = watchpoints[i]!
      const before = this.#before[i]!
      const now = look()
      if (now !== before) differs(name, `${before.length} characters`, difference(before, now))
    }
  }
}

/** From where they differ on, a short piece. */
function difference(before: string, now: string): string {
  let start = 0
  while (start < now.length && before[start] === now[start]) start++
  return now.length < 200 ? now : `… ${sliced(now, Math.max(0, start - 20), start + 60)}`
}

function sliced(text: string, from: number, to: number): string {
  let piece = ''
  for (let i = from; i < to && i < text.length; i++) piece += text[i]
  return piece
}
