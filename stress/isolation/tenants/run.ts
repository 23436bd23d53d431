import { dirname } from 'node:path'
import { on } from '../../../src/base/emit.ts'
import { type Client, connect, defineJob, unchecked } from '../../../src/index.ts'
import { FaultProxy } from '../../proxy/proxy.ts'
import { temporaryStore } from '../../run/store.ts'
import { EchoServices } from '../services.ts'
import { type Backing, configure, findBacking } from '../backing.ts'
import type { Door, Place } from '../doors.ts'
import { db, makeTable } from '../facade-doors.ts'
import { exported } from '../needs.ts'
import { hurt } from './faults.ts'
import { tenantDoors, tenantOf } from './tenant-doors.ts'

export interface TenantsOptions {
  tenants: number
  /** Of each tenant. */
  jobs: number
  concurrency: number
  /** Connections break, halt and are refused meanwhile, and calls time out. */
  faults: boolean
}

/** What came of a run. */
export interface TenantsReport {
  ok: boolean
  problems: string[]
  jobs: number
  done: number
  /** Values that came back through each door and were the job's own. */
  own: Record<string, number>
  /** Values that were another's: none, or the run fails. The first few of them. */
  foreign: { door: string; expected: string; seen: string }[]
  /** The most tenants that had a job running at once. */
  tenantsAtOnce: number
  /** Calls that failed, by code: only where connections break. */
  failed: Record<string, number>
  /** How often each fault was done. */
  faults: Record<string, number>
  wallMs: number
}

const queue = 'tenants'
const foreignMax = 20
const pauseMsMax = 10
/** So long a run takes at least where connections break: each way to break them has its turn, twice. */
const faultyMs = 5_000
/** Where connections break, some calls end by their own deadline, some by the job's. */
const [callMs, jobMs] = [1_000, 3_000]

const tenantJob = defineJob('tenant-job', {
  input: unchecked<{ tag: string }>(),
  queue,
  tenant: ({ tag }) => tenantOf(tag),
  attempts: 1_000,
  backoff: { kind: 'fixed', baseMs: 100, jitter: 'full' },
  stuckMs: 1_000,
  keep: false,
})

/** Many tenants' jobs, interleaved over every facade: each sends its own name through all doors, and must get it back. */
export async function runTenants(options: TenantsOptions): Promise<TenantsReport> {
  const { tenants, jobs, concurrency, faults } = options
  await using services = await EchoServices.start()
  using store = temporaryStore()
  const backing = await findBacking(dirname(store.path))
  await using proxies = new AsyncDisposableStack()
  const through = async (url: string) => {
    const { hostname, port } = new URL(url)
    return proxies.use(await FaultProxy.start({ host: hostname, port: Number(port || standardPort(url)) }))
  }
  const http = await through(`http://127.0.0.1:${services.httpPort}`)
  const hurtable = [http]
  if (faults) hurtable.push(...(await between(backing, through)))
  configure(backing)
  const doors = tenantDoors(await makeTable(backing))
  const steps = (tenants * jobs * doors.length) / concurrency
  const pauseMs = faults ? Math.max(pauseMsMax, (2 * faultyMs) / steps) : pauseMsMax
  await using client = await connect(store.url)
  const tally = new Tally()
  const end = new AbortController()
  const startedMs = performance.now()
  await enqueue(client, options)
  const hurting = faults ? hurt(hurtable, end.signal) : Promise.resolve({})
  await using worker = await client.work(
    [tenantHandler(tally, doors, { service: `http://127.0.0.1:${http.port}`, ...(faults && { callMs }) }, pauseMs)],
    {
      concurrency,
      ownProcess: true,
    },
  )
  await worker.idle({ delayed: true })
  end.abort()
  tally.end()
  await letGo(backing)
  return reportOf(options, doors, tally, await hurting, performance.now() - startedMs)
}

/** What the handlers saw. */
class Tally {
  readonly own: Record<string, number> = {}
  readonly foreign: TenantsReport['foreign'] = []
  readonly failed: Record<string, number> = {}
  readonly running = new Map<string, number>()
  tenantsAtOnce = 0
  foreignCount = 0
  done = 0
  readonly end: () => void

  constructor() {
    // Whose log lines are told as whose.
    this.end = on('job.log', ({ tenant, message }) => this.saw('the log', message, tenantOf(message), String(tenant)))
  }

  saw(door: string, tag: string, expected: string, seen: string): void {
    if (seen === expected) {
      this.own[door] = (this.own[door] ?? 0) + 1
    } else {
      this.foreignCount++
      if (this.foreign.length < foreignMax) this.foreign.push({ door, expected: tag, seen })
    }
  }

