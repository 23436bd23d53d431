import { emit } from '../../base/emit.ts'
import type { Fiber } from '../../sandbox/fiber.ts'
import { labelOfHandle } from '../../sandbox/label.ts'
import type { Handle } from '../../sandbox/storage.ts'
import { Definitions } from './definitions.ts'
import { wrapMutators } from './mutators.ts'
import { type Change, noChanges, type Part } from './part.ts'
import { lookAround, type Shared } from './shared.ts'
import { watchedParts } from './watch.ts'

const changesMax = 20
/** What hides behind a change shows when that is undone. */
const roundsMax = 4

/** One worker that wants its process watched. */
export interface PatrolUser {
  /** What is found is undone. */
  undoes: boolean
  /** The process is its own: what changed in between was no host, but something that a job left behind. */
  ownsProcess: boolean
  /** Calls that change the process may be wrapped, so that the caller is known. */
  wraps: boolean
}

/** How to look. */
export interface Look {
  /** Only this job can have done what is found. */
  certain?: boolean
  /** It has ended. */
  leaving?: boolean
  /** Only at what all code stands on. */
  groundOnly?: boolean
}

interface Found {
  text: string
  /** Who has certainly done it. */
  culprit: Handle | undefined
  undone: boolean
  round: number
}

/** Looks at what all jobs of the process share, and says who changed it. There is one for all workers of a process. */
export class Patrol {
  readonly definitions = new Definitions()
  readonly #users: ReadonlySet<PatrolUser>
  readonly #shared: Shared = lookAround()
  /** Running jobs that were seen to change something. They may put it back until they end. */
  readonly #touched = new Set<Handle>()
  #undoes = false
  #ownsProcess = false
  #unwrap: (() => void) | undefined

  constructor(users: ReadonlySet<PatrolUser>) {
    this.#users = users
  }

  /** A worker has come or gone. */
  usersChanged(): void {
    const users = [...this.#users]
    this.#undoes = users.some((user) => user.undoes)
    this.#ownsProcess = users.every((user) => user.ownsProcess)
    const wraps = users.some((user) => user.wraps)
    if (!wraps) this.end()
    else this.#unwrap ??= this.byUs(() => wrapMutators(this.#shared, (by) => this.#sawCall(by)))
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
      for (const { accept } of this.#changes(undefined)) accept()
    }
  }

  /** Compare everything with how it was at the last look. Answers what this job has certainly changed. */
  look(fiber: Fiber | undefined, { certain, leaving, groundOnly }: Look): string[] {
    const handle = fiber?.handle
    const changes = () => this.#changes(leaving === true ? handle : undefined, groundOnly)
    const found = this.#settle(changes, certain === true ? handle : undefined)
    // From here on what was replaced is back in its place, where anything is put back.
    if (found.length > 0) this.#tell(found, handle)
    this.definitions.looked()
    return found.filter(({ culprit }) => culprit !== undefined && culprit === handle).map(({ text }) => text)
  }

  /** Each change is put back, or taken as it is. Nothing here relies on what a job may have replaced. */
  #settle(look: () => readonly Change[], certain: Handle | undefined): Found[] {
    const found: Found[] = []
    // Where the process has a host, it may have been the host, who knows what it does.
    const undoesSuspected = this.#ownsProcess && this.definitions.haveRun
    let changes = look()
    for (let round = 0; changes.length > 0 && round < roundsMax; round++) {
      for (let at = 0; at < changes.length; at++) {
        const change = changes[at]!
        const before = seenBefore(found, change.text, round)
        const culprit = change.by ?? certain
        const undone =
          before === undefined && this.#undoes && (culprit !== undefined || undoesSuspected) && undo(change)
        if (!undone) change.accept()
        if (before === undefined) found[found.length] = { text: change.text, culprit, undone, round }
        else before.undone = false
      }
      changes = this.#undoes ? look() : noChanges
    }
    return found
  }

  #tell(found: Found[], finder: Handle | undefined): void {
    const suspects = this.definitions.suspects()
    for (const [culprit, changes] of Map.groupBy(found, (one) => one.culprit)) {
      const first = culprit ?? finder ?? suspects[0]?.handle
      const job = first === undefined ? undefined : labelOfHandle(first)
      // Nobody has run: whoever owns the process did it.
      if (job === undefined) continue
      const texts = this.#news(job.name, culprit === undefined ? 'perhaps: ' : '', changes)
      if (texts.length === 0) continue
      const undone = changes.every((change) => change.undone)
      emit('job.polluted', () =>
        culprit !== undefined
          ? { ...job, changes: texts, sure: 'exact', undone }
          : { ...job, changes: texts, sure: 'suspect', undone, suspects: suspects.map(({ suspect }) => suspect) },
      )
    }
  }

  /** Where nothing is undone it is said once a definition. */
  #news(name: string, prefix: string, changes: Found[]): string[] {
    const definition = this.definitions.of(name)
    const texts = [...new Set(changes.map(({ text }) => text))]
    const news = this.#undoes ? texts : texts.filter((text) => definition.isNews(prefix + text))
    if (news.length <= changesMax) return news
    return [...news.slice(0, changesMax), `and ${news.length - changesMax} more`]
  }

  #changes(leaving: Handle | undefined, groundOnly = false): Change[] {
    const found: Change[] = []
    collect(found, this.#shared.ground, leaving)
    if (groundOnly) return found
    collect(found, this.#shared.parts, leaving)
    collect(found, watchedParts(), leaving)
    return found
  }

  /** A job calls something that changes the process. One that has ended tidies nothing up any more. */
  #sawCall(by: Handle): void {
    if (by.fiber === undefined) this.look(undefined, {})
    else this.#touched.add(by)
  }
}

function collect(found: Change[], parts: readonly Part[], leaving: Handle | undefined): void {
  for (let at = 0; at < parts.length; at++) {
    try {
      const changes = parts[at]!.changes(leaving)
      for (let each = 0; each < changes.length; each++) found[found.length] = changes[each]!
    } catch {
      // It cannot be read while something else is not as it was; in strict the next round sees it.
    }
  }
}

function seenBefore(found: readonly Found[], text: string, round: number): Found | undefined {
  for (let at = 0; at < found.length; at++) {
    const one = found[at]!
    if (one.text === text && one.round < round) return one
  }
  return undefined
}

function undo(change: Change): boolean {
  try {
    change.undo()
    return true
  } catch {
    return false
  }
}
