import type { Env } from '../base/env.ts'
import type { EventWish, Fleet, FleetAnswer, Question, Questions, Reloaded, StreamEvent } from '../contract/fleet.ts'
import { Watchers } from '../observe/stream/watchers.ts'
import type { Child, Request } from './child.ts'
import { EventFlow } from './event-flow.ts'
import type { Role, Summary, ToldByAll, ToSupervisor, Wanted } from './messages.ts'
import { Place } from './place.ts'
import type { Exit } from './restarts.ts'
import { Rolling } from './rolling.ts'
import { giveTerminalBack } from './terminal.ts'
import { answerOf, askAll } from './told.ts'

export interface SupervisorOptions {
  env: Env
  processes: number
  /** One more process serves the API over all of them. */
  api: boolean
  script: string
  args: readonly string[]
  /** The first process has the terminal: it is restored when that process could not do so. */
  terminal: boolean
  /** Handlers' output goes to stderr: stdout is for one document. */
  quietStdout: boolean
  /** Why no process may be replaced by a new one while it works, if that is so. */
  refusesReload?: string | undefined
  say(text: string): void
}

export interface SupervisorEnd {
  code: number
  restarts: number
  summaries: Summary[]
  failure: Extract<ToSupervisor, { kind: 'failed' }>['error'] | undefined
}

/** Keeps processes running on this machine until it is asked to stop, or one of them says that it is pointless. Runs no job and no user's code. */
export class Supervisor implements Fleet {
  /** Resolves when all have ended. */
  readonly ended: Promise<SupervisorEnd>
  readonly #options: SupervisorOptions
  /** Those that work, by their numbers. */
  readonly #workers: Place[] = []
  /** Those of which no more were wanted. */
  readonly #former: Place[] = []
  readonly #rolling: Rolling
  readonly #watchers = new Watchers((wish) => this.#tellWish(wish))
  /** The API processes that watch, and how that ends. */
  readonly #watching = new Map<Child, { flow: EventFlow; end: () => void }>()
  readonly #summaries: Summary[] = []
  readonly #end: (end: SupervisorEnd) => void
  #api: Place | undefined
  #stopping: { level: 1 | 2; reason: string } | undefined
  #code = 0
  #failure: SupervisorEnd['failure']

  constructor(options: SupervisorOptions) {
    this.#options = options
    const { promise, resolve } = Promise.withResolvers<SupervisorEnd>()
    this.ended = promise
    this.#end = resolve
    this.#rolling = new Rolling({
      say: options.say,
      workers: () => [...this.#workers],
      api: () => this.#api,
      resize: (wanted) => this.#resize(wanted),
      refuses: () => (this.#stopping === undefined ? options.refusesReload : 'the supervisor is stopping'),
    })
    this.#resize({ processes: options.processes, api: options.api })
  }

