import type { Fiber } from '../sandbox/fiber.ts'

/** One job in so many is looked after. */
const every = 256
/** So many at once. */
const followedMax = 256
/** Full collections that a job must have outlived before it counts as kept: what is young may not have been looked at. */
const collectionsMin = 2
/** So many kept ones of a definition are worth a word. */
const keptMin = 8

interface Followed {
  ref: WeakRef<Fiber>
  name: string
  collections: number
}

/** What is known of the sandboxes of one definition. */
export interface Kept {
  name: string
  /** Of those that were looked after and are old enough. */
  kept: number
  of: number
}

/** Follows some of the jobs that have ended, to see whether somebody keeps them. */
export class RetainedSandboxes {
  #followed: Followed[] = []
  #gone = new Map<string, number>()
  #ended = 0

  /** The job ends; that one in so many is followed is the only thing that it costs. */
  left(fiber: Fiber): void {
    if (this.#ended++ % every > 0 || this.#followed.length >= followedMax) return
    this.#followed.push({ ref: new WeakRef(fiber), name: fiber.loan.job.name, collections: 0 })
  }

  /** After a full collection: the definitions of which far too many are still there. */
  collected(): Kept[] {
    const kept = new Map<string, number>()
    this.#followed = this.#followed.filter((one) => {
      const { ref, name } = one
      if (ref.deref() === undefined) {
        this.#gone.set(name, (this.#gone.get(name) ?? 0) + 1)
        return false
      }
      if (++one.collections > collectionsMin) kept.set(name, (kept.get(name) ?? 0) + 1)
      return true
    })
    const found = [...kept].filter(([, count]) => count >= keptMin)
    return found.map(([name, count]) => ({ name, kept: count, of: count + (this.#gone.get(name) ?? 0) }))
  }

  /** It was told: the next judgement begins anew. */
  forget(name: string): void {
    this.#followed = this.#followed.filter((one) => one.name !== name)
    this.#gone.delete(name)
  }
}
