import { emit } from '../../base/emit.ts'
import type { JobEvent } from '../../contract/events.ts'
import type { Fiber } from '../../sandbox/fiber.ts'
import { labelOfHandle } from '../../sandbox/label.ts'
import type { Handle } from '../../sandbox/storage.ts'
import { Definitions } from './definitions.ts'
import { wrapMutators } from './mutators.ts'
import type { Change } from './part.ts'
import { lookAround, type Shared } from './shared.ts'
import { watchedParts } from './watch.ts'

const changesMax = 20

/** One worker that wants its process watched. */
export interface PatrolUser {
  /** What is found is undone. */
  undoes: boolean
  /** The process is its own: what changed in between was no host, but something that a job left behind. */
  ownsProcess: boolean
  /** Calls that change the process may be wrapped, so that the caller is known. */
  wraps: boolean
}

/** Looks at what all jobs of the process share, and says who changed it. There is one for all workers of a process. */
export class Patrol {
  readonly definitions = new Definitions()
  readonly #users: ReadonlySet<PatrolUser>
  readonly #shared: Shared = lookAround()
  /** Running jobs that were seen to change something. They may put it back until they end. */
  readonly #touched = new Set<Handle>()
  #unwrap: (() => void) | undefined

  constructor(users: ReadonlySet<PatrolUser>) {
    this.#users = users
  }

  /** A worker has come or gone. */
  usersChanged(): void {
    const wanted = [...this.#users].some((user) => user.wraps)
    if (wanted && this.#unwrap === undefined) {
      this.#unwrap = this.byUs(() => wrapMutators(this.#shared, (by) => this.#sawCall(by)))
    }
    if (!wanted) this.end()
  }

  end(): void {
    const unwrap = this.#unwrap
    this.#unwrap = undefined
    if (unwrap !== undefined) this.byUs(unwrap)
  }

  /** Was this job seen to change something? Asked once, at its end. */
  sawTouching({ handle }: Fiber): boolean {
    return this.#touched.size > 0 && this.#touched.delete(handle)
  }

  /** What fiber-work itself changes, a global for example, is nobody's pollution. */
  byUs<R>(change: () => R): R {
    this.look(undefined, {})
    try {
      return change()
    } finally {
      for (const found of this.#changes(undefined)) found.accept()
    }
  }

  /**
   * Compare everything with how it was at the last look. `certain`: only this job can have done it. `leaving`: it has ended. Answers
   * what this job has certainly changed.
   */
  look(
    fiber: Fiber | undefined,
    { certain = false, leaving = false }: { certain?: boolean; leaving?: boolean },
  ): string[] {
    const changes = this.#changes(leaving ? fiber?.handle : undefined)
    if (changes.length === 0) {
      this.definitions.looked()
      return []
    }
    const byCulprit = Map.groupBy(changes, ({ by }) => by ?? (certain ? fiber?.handle : undefined))
    const suspected = byCulprit.get(undefined) ?? []
    byCulprit.delete(undefined)
    if (suspected.length > 0) this.#suspect(suspected, fiber)
    for (const [culprit, done] of byCulprit) if (culprit !== undefined) this.#convict(culprit, done)
    this.definitions.looked()
    return (fiber && byCulprit.get(fiber.handle))?.map(({ text }) => text) ?? []
  }

  get #undoes(): boolean {
    return [...this.#users].some((user) => user.undoes)
  }

  #convict(culprit: Handle, changes: Change[]): void {
    const undone = this.#settle(changes, this.#undoes)
    const job = labelOfHandle(culprit)
    const texts = job === undefined ? [] : this.#news(job, '', changes)
    if (job !== undefined && texts.length > 0) {
      emit('job.polluted', () => ({ ...job, changes: texts, sure: 'exact', undone }))
    }
  }

  #suspect(changes: Change[], fiber: Fiber | undefined): void {
    const suspects = this.definitions.suspects()
    const first = fiber?.handle ?? suspects[0]?.handle
    const job = first === undefined ? undefined : labelOfHandle(first)
    // Where the process has a host, it may have been the host, who knows what it does.
    const ours = [...this.#users].every((user) => user.ownsProcess)
    const undone = this.#settle(changes, this.#undoes && ours && job !== undefined)
    const texts = job === undefined ? [] : this.#news(job, 'suspect: ', changes)
    if (job === undefined || texts.length === 0) return
    const list = suspects.map(({ suspect }) => suspect)
    emit('job.polluted', () => ({ ...job, changes: texts, sure: 'suspect', undone, suspects: list }))
  }

  /** Where nothing is undone it is said once a definition. */
  #news(job: JobEvent, prefix: string, changes: Change[]): string[] {
    const definition = this.definitions.of(job.name)
    const texts = [...new Set(changes.map(({ text }) => text))]
    const news = this.#undoes ? texts : texts.filter((text) => definition.isNews(prefix + text))
    if (news.length <= changesMax) return news
    return [...news.slice(0, changesMax), `and ${news.length - changesMax} more`]
  }

  /** Put back, or taken as it is. Answers whether all of it is as it was. */
  #settle(changes: Change[], undo: boolean): boolean {
    if (undo) {
      for (const change of changes) {
        try {
          change.undo()
        } catch {
          // It stays as it is: told below.
        }
      }
      const texts = new Set(changes.map(({ text }) => text))
      changes = this.#changes(undefined).filter(({ text }) => texts.has(text))
    }
    for (const change of changes) change.accept()
    return undo && changes.length === 0
  }

  #changes(leaving: Handle | undefined): Change[] {
    const found: Change[] = []
    for (const part of this.#shared.parts) found.push(...part.changes(leaving))
    for (const part of watchedParts()) found.push(...part.changes(leaving))
    return found
  }

  /** A job calls something that changes the process. One that has ended tidies nothing up any more. */
  #sawCall(by: Handle): void {
    if (by.fiber === undefined) this.look(undefined, {})
    else this.#touched.add(by)
  }
}
