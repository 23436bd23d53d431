import { extname } from 'node:path'
import { isMainThread, Worker, type WorkerOptions } from 'node:worker_threads'
import { emit } from '../base/emit.ts'
import { type Env, machineMs, type Timer, within } from '../base/env.ts'
import { FiberWorkError } from '../contract/errors.ts'
import type { KeeperSpec } from '../contract/keeper.ts'
import type { Fiber } from '../sandbox/fiber.ts'
import { outside } from '../sandbox/storage.ts'
import { type HandlerFacts, openDesk } from './look.ts'
import type { FromThread, ThreadData, ToThread } from './messages.ts'
import { Shared } from './shared.ts'

const beatMs = 100
/** Whether an inspector is open need not be looked at with each beat. */
const beatsALook = 10
/** A thread that died is started again after this. */
const restartMs = 10_000
/** A thread that does not end by itself is ended. */
const endMsMax = 2_000
/** Room for the client of a store and little else. */
const resourceLimits = { maxOldGenerationSizeMb: 64, maxYoungGenerationSizeMb: 2 }

export interface GuardianOptions {
  env: Env
  /** How the thread reaches the store; asked for when the first session has begun. */
  keeper: () => KeeperSpec | undefined
  leaseMs: number
  /** How long a handler without a budget of its own may keep the loop. */
  blockMsMax: number
  /** The shortest budget of all handlers. */
  askMs: number
  /** Past this the lease is given up. */
  stallMsMax: number
  /** The code that the process ends with then; undefined leaves it alone. */
  exitCode: number | undefined
  factsOf: (fiber: Fiber) => HandlerFacts
  /** The store says that this session was taken back. */
  revoked: (session: string) => void
}

/** The main thread's end of the guardian: it shows that the loop turns, answers what it does, and hears what was found. */
export class Guardian {
  readonly #options: GuardianOptions
  readonly #shared = new Shared()
  #thread: Worker | undefined
  #session = ''
  /** A renewal that began before was of another session. */
  #keptFromMs = Infinity
  #beats = 0
  #timer: Timer | undefined
  #restart: Timer | undefined
  #closeDesk: () => void = () => {}
  #ended = false

  constructor(options: GuardianOptions) {
    this.#options = options
  }

  /** A session has begun: from now on its lease is renewed by the thread, which is started for the first one. */
  keep(session: string): void {
    this.#session = session
    this.#keptFromMs = machineMs()
    if (this.#thread === undefined) outside(() => this.#start())
    else this.#say({ kind: 'keep', session })
  }

  /** How long ago it began its last renewal of this session that succeeded; Infinity before there was one. */
  get renewedMsAgo(): number {
    const { renewedAtMs } = this.#shared
    return renewedAtMs < this.#keptFromMs ? Infinity : machineMs() - renewedAtMs
  }

  /** How often it has renewed a lease, all sessions together. */
  get renewals(): number {
    return this.#shared.renewals
  }

  async end(): Promise<void> {
    const { env } = this.#options
    this.#ended = true
    env.clearTimer(this.#restart)
    const thread = this.#thread
    if (thread === undefined) return
    const exited = new Promise<void>((resolve) => thread.once('exit', () => resolve()))
    thread.ref()
    this.#say({ kind: 'end' })
    if (!(await within(env, endMsMax, exited))) await thread.terminate()
  }

  #start(): void {
    const keeper = this.#options.keeper()
    if (keeper === undefined || this.#ended) return
    try {
      const thread = new Worker(new URL(`./thread${extname(import.meta.url)}`, import.meta.url), {
        name: 'fiber-work guardian',
        workerData: this.#threadData(keeper),
        resourceLimits,
        ...bare(),
      })
      thread.unref()
      thread.on('message', (message: FromThread) => this.#hear(message))
      thread.on('error', (error) =>
        this.#fail(new FiberWorkError('FW_GUARDIAN_FAILED', String(error), { cause: error })),
      )
      thread.once('exit', (code) => this.#exited(code))
      this.#thread = thread
    } catch (error) {
      // Not allowed (`--permission` without `--allow-worker`), or no memory: the beats go on renewing.
      this.#closeDesk()
      const message = `The guardian thread cannot be started: ${(error as Error).message}`
      return this.#fail(new FiberWorkError('FW_GUARDIAN_FAILED', message, { cause: error }))
    }
    this.#say({ kind: 'keep', session: this.#session })
    this.#beat()
  }

  #threadData(keeper: KeeperSpec): ThreadData {
    const { env, leaseMs, askMs, blockMsMax, stallMsMax, factsOf } = this.#options
    // A worker inside somebody's thread cannot be asked, and its process is not ours to end.
    const exitCode = isMainThread ? this.#options.exitCode : undefined
    const desk = env.id()
    this.#closeDesk = openDesk(desk, factsOf)
    return { memory: this.#shared.memory, keeper, desk, leaseMs, askMs, blockMsMax, stallMsMax, exitCode }
  }

  readonly #beat = (): void => {
    if (this.#beats++ % beatsALook === 0) this.#shared.debugged = inspectorIsOpen()
    this.#shared.beat()
    this.#timer = this.#options.env.setTimer(this.#beat, beatMs, 'idle')
  }

  #say(message: ToThread): void {
    this.#thread?.postMessage(message)
  }

  #hear(message: FromThread): void {
    const worker = this.#session
    switch (message.kind) {
      case 'kept':
        return emit('guardian.started', () => ({ worker: message.session }))
      case 'revoked':
        return this.#options.revoked(message.session)
      case 'failed':
        return this.#fail(new FiberWorkError('FW_GUARDIAN_FAILED', message.text))
      case 'blocked':
        return emit('loop.blocked', () => ({ worker, ...message.block, blockedMs: message.blockedMs }))
      case 'recovered':
        return emit('loop.recovered', () => ({ worker, ...message.block, blockedMs: message.blockedMs }))
      case 'gaveUp':
        return emit('guardian.gaveUp', () => ({ worker, ...message.block, blockedMs: message.blockedMs }))
    }
  }

  #fail(error: unknown): void {
    emit('guardian.failed', () => ({ worker: this.#session, error }))
  }

  #exited(code: number): void {
    const { env } = this.#options
    env.clearTimer(this.#timer)
    this.#closeDesk()
    this.#thread = undefined
    if (this.#ended) return
    this.#fail(new FiberWorkError('FW_GUARDIAN_FAILED', `The guardian thread ended with ${code}; it is started again.`))
    this.#restart = env.setTimer(() => this.keep(this.#session), restartMs, 'idle')
  }
}

/** What the host preloads (tracing, loaders) has no business in the thread; what it forbids itself (`--permission`) holds there too. */
function bare(): Pick<WorkerOptions, 'execArgv' | 'env'> {
  return (process as { permission?: unknown }).permission === undefined ? { execArgv: [], env: {} } : {}
}

function inspectorIsOpen(): boolean {
  try {
    return process.getBuiltinModule('node:inspector').url() !== undefined
  } catch {
    return false
  }
}
