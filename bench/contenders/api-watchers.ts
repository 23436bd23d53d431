import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { get, type IncomingMessage } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { connect } from '../../src/index.ts'
import { apiJobs, noop } from './api-jobs.ts'
import { input, report } from './input.ts'

// The real thing: `fiber-work work --http`, which is a supervisor, a worker and an API process; what watches is this process.
const given = input({ redis: '', watchers: 100, jobsPerSecond: 1_000, seconds: 8, turns: 2, settleMs: 1_500 })
const producerMs = 10
/** Linux tells CPU time in these. */
const tickMs = 10
const bin = join(import.meta.dirname, '..', '..', 'src', 'cli', 'bin.js')

const folder = mkdtempSync(join(tmpdir(), 'fiber-work-bench-'))
const flags = ['--url', given.redis, '--jobs', apiJobs, '--http', '127.0.0.1:0', '--control', join(folder, 'control')]
const product = spawn(process.execPath, [bin, 'work', ...flags], { stdio: ['ignore', 'ignore', 'pipe'] })
process.on('exit', () => product.kill('SIGKILL'))
for (const signal of ['SIGTERM', 'SIGINT'] as const) process.on(signal, () => process.exit(1))

function servedAt(): Promise<string> {
  let text = ''
  return new Promise((resolve, reject) => {
    product.stderr.setEncoding('utf8').on('data', (chunk: string) => {
      text += chunk
      const url = /the API is served at (http[^\s"]+)/.exec(text)?.[1]
      if (url !== undefined) resolve(url)
    })
    product.once('exit', () => reject(new Error(`fiber-work ended: ${text}`)))
  })
}

async function json<Answer>(path: string): Promise<Answer> {
  return (await (await fetch(url + path)).json()) as Answer
}

/** The processes of a supervisor: those that the API knows are workers, the other one serves. */
async function processes(): Promise<{ api: number; workers: number[] }> {
  const { processes } = await json<{ processes: { pid: number }[] }>('/v1/processes')
  const workers = processes.map(({ pid }) => pid)
  const children = readFileSync(`/proc/${product.pid}/task/${product.pid}/children`, 'utf8')
    .trim()
    .split(' ')
    .map(Number)
  return { api: children.find((pid) => !workers.includes(pid))!, workers }
}

/** CPU time of a process so far, all of its threads. */
function cpuMs(pid: number): number {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]!.split(' ')
  return (Number(fields[11]) + Number(fields[12])) * tickMs
}

interface Watching {
  bytes: () => number
  end: () => void
}

async function watch(count: number): Promise<Watching> {
  let bytes = 0
  const streams: IncomingMessage[] = []
  for (let n = 0; n < count; n++) {
    const request = get(`${url}/v1/events`, { agent: false })
    const [stream] = (await once(request, 'response')) as [IncomingMessage]
    if (stream.statusCode !== 200) throw new Error(`a watcher was answered ${stream.statusCode}`)
    stream.on('data', (chunk: Buffer) => void (bytes += chunk.length)).on('error', () => {})
    streams.push(stream)
  }
  return { bytes: () => bytes, end: () => streams.forEach((stream) => stream.destroy()) }
}

/** Percent of a core that each takes while jobs run and so many watch. */
async function phase(watchers: number): Promise<Record<'api' | 'worker' | 'supervisor' | 'bytesPerSecond', number>> {
  const watching = await watch(watchers)
  await sleep(given.settleMs)
  const of = { api: [api], worker: workers, supervisor: [product.pid!] }
  const sum = (pids: number[]) => pids.reduce((total, pid) => total + cpuMs(pid), 0)
  const before = { api: sum(of.api), worker: sum(of.worker), supervisor: sum(of.supervisor), bytes: watching.bytes() }
  const started = performance.now()
  await sleep(given.seconds * 1_000)
  const wallMs = performance.now() - started
  const percent = (who: 'api' | 'worker' | 'supervisor') => (100 * (sum(of[who]) - before[who])) / wallMs
  const bytes = watching.bytes() - before.bytes
  const found = { api: percent('api'), worker: percent('worker'), supervisor: percent('supervisor') }
  watching.end()
  return { ...found, bytesPerSecond: (1_000 * bytes) / wallMs / Math.max(1, watchers) }
}

const url = await servedAt()
const { api, workers } = await processes()
await using client = await connect(given.redis)
let due = 0
let sent = 0
const pad = 'x'.repeat(180)
const producing = setInterval(() => {
  due += (given.jobsPerSecond * producerMs) / 1_000
  const inputs = Array.from({ length: Math.floor(due) }, () => ({ n: sent++, pad }))
  due -= inputs.length
  void client.enqueueMany(noop, inputs)
}, producerMs)

await sleep(given.settleMs)
const idle: Awaited<ReturnType<typeof phase>>[] = []
const watched: Awaited<ReturnType<typeof phase>>[] = []
for (let turn = 0; turn < given.turns; turn++) {
  idle.push(await phase(0))
  watched.push(await phase(given.watchers))
}
clearInterval(producing)
const mean = (of: typeof idle, field: keyof (typeof idle)[0]) =>
  of.reduce((sum, one) => sum + one[field], 0) / of.length
report({
  apiPercent: mean(watched, 'api') - mean(idle, 'api'),
  workerPercent: mean(watched, 'worker') - mean(idle, 'worker'),
  supervisorPercent: mean(watched, 'supervisor') - mean(idle, 'supervisor'),
  apiIdlePercent: mean(idle, 'api'),
  workerIdlePercent: mean(idle, 'worker'),
  watcherKbPerSecond: mean(watched, 'bytesPerSecond') / 1_000,
})
product.kill('SIGTERM')
await once(product, 'exit')
rmSync(folder, { recursive: true, force: true })