  /** 1: all drain. 2: now. The API answers until the last worker has ended. */
  stop(level: 1 | 2, reason: string): void {
    if (level <= (this.#stopping?.level ?? 0)) return
    this.#stopping = { level, reason }
    for (const place of [...this.#workers, ...this.#former]) place.stop(level, reason)
    this.#finish()
  }

  /** Somebody is out of patience. Leases run out by themselves, and the jobs run elsewhere then. */
  kill(): void {
    this.#api?.stop(2, 'killed')
    for (const place of this.#places) place.kill()
  }

  async ask<Q extends Question>(
    question: Q,
    value: Questions[Q]['with'],
  ): Promise<FleetAnswer<Questions[Q]['answer']>> {
    return answerOf<Q>(await askAll(this.#workers, question, JSON.stringify(value)))
  }

  watch(listener: (events: StreamEvent[]) => void, wish: EventWish): () => void {
    return this.#watchers.add(listener, wish)
  }

  reload(): Promise<Reloaded> {
    return this.#rolling.reload().all
  }

  get #places(): Place[] {
    return [...this.#workers, ...this.#former, ...(this.#api === undefined ? [] : [this.#api])]
  }

  #resize({ processes, api }: Wanted): void {
    while (this.#workers.length < processes) {
      const place = this.#place({ kind: 'worker', place: this.#workers.length })
      this.#workers.push(place)
      place.start()
    }
    for (const place of this.#workers.splice(processes)) {
      this.#former.push(place)
      place.stop(1, 'fewer processes are wanted')
    }
    if (api && this.#api === undefined) (this.#api = this.#place({ kind: 'api' })).start()
    if (!api && this.#api !== undefined) {
      this.#former.push(this.#api)
      this.#api.stop(1, 'no API is wanted')
      this.#api = undefined
    }
  }

  #place(role: Role): Place {
    const { env, script, args, quietStdout, say } = this.#options
    const stdin = role.kind === 'worker' && role.place === 0 ? 'inherit' : 'ignore'
    return new Place(
      {
        env,
        script,
        args,
        say,
        stdio: [stdin, quietStdout ? 2 : 'inherit', 'inherit', 'ipc'],
        onUp: (child) => this.#up(child),
        onExit: (exit, child) => this.#exited(exit, child),
        onFinal: (code, child, how) => {
          this.#fail(code, child)
          this.stop(1, `${child.name} ${how}`)
        },
        onQuit: (level) => this.stop(level, 'the dashboard was left'),
        onEvents: (events) => this.#watchers.tell(events),
        onRequest: (request, child) => void this.#answer(request, child),
      },
      role,
    )
  }

  #up(child: Child): void {
    const { wish } = this.#watchers
    if (child.role.kind === 'worker' && wish !== undefined) void child.send({ kind: 'watch', wish })
    this.#tell('process.up', child, {})
    if (child.url !== undefined) this.#options.say(`the API is served at ${child.url}`)
    if (child.pageUrl !== undefined) this.#options.say(`dashboard: ${child.pageUrl}`)
  }

  #exited(exit: Exit, child: Child): void {
    const { terminal } = this.#options
    const { role, summary } = child
    this.#watchFor(child, undefined)
    this.#tell('process.ended', child, { code: exit.code, signal: exit.signal, upMs: Math.round(exit.upMs) })
    if (summary !== undefined) this.#summaries.push(summary)
    if (terminal && role.kind === 'worker' && role.place === 0 && (exit.signal !== null || exit.code !== 0))
      giveTerminalBack()
    if (this.#stopping === undefined) return
    // One that had not begun holds nothing, however it ends; the API never does.
    const clean = !exit.wasUp || role.kind === 'api' || (exit.signal === null && (exit.code === 0 || exit.code === 70))
    if (!clean) this.#fail(exit.code === null || exit.code === 0 ? 1 : exit.code, child)
    this.#finish()
  }

  /** The API process asks: what for is not looked at here. */
  async #answer(request: Request, child: Child): Promise<void> {
    if (request.kind === 'watch') return this.#watchFor(child, request.wish)
    const { ask } = request
    if (request.kind === 'reload') {
      // It will be replaced itself in the end: before that it can be told.
      const reloaded = await this.#rolling.reload().workers
      return child.send({ kind: 'reloaded', ask, reloaded })
    }
    const told: ToldByAll = await askAll(this.#workers, request.question, request.json)
    return child.send({ kind: 'answers', ask, told })
  }

  /** The new wish counts before the old one is gone: what both want goes on without a gap. */
  #watchFor(child: Child, wish: EventWish | undefined): void {
    const before = this.#watching.get(child)
    if (wish === undefined) this.#watching.delete(child)
    else {
      const flow = before?.flow ?? new EventFlow(this.#options.env, (events) => child.send({ kind: 'events', events }))
      const end = this.#watchers.add((events) => flow.push(events), wish)
      this.#watching.set(child, { flow, end })
    }
    before?.end()
  }

  #tellWish(wish: EventWish | undefined): void {
    for (const child of this.#places.flatMap(({ children }) => children))
      if (child.up && child.role.kind === 'worker') void child.send({ kind: 'watch', wish })
  }

  /** What only the supervisor sees. */
  #tell(event: string, { role, pid }: Child, data: Record<string, unknown>): void {
    if (this.#watchers.wish === undefined) return
    const process = role.kind === 'api' ? 'api' : role.place
    this.#watchers.tell([{ event, atMs: this.#options.env.nowMs(), data: { process, pid, ...data } }])
  }

  #fail(code: number, { failure }: Child): void {
    if (this.#code !== 0) return
    this.#code = code
    this.#failure = failure
  }

  #finish(): void {
    if (this.#stopping === undefined) return
    if ([...this.#workers, ...this.#former].some(({ children }) => children.length > 0)) return
    if (this.#api?.isStopping === false) this.#api.stop(1, this.#stopping.reason)
    if (this.#api !== undefined && this.#api.children.length > 0) return
    const restarts = this.#places.reduce((sum, place) => sum + place.restarts.total, 0)
    this.#end({ code: this.#code, restarts, summaries: this.#summaries, failure: this.#failure })
  }
}
