import { type Env, sleep } from '../../src/base/env.ts'
import { FiberWorkError } from '../../src/contract/errors.ts'
import { Door } from '../../src/sandbox/facade.ts'
import type { Settings } from './options.ts'
import type { SessionRecord, SessionStore, SessionWrite } from './store.ts'

export interface Kept {
  store: SessionStore
  settings: Settings
}

/** The store of sessions: opened at its first use, asked as a call of the running job. */
export class Keeper {
  readonly env: Env
  readonly #door: Door<Kept>

  constructor(env: Env, settings: () => Settings) {
    this.env = env
    this.#door = new Door('session', {
      open: () => open(env, settings()),
      close: ({ store }) => store.close?.(),
    })
  }

  async settings(): Promise<Settings> {
    return (await this.#door.resource()).settings
  }

  /** Throws `FW_SESSION_FAILED`. */
  read(id: string): Promise<SessionRecord | undefined> {
    return this.#door.call(`read ${id}`, ({ store }) => tried('read', id, () => store.read(id)))
  }

  /** Throws `FW_SESSION_FAILED`. */
  write(id: string, write: SessionWrite): Promise<boolean> {
    return this.#door.call(`write ${id}`, ({ store }) => tried('write', id, () => store.write(id, write)))
  }

  /** A little, and more after each conflict, at random: else those who met would meet again. */
  async giveWay(id: string, conflicts: number): Promise<void> {
    const ms = this.env.random() * Math.min(100, 2 ** Math.min(conflicts, 7))
    await this.#door.call(`wait for ${id}`, () => sleep(this.env, ms))
  }

  close(): Promise<void> {
    return this.#door.close()
  }
}

async function open(env: Env, settings: Settings): Promise<Kept> {
  const { store, redis, prefix, callMsMax, entriesMax } = settings
  if (store !== undefined) return { store, settings }
  if (redis === undefined) {
    const { MemoryStore } = await import('./store.ts')
    return { store: new MemoryStore(env, entriesMax), settings }
  }
  const { RedisStore } = await import('./redis-store.ts')
  return { store: new RedisStore(env, redis, prefix, callMsMax), settings }
}

async function tried<T>(verb: string, id: string, run: () => Promise<T>): Promise<T> {
  try {
    return await run()
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause)
    throw new FiberWorkError(
      'FW_SESSION_FAILED',
      `The session ${id} could not be ${verb === 'read' ? 'read' : 'written'}: ${why}`,
      {
        cause,
      },
    )
  }
}
