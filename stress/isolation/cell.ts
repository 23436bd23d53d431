import { spawn } from 'node:child_process'
import { join } from 'node:path'
import { type Client, connect } from '../../src/index.ts'
import { sqliteStore } from '../chaos/store.ts'
import { siblingScript } from '../service/sibling.ts'
import type { LifeSettings } from './cell.child.ts'
import { findBacking } from './backing.ts'
import { hostileJob, type HostileInput, innocentJob } from './jobs.ts'
import { type CellReport, judge } from './judge.ts'
import type { Mode, PlacedKind } from './kind.ts'
import { EchoServices } from './services.ts'
import { type Line, readTrace } from './trace.ts'

export interface CellOptions {
  mode: Mode
  innocents: number
  concurrency?: number
}

const livesMax = 6
const lifeMsMax = 120_000

/** One kind of hostile job among innocents, in worker processes of its own. */
export async function runCell(kind: PlacedKind, options: CellOptions): Promise<CellReport> {
  const { mode, innocents } = options
  await using services = await EchoServices.start()
  await using store = await sqliteStore()
  await using client = await connect(store.url)
  const trace = join(store.folder, 'trace.jsonl')
  const backing = await findBacking(store.folder)
  const places = { ...backing, trace, kind: kind.name, httpPort: services.httpPort, linePort: services.linePort }
  const ids = await enqueue(client, kind, innocents, places)
  const concurrency = options.concurrency ?? Math.max(20, Math.min(300, innocents / 2))
  const settings = {
    ...places,
    url: store.workerUrl,
    mode,
    concurrency: mode === 'strict' ? 1 : concurrency,
    company: mode === 'strict' ? 0 : Math.min(concurrency, innocents) / 2,
  }
  const exits: (number | null)[] = []
  const said: string[] = []
  while (exits.length < livesMax && exits.at(-1) !== 0) {
    const ended = await live({ ...settings, life: exits.length + 1 })
    exits.push(ended.code)
    if (ended.code !== 0 && ended.code !== 70) said.push(`a process said: ${ended.said.slice(-1_000)}`)
  }
  const { failed, hostile } = await ends(client, ids)
  const innocentIds = new Set(ids.innocents.keys())
  const lines = withIds(readTrace(trace), ids)
  const report = judge({ kind, mode, lines, exits, innocents: innocentIds, failed, hostile })
  report.problems.push(...said)
  report.ok &&= said.length === 0
  return report
}

interface Ids {
  /** Id and tag. */
  innocents: Map<string, string>
  hostile: Set<string>
}

/** The hostile ones stand among the first third, so that all of the others run beside or after them. */
async function enqueue(
  client: Client,
  kind: PlacedKind,
  innocents: number,
  places: Omit<HostileInput, 'n'>,
): Promise<Ids> {
  const jobs = kind.jobs ?? (kind.production.condemned === true ? 1 : 2)
  const ids: Ids = { innocents: new Map(), hostile: new Set() }
  const stretch = Math.floor(innocents / 3 / jobs)
  let tags = 0
  const add = async (count: number) => {
    const inputs = Array.from({ length: count }, () => ({ tag: `innocent ${++tags}` }))
    const sent = await client.enqueueMany(innocentJob, inputs)
    sent.forEach(({ id }, i) => ids.innocents.set(id, inputs[i]!.tag))
  }
  for (let n = 0; n < jobs; n++) {
    await add(stretch)
    ids.hostile.add((await client.enqueue(hostileJob, { ...places, n })).id)
  }
  await add(innocents - tags)
  return ids
}

/** Innocents write down what they see under their tag. */
function withIds(lines: readonly Line[], { innocents }: Ids): Line[] {
  const idOf = new Map([...innocents].map(([id, tag]) => [tag, id]))
  return lines.map((line) => ('id' in line ? { ...line, id: idOf.get(line.id) ?? line.id } : line))
}

async function live(settings: LifeSettings): Promise<{ code: number | null; said: string }> {
  const script = siblingScript(import.meta.url, 'cell.child')
  // A timezone and a umask that are known, so that a change is one.
  const env = { ...process.env, TZ: 'UTC' }
  const child = spawn(process.execPath, [script, JSON.stringify(settings)], {
    env,
    stdio: ['ignore', 'ignore', 'pipe'],
  })
  let said = ''
  child.stderr.on('data', (chunk: Buffer) => (said += chunk.toString()))
  const end = () => void child.kill('SIGKILL')
  const timer = setTimeout(end, lifeMsMax)
  process.once('exit', end)
  const code = await new Promise<number | null>((resolve) => child.once('close', resolve))
  clearTimeout(timer)
  process.off('exit', end)
  return { code, said }
}

/** How the store says that they ended. */
async function ends(client: Client, { innocents, hostile }: Ids) {
  const failed = new Map<string, string>()
  const states = new Map<string, string>()
  const ids = [...innocents.keys(), ...hostile]
  for (let start = 0; start < ids.length; start += 500) {
    const some = ids.slice(start, start + 500)
    const records = await client.find(some)
    records.forEach((record, i) => {
      const id = some[i]!
      const tag = innocents.get(id)
      if (tag === undefined) states.set(id, record?.state ?? 'gone')
      else if (record?.state !== 'done') failed.set(id, `is ${record?.state ?? 'gone'}: ${record?.error ?? ''}`)
      else if (record.result !== JSON.stringify({ tag })) failed.set(id, `came to ${record.result ?? 'nothing'}`)
      else if (record.attempts !== 1) failed.set(id, `took ${record.attempts} attempts`)
    })
  }
  return { failed, hostile: states }
}
