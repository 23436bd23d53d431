import type { Door } from './doors.ts'
import { exported } from './needs.ts'

/** Of `Db`, what is used here: looked up when it runs, so that a build without it runs the rest. */
export interface DbFace {
  query<R extends object>(sql: string, params?: readonly unknown[]): Promise<R[]>
  run(sql: string, params?: readonly unknown[]): Promise<unknown>
  transaction<T>(work: (tx: DbFace) => Promise<T>): Promise<T>
  close(): Promise<void>
}
interface CacheFace {
  get(key: string): Promise<unknown>
  set(key: string, value: unknown, ttlMs: number): Promise<void>
  remember<T>(key: string, ttlMs: number, make: () => Promise<T>): Promise<T>
}
interface AuthFace {
  user(): { id: string } | undefined
  actAs<R>(principal: { id: string }, run: () => R): R
  actAs(principal: { id: string }): void
}
interface SessionFace {
  get(key: string): Promise<unknown>
  set(key: string, value: unknown): Promise<void>
  update<T>(key: string, change: (value: unknown) => T): Promise<T>
  of(name: string): SessionFace
}

export const db = exported<DbFace>('Db')
export const cache = exported<CacheFace>('Cache')
export const auth = exported<AuthFace>('Auth')
export const session = exported<SessionFace>('Session')

const keptMs = 60_000
const pause = () => new Promise<void>((resolve) => setTimeout(resolve, 1))

/** The table that the jobs of a run share, and how its database writes its first placeholder. */
export interface Table {
  name: string
  p: string
}

export async function makeTable({ dbUrl, mark }: { dbUrl: string; mark: string }): Promise<Table> {
  await db?.run(`create table if not exists ${mark} (tag varchar(100))`)
  return { name: mark, p: dbUrl.startsWith('postgres') ? '$1' : '?' }
}

function dbDoors(db: DbFace, { name, p }: Table): Door[] {
  return [
    {
      name: 'Db',
      visit: async (tag) =>
        (await db.query<{ tag: string }>(`select cast(${p} as char(100)) as tag`, [tag]))[0]?.tag.trimEnd(),
    },
    {
      name: 'Db.transaction',
      // Nobody else's transaction is seen in this one, and what this one does is seen in it.
      visit: (tag) =>
        db.transaction(async () => {
          await db.run(`insert into ${name} (tag) values (${p})`, [tag])
          await pause()
          const rows = await db.query<{ tag: string }>(`select tag from ${name}`)
          await db.run(`delete from ${name} where tag = ${p}`, [tag])
          return rows.map((row) => row.tag).join(' and ')
        }),
    },
  ]
}

class CacheMiss extends Error {
  override readonly name = 'CacheMiss'
}

function cacheDoors(cache: CacheFace): Door[] {
  return [
    {
      name: 'Cache',
      visit: async (tag) => {
        await cache.set(`of ${tag}`, tag, keptMs)
        await pause()
        const kept = await cache.get(`of ${tag}`)
        // What a cache has lost with its connection is nobody else's.
        if (kept === undefined) throw new CacheMiss()
        return kept
      },
    },
    {
      name: 'Cache.remember',
      visit: (tag) => cache.remember(`made for ${tag}`, keptMs, async () => pause().then(() => tag)),
    },
  ]
}

function authDoors(auth: AuthFace): Door[] {
  return [
    { name: 'Auth.actAs', visit: (tag) => auth.actAs({ id: tag }, async () => pause().then(() => auth.user()?.id)) },
    {
      name: 'Auth.user',
      visit: async (tag) => {
        auth.actAs({ id: tag })
        await pause()
        return auth.user()?.id
      },
    },
  ]
}

function sessionDoors(session: SessionFace): Door[] {
  return [
    {
      name: 'Session',
      visit: async (tag) => {
        const own = session.of(tag.replaceAll(/[ /]/g, '-'))
        await own.set('tag', tag)
        await pause()
        return own.get('tag')
      },
    },
  ]
}

/** One for each facade that this build has. */
export function facadeDoors(table: Table): Door[] {
  return [
    ...(db === undefined ? [] : dbDoors(db, table)),
    ...(cache === undefined ? [] : cacheDoors(cache)),
    ...(auth === undefined ? [] : authDoors(auth)),
    ...(session === undefined ? [] : sessionDoors(session)),
  ]
}

/** The same keys for all tenants: each sees only what is its own. */
export function tenantFacadeDoors(tenantOf: (tag: string) => string): Door[] {
  const ifOwn = (tag: string, seen: unknown) => (seen === tenantOf(tag) ? tag : String(seen))
  return [
    ...(cache === undefined
      ? []
      : [
          {
            name: 'Cache, one key for all tenants',
            visit: async (tag: string) =>
              ifOwn(tag, await cache.remember('whose', keptMs, async () => pause().then(() => tenantOf(tag)))),
          },
        ]),
    ...(session === undefined
      ? []
      : [
          {
            name: 'Session, one key for all tenants',
            visit: async (tag: string) => {
              const seen = new Set<unknown>()
              const now = await session.of('common').update('whose', (before) => {
                if (before !== undefined) seen.add(before)
                return tenantOf(tag)
              })
              return ifOwn(tag, [...seen.add(now)].join(' and '))
            },
          },
        ]),
  ]
}
