import { dirname } from 'node:path'
import { on } from '../../../src/base/emit.ts'
import { type Client, connect, createDb, defineJob, unchecked } from '../../../src/index.ts'
import { FaultProxy } from '../../proxy/proxy.ts'
import { temporaryStore } from '../../run/store.ts'
import { EchoServices } from '../services.ts'
import { type Backing, configure, findBacking } from '../backing.ts'
import type { Door, Place } from '../doors.ts'
import { makeTable } from '../facade-doors.ts'
import { exported } from '../needs.ts'
import { hurt } from './faults.ts'
import { Progress } from './progress.ts'
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
/** So many jobs are done, as a part of all, between two rounds of faults. */
const roundShare = 0.1
/** A run in which no job was done for this long stands still. */
const stillMs = 60_000
/** The table goes at once, unless somebody has a lock on it. */
const dropMsMax = 30_000
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
  const { dbUrl } = backing
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
  const all = tenants * jobs
  const rounds = { next: () => tally.progress.more(Math.ceil(all * roundShare), end.signal), over: end.signal }
  const hurting = faults ? hurt(hurtable, rounds) : Promise.resolve({})
  await using worker = await client.work(
    [tenantHandler(tally, doors, { service: `http://127.0.0.1:${http.port}`, ...(faults && { callMs }) }, pauseMs)],
    {
      concurrency,
      ownProcess: true,
    },
  )
  const working = async () => {
    const over = worker.idle({ delayed: true }).then((): string[] => [])
    const standing = await Promise.race([over, tally.progress.untilStanding(stillMs, end.signal)])
    end.abort()
    return standing
  }
  const [standing, done] = await Promise.all([working(), hurting])
  tally.end()
  // Jobs that stand still are told to end first: they may hold what is to be closed.
  if (standing.length > 0) await worker.stop({ graceMs: 0 })
  await letGo(dbUrl, backing)
  return reportOf(options, doors, { tally, standing, done, wallMs: performance.now() - startedMs })
}

/** What the handlers saw. */
class Tally {
  readonly own: Record<string, number> = {}
  readonly foreign: TenantsReport['foreign'] = []
  readonly failed: Record<string, number> = {}
  readonly running = new Map<string, number>()
  tenantsAtOnce = 0
  foreignCount = 0
  readonly progress = new Progress()
  readonly end: () => void

  constructor() {
    // Whose log lines are told as whose.
    const log = on('job.log', ({ tenant, message }) => this.saw('the log', message, tenantOf(message), String(tenant)))
    const ended = on('job.ended', ({ verdict }) => {
      if (verdict === 'done') this.progress.ended()
    })
    this.end = () => [log, ended].forEach((end) => end())
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
        tally.progress.at(tag, name)
        tally.saw(name, tag, tag, String(await visit(tag, job, place)))
        await new Promise((resolve) => setTimeout(resolve, Math.random() * pauseMs))
      }
    } catch (error) {
      const code = nameOf(error)
      tally.failed[code] = (tally.failed[code] ?? 0) + 1
      throw error
    } finally {
      tally.progress.left(tag)
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

/** What came of it. */
interface Outcome {
  tally: Tally
  /** What stood still when it was given up. */
  standing: string[]
  /** The faults. */
  done: Record<string, number>
  wallMs: number
}

function reportOf(
  { tenants, jobs, faults, concurrency }: TenantsOptions,
  doors: readonly Door[],
  { tally, standing, done, wallMs }: Outcome,
): TenantsReport {
  const { own, foreign, foreignCount, failed, tenantsAtOnce, progress } = tally
  const all = tenants * jobs
  const few = Math.min(tenants, concurrency) / 2
  const failures = Object.values(failed).reduce((sum, count) => sum + count, 0)
  const foreigners = foreignCount === 0 ? [] : [`${foreignCount} values were another's`]
  const missing = [
    ...(progress.done === all ? [] : [`${progress.done} of ${all} jobs are done`]),
    ...doors.flatMap(({ name }) =>
      (own[name] ?? 0) >= all ? [] : [`only ${own[name] ?? 0} values came through ${name}`],
    ),
    ...(tenantsAtOnce >= few ? [] : [`shows nothing: only ${tenantsAtOnce} tenants at once`]),
    ...(faults ? unseen(failed) : []),
    ...(faults || failures === 0 ? [] : [`${failures} calls failed, and nothing was done to the connections`]),
  ]
  // Of a run that was given up, where it stood says all.
  const problems = [...foreigners, ...(standing.length > 0 ? standing : missing)]
  return {
    ok: problems.length === 0,
    problems,
    jobs: all,
    done: progress.done,
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

/** The table goes by a way of its own: connections of the pool may have been broken a moment ago. */
async function letGo(dbUrl: string, { mark }: Backing): Promise<void> {
  const closable = ['Db', 'Cache', 'Session', 'RateLimit'].map((name) => exported<{ close(): Promise<void> }>(name))
  for (const facade of closable) await facade?.close()
  const own = createDb(dbUrl)
  try {
    await own.run(`drop table if exists ${mark}`, [], { timeoutMs: dropMsMax })
  } finally {
    await own.close()
  }
}