  enter(tenant: string): void {
    this.running.set(tenant, (this.running.get(tenant) ?? 0) + 1)
    this.tenantsAtOnce = Math.max(this.tenantsAtOnce, this.running.size)
  }

  leave(tenant: string): void {
    const left = this.running.get(tenant)! - 1
    if (left === 0) this.running.delete(tenant)
    else this.running.set(tenant, left)
  }
}

function tenantHandler(tally: Tally, doors: readonly Door[], place: Place, pauseMs: number) {
  return tenantJob.handle(async ({ tag }, job) => {
    const tenant = tenantOf(tag)
    tally.enter(tenant)
    job.scope.set('tag', tag)
    job.log.info(tag)
    try {
      const first = Math.floor(Math.random() * doors.length)
      for (let i = 0; i < doors.length; i++) {
        const { name, visit } = doors[(first + i) % doors.length]!
        tally.saw(name, tag, tag, String(await visit(tag, job, place)))
        await new Promise((resolve) => setTimeout(resolve, Math.random() * pauseMs))
      }
      tally.done++
    } catch (error) {
      const code = nameOf(error)
      tally.failed[code] = (tally.failed[code] ?? 0) + 1
      throw error
    } finally {
      tally.leave(tenant)
    }
  })
}

function nameOf(error: unknown): string {
  const { code, name } = error as { code?: unknown; name?: unknown }
  return String(code ?? name ?? error)
}

/** One of each tenant in turn. */
async function enqueue(client: Client, { tenants, jobs, faults }: TenantsOptions): Promise<void> {
  for (let n = 0; n < jobs; n++) {
    await client.enqueueMany(
      tenantJob,
      Array.from({ length: tenants }, (_, tenant) => ({ tag: `tenant-${tenant}/${n}` })),
      faults ? { timeoutMs: jobMs } : {},
    )
  }
}

function reportOf(
  { tenants, jobs, faults, concurrency }: TenantsOptions,
  doors: readonly Door[],
  tally: Tally,
  done: Record<string, number>,
  wallMs: number,
): TenantsReport {
  const { own, foreign, foreignCount, failed, tenantsAtOnce } = tally
  const all = tenants * jobs
  const few = Math.min(tenants, concurrency) / 2
  const failures = Object.values(failed).reduce((sum, count) => sum + count, 0)
  const problems = [
    ...(foreignCount === 0 ? [] : [`${foreignCount} values were another's`]),
    ...(tally.done >= all ? [] : [`${tally.done} of ${all} jobs came to their end`]),
    ...doors.flatMap(({ name }) =>
      (own[name] ?? 0) >= all ? [] : [`only ${own[name] ?? 0} values came through ${name}`],
    ),
    ...(tenantsAtOnce >= few ? [] : [`shows nothing: only ${tenantsAtOnce} tenants at once`]),
    ...(faults ? unseen(failed) : []),
    ...(faults || failures === 0 ? [] : [`${failures} calls failed, and nothing was done to the connections`]),
  ]
  return {
    ok: problems.length === 0,
    problems,
    jobs: all,
    done: tally.done,
    own,
    foreign,
    tenantsAtOnce,
    failed,
    faults: done,
    wallMs,
  }
}

/** What broken connections must have come to. */
function unseen(failed: Record<string, number>): string[] {
  const kinds = {
    'a connection error': ['FW_HTTP_FAILED', 'TypeError'],
    'a timeout': ['FW_CALL_TIMEOUT', 'FW_HANDLER_TIMEOUT'],
  }
  return Object.entries(kinds)
    .filter(([, codes]) => codes.every((code) => failed[code] === undefined))
    .map(([what]) => `shows nothing: no call ended with ${what}`)
}

const standardPort = (url: string) => (url.startsWith('redis') ? 6379 : 5432)

/** Put proxies between the facades and the servers that they talk to; a file has none. */
async function between(backing: Backing, through: (url: string) => Promise<FaultProxy>): Promise<FaultProxy[]> {
  const proxies: FaultProxy[] = []
  const led = async (url: string) => {
    const proxy = await through(url)
    proxies.push(proxy)
    const other = new URL(url)
    other.host = `127.0.0.1:${proxy.port}`
    return other.href
  }
  if (!backing.dbUrl.startsWith('sqlite:')) backing.dbUrl = await led(backing.dbUrl)
  if (backing.redisUrl !== undefined) backing.redisUrl = await led(backing.redisUrl)
  return proxies
}

async function letGo({ mark }: Backing): Promise<void> {
  await db?.run(`drop table if exists ${mark}`)
  const closable = ['Db', 'Cache', 'Session', 'RateLimit'].map((name) => exported<{ close(): Promise<void> }>(name))
  for (const facade of closable) await facade?.close()
}
