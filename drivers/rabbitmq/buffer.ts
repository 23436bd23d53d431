import type { DriverTraits } from '../../src/contract/index.ts'
import type { Delivery } from './loans.ts'

/** Prefetched deliveries of one queue: those that may be handed out, in their order, and those that came a moment before their time. */
export class Buffer {
  readonly #order: Before
  #ready: Delivery[] = []
  #early: Delivery[] = []

  constructor(order: DriverTraits['order']) {
    this.#order = order === 'priority' ? goesBefore : isDueBefore
  }

  get readyCount(): number {
    return this.#ready.length
  }
  get earlyCount(): number {
    return this.#early.length
  }

  /** When the next early one is due. */
  get nextDueAtMs(): number | undefined {
    return this.#early[0]?.parcel.dueAtMs
  }

  add(delivery: Delivery, nowMs: number): void {
    const { dueAtMs } = delivery.parcel
    if (dueAtMs === undefined || dueAtMs <= nowMs) insert(this.#ready, delivery, this.#order)
    else insert(this.#early, delivery, isDueBefore)
  }

  /** Lets those go whose time has come. */
  ripen(nowMs: number): void {
    while (this.#early.length > 0 && this.#early[0]!.parcel.dueAtMs! <= nowMs) {
      insert(this.#ready, this.#early.shift()!, this.#order)
    }
  }

  take(count: number): Delivery[] {
    return this.#ready.splice(0, count)
  }

  takeAll(): Delivery[] {
    const all = [...this.#ready, ...this.#early]
    this.#ready = []
    this.#early = []
    return all
  }
}

type Before = (a: Delivery, b: Delivery) => boolean

const readySinceMs = ({ parcel }: Delivery): number => parcel.dueAtMs ?? parcel.enqueuedAtMs
const isDueBefore: Before = (a, b) => readySinceMs(a) < readySinceMs(b)
const goesBefore: Before = (a, b) => {
  const difference = a.parcel.job.priority - b.parcel.job.priority
  return difference === 0 ? readySinceMs(a) < readySinceMs(b) : difference > 0
}

/** Nearly always at the end: the broker sends them in order. */
function insert(list: Delivery[], delivery: Delivery, before: Before): void {
  let at = list.length
  while (at > 0 && before(delivery, list[at - 1]!)) at--
  if (at === list.length) list.push(delivery)
  else list.splice(at, 0, delivery)
}
