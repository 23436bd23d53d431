import type { JobEvent, ZombieKind } from '../contract/events.ts'
import type { Handle } from '../sandbox/storage.ts'
import { type Made, type Place, placeOf } from './made.ts'
import { belongsTo, type Kind, settledKind } from './things.ts'

/** Things that are followed of one job at once; of what a job makes beyond, only the newest are known. */
const thingsMax = 64

interface Thing {
  kind: Kind
  ref: WeakRef<object>
  made: Made
}

/** What is still there of a job that has ended. */
export interface Left {
  kind: ZombieKind
  text: string
  /** Where it was made, innermost first. */
  stack: string[]
  close: () => unknown
}

/** What one job has made so far. It holds nothing of the job: its box, its label, and weak references. */
export class Trace {
  readonly handle: Handle
  readonly job: JobEvent
  /** When it was first seen to have ended. */
  endedMonoMs: number | undefined = undefined
  #things: Thing[] = []

  constructor(handle: Handle, job: JobEvent) {
    this.handle = handle
    this.job = job
  }

  add(kind: Kind, thing: object, made: Made): void {
    if (this.#things.length >= thingsMax) this.#forgetEnded()
    this.#things.push({ kind, ref: new WeakRef(thing), made })
  }

  get anyAlive(): boolean {
    return this.#things.some(({ kind, ref }) => {
      const thing = ref.deref()
      return thing !== undefined && isAlive(kind, thing)
    })
  }

  /** What is alive now, without what our own code made and what belongs to something else in the list. */
  left(): Left[] {
    const alive = this.#things.flatMap(({ kind, ref, made }) => {
      const thing = ref.deref()
      return thing !== undefined && isAlive(kind, thing)
        ? [{ kind: settledKind(kind, thing), thing, place: placeOf(made) }]
        : []
    })
    const processes = alive.filter(({ kind }) => kind.kind === 'process').map(({ thing }) => thing)
    return alive
      .filter(({ kind, place }) => !place.ours && !(place.at === undefined && isTick(kind)))
      .filter(({ kind, thing }) => kind.kind !== 'pipe' || !belongsTo(thing, processes))
      .map(({ kind, thing, place }) => ({
        kind: kind.kind,
        text: textOf(kind, thing, place),
        stack: place.stack,
        close: () => kind.close(thing as never),
      }))
  }

  /** A job that sleeps a million times must not keep a million of them; of what is alive, the oldest goes. */
  #forgetEnded(): void {
    this.#things = this.#things.filter(({ kind, ref }) => {
      const thing = ref.deref()
      return thing !== undefined && isAlive(kind, thing)
    })
    if (this.#things.length >= thingsMax) this.#things.shift()
  }
}

function textOf({ kind, text }: Kind, thing: object, { at }: Place): string {
  const made = at === undefined ? '' : `, made at ${at}`
  try {
    return `${text(thing as never)}${made}`
  } catch {
    return `a ${kind}${made}`
  }
}

/** Node's own timers, made with nobody on the stack. */
const isTick = ({ kind }: Kind) => kind === 'timer' || kind === 'interval' || kind === 'immediate'

/** A host object may throw when it is looked at; then nothing is known of it. */
function isAlive(kind: Kind, thing: object): boolean {
  try {
    return kind.alive(thing as never)
  } catch {
    return false
  }
}
