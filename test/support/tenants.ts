import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { expect, onTestFinished } from 'vitest'
import {
  Auth,
  type CacheClient,
  type Client,
  defineJob,
  type Handler,
  Http,
  type JobContext,
  type SessionFacade,
  unchecked,
} from '../../src/index.ts'
import { heard, working } from './work.ts'

/** What befalls the first attempt of a job: most get through. */
const fates = ['throws', 'hangs', 'makes for ever'] as const

interface Input {
  n: number
  fate?: (typeof fates)[number]
}

/** The facades of one test. */
interface World {
  cache: CacheClient
  session: SessionFacade
  origin: string
}

interface Marked {
  mark: string
  count?: number
}

/** What was looked at, what of it was another's, and how often each tenant's counter was raised. */
class Witness {
  looks = 0
  readonly foreign: string[] = []
  readonly raised = new Map<string, number>()

  /** Nothing is nobody's. */
  look(value: unknown, tenant: string, where: string): void {
    this.looks++
    const mark = typeof value === 'string' ? value : (value as Marked | undefined)?.mark
    if (mark !== undefined && mark !== tenant) this.foreign.push(`${tenant} saw ${mark}: ${where}`)
  }

  raise(tenant: string): void {
    this.raised.set(tenant, (this.raised.get(tenant) ?? 0) + 1)
  }
}

/**
 * So many jobs of each of so many tenants, all mixed, go through every facade with random delays, errors and timeouts. What they keep,
 * under the same keys for all, bears their tenant's mark. Answers what was read that bears another's.
 */
export async function mixTenants(facades: Omit<World, 'origin'>, tenants = 100, jobsEach = 100): Promise<string[]> {
  Auth.configure({ secrets: ['the secret of the mixed tenants'] })
  onTestFinished(() => Auth.configure({}))
  const world = { ...facades, origin: await markServer() }
  const witness = new Witness()
  const mix = defineJob(
    'mix',
    { input: unchecked<Input>(), attempts: 4, backoff: { kind: 'fixed', baseMs: 1 } },
    (input, job) => goThrough(world, witness, input, job),
  )
  const ended = heard('job.ended')
  const { client, worker } = await working([mix], { concurrency: 2_000 })
  const hasty = await enqueueAll(client, mix, tenants, jobsEach)
  await worker.idle({ delayed: true })
  const count = (verdict: string) => ended.filter((one) => one.verdict === verdict).length
  expect(witness.looks).toBeGreaterThan(tenants * jobsEach * 5)
  expect(count('done') + count('dead')).toBe(tenants * jobsEach)
  // Only those that are told to stop after a moment may have no luck four times: none fails with the reason of another.
  const dead = ended.filter((one) => one.verdict === 'dead').map(({ id }) => id)
  expect(dead.filter((id) => !hasty.has(id))).toEqual([])
  expect(count('retry')).toBeGreaterThan(tenants)
  expect(witness.raised.size).toBe(tenants)
  for (const [tenant, raised] of witness.raised) {
    expect(await world.session.ofTenant(tenant).get('count')).toEqual({ mark: tenant, count: raised })
  }
  return witness.foreign
}

/** Answers the ids of those that are told to stop after a moment. */
async function enqueueAll(client: Client, mix: Handler<Input, Input, void>, tenants: number, jobsEach: number) {
  const hasty = new Set<string>()
  const all = Array.from({ length: tenants * jobsEach }, async (_, i) => {
    const [n, tenant] = [Math.floor(i / tenants), `tenant ${i % tenants}`]
    const fate = fates[n % 20]
    const hangs = fate !== undefined && fate !== 'throws'
    const options = { tenant, as: { id: `user ${n}`, tenant }, ...(hangs && { timeoutMs: 300 }) }
    const { id } = await client.enqueue(mix, fate === undefined ? { n } : { n, fate }, options)
    if (hangs) hasty.add(id)
  })
  await Promise.all(all)
  return hasty
}

async function goThrough(world: World, witness: Witness, { n, fate }: Input, job: JobContext): Promise<void> {
  const { cache, session } = world
  const tenant = job.tenant!
  const look = (where: string) => (value: unknown) => witness.look(value, tenant, where)
  look('principal')(Auth.require().tenant)
  await sleep(Math.random() * 4)
  await readAll(world, n, tenant, look)
  await Auth.actAs({ id: `guest ${n}`, tenant }, async () => {
    await cache.set(`own ${n % 5}`, { mark: tenant }, 1 + Math.random() * 50, { tags: [`tag ${n % 3}`] })
    if (n % 10 === 0) await cache.invalidate('tag 0')
    if (n % 11 === 0) await cache.delete(`own ${n % 5}`)
    look('guest')(Auth.user()!.tenant)
    look('guest')(Auth.user()!.id === `guest ${n}` ? tenant : Auth.user()!.id)
  })
  look('principal')(Auth.user()!.id === `user ${n}` ? tenant : Auth.user()!.id)
  if (job.attempt === 1) await befall(fate, cache, n, job)
  if (n % 4 === 0) {
    await session.of('user').update<Marked>('last', (value) => {
      look('named session')(value)
      return { mark: tenant }
    })
  }
  await session.set(`job ${n}`, { mark: tenant })
  if (n % 5 === 0 && fate === undefined) {
    await session.update<Marked>('count', (value) => {
      look('session')(value)
      return { mark: tenant, count: (value?.count ?? 0) + 1 }
    })
    witness.raise(tenant)
  }
}

async function readAll(world: World, n: number, tenant: string, look: (where: string) => (value: unknown) => void) {
  const { cache, session, origin } = world
  const made = async () => {
    await sleep(Math.random() * 5)
    if (Math.random() < 0.1) throw new Error(tenant)
    return { mark: tenant }
  }
  await Promise.all([
    cache
      .remember(`made ${n % 5}`, 5 + Math.random() * 50, made, { staleMs: 20 })
      .then(look('remember'), (error: Error) => {
        if (!error.message.startsWith('tenant ')) throw error
        look('what was not made')(error.message)
      }),
    cache.get(`own ${n % 5}`).then(look('cache')),
    session.get(`job ${n}`).then(look('session')),
    n % 4 === 0
      ? Http.get(`${origin}/${encodeURIComponent(tenant)}`).then(async (one) => look('http')(await one.json()))
      : 0,
  ])
}

async function befall(fate: Input['fate'], cache: CacheClient, n: number, { signal }: JobContext): Promise<void> {
  const forEver = () => sleep(60_000, undefined, { signal })
  if (fate === 'throws') throw new Error('as planned')
  if (fate === 'hangs') await forEver()
  if (fate === 'makes for ever') await cache.remember(`never ${n}`, 50, forEver)
}

/** Answers the mark that it was asked for, after a while. */
async function markServer(): Promise<string> {
  const server = createServer((request, response) => {
    const mark = decodeURIComponent(request.url!.slice(1))
    setTimeout(() => response.end(JSON.stringify({ mark })), Math.random() * 5)
  }).listen(0, '127.0.0.1')
  await new Promise((resolve) => server.once('listening', resolve))
  onTestFinished(() => {
    server.closeAllConnections()
    server.close()
  })
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}
