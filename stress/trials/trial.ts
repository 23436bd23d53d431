import { spawn } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Client, connect, type JobRecord } from '../../src/index.ts'
import { siblingScript } from '../service/sibling.ts'
import { type Effect, faultsIn } from './check.ts'
import { definitions } from './jobs.ts'
import type { TrialPlace } from './place.ts'
import { type Point, points, type Way } from './points.ts'
import type { ChildSettings } from './worker.child.ts'

const leaseMs = 400
/** A child that neither ends nor is killed is taken for hung. */
const childMsMax = 300_000

export interface TrialOptions {
  way: Way
  kills: number
  /** Where, in turns. */
  at?: readonly Point[]
  /** Processes at once. */
  parallel?: number
  onKill?: (kills: number) => void
}

export interface TrialResult {
  jobs: number
  kills: Record<string, number>
  faults: string[]
}

/** Kills worker processes at enumerated points until it is enough, lets the rest be worked off, and counts the effects. */
export async function runTrial(place: TrialPlace, options: TrialOptions): Promise<TrialResult> {
  const { way, kills, at = points, parallel = 3, onKill } = options
  await using client = await connect(place.url)
  const { charge } = definitions(place)
  const ids: string[] = []
  const add = async (count: number) => {
    for (const { id } of await client.enqueueMany(charge, Array<undefined>(count).fill(undefined))) ids.push(id)
  }
  await add(kills)
  const killed: Record<string, number> = {}
  let begun = 0
  let done = 0
  const line = async () => {
    while (begun < kills) {
      const point = at[begun++ % at.length]!
      while ((await child({ ...settingsOf(place, way), killAt: point })) === 'ended') await add(2 * parallel)
      killed[point] = (killed[point] ?? 0) + 1
      onKill?.(++done)
    }
  }
  await Promise.all(Array.from({ length: parallel }, line))
  const toTheEnd = () => child({ ...settingsOf(place, way), killAt: undefined })
  await toTheEnd()
  // Innocent neighbours of kills, a few: they ran beside too many of them.
  const quarantined = (await recordsOf(client, place.queue)).filter(({ state }) => state === 'quarantined')
  if (quarantined.length > 0) {
    await client.retry(quarantined.map(({ job }) => job.id))
    await toTheEnd()
  }
  const effects = await place.db.query<Effect & object>(`select job, step, token from ${place.table}`)
  return { jobs: ids.length, kills: killed, faults: faultsIn(ids, await recordsOf(client, place.queue), effects) }
}

function settingsOf({ url, dbUrl, queue, table }: TrialPlace, way: Way): Omit<ChildSettings, 'killAt'> {
  return { url, db: dbUrl, queue, table, leaseMs, way }
}

/** Throws when it ended in any other way than by the kill that it was to have, or by itself. */
function child(settings: ChildSettings): Promise<'killed' | 'ended'> {
  const script = siblingScript(import.meta.url, 'worker.child')
  const env = { ...process.env, NODE_COMPILE_CACHE: compiled() }
  const worker = spawn(process.execPath, [script, JSON.stringify(settings)], {
    env,
    stdio: ['ignore', 'ignore', 'pipe'],
  })
  let said = ''
  worker.stderr.on('data', (chunk: Buffer) => (said = (said + chunk.toString()).slice(-4_000)))
  return new Promise((resolve, reject) => {
    const hung = setTimeout(() => worker.kill('SIGQUIT'), childMsMax)
    worker.once('close', (code, signal) => {
      clearTimeout(hung)
      if (signal === 'SIGKILL' && settings.killAt !== undefined) resolve('killed')
      else if (code === 0) resolve('ended')
      else reject(new Error(`A worker (${settings.killAt ?? 'to the end'}) ended with ${code ?? signal}: ${said}`))
    })
  })
}

let cache: string | undefined

/** What Node has compiled once, for all processes of a run: most of a short life would go into that. */
function compiled(): string {
  if (cache !== undefined) return cache
  const folder = (cache = mkdtempSync(join(tmpdir(), 'fiber-work-trials-')))
  process.once('exit', () => rmSync(folder, { recursive: true, force: true }))
  return folder
}

async function recordsOf(client: Client, queue: string): Promise<JobRecord[]> {
  const records: JobRecord[] = []
  let cursor: string | undefined
  do {
    const page = await client.list({ queue }, { limit: 1_000, ...(cursor !== undefined && { cursor }) })
    records.push(...page.jobs)
    cursor = page.cursor
  } while (cursor !== undefined)
  return records
}
