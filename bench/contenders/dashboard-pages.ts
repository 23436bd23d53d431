import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { apiClient } from '../../src/client.ts'
import { connect } from '../../src/index.ts'
import { dashboardJobs } from './dashboard-jobs.ts'
import { fill, takeTurns } from './dashboard-turns.ts'
import { input, report } from './input.ts'

// The real thing: `fiber-work work --http`, which is a supervisor, a worker and an API process. The pages are of this process: the requests
// of the overview, as often as it sends them, without a browser, which would take the cores.
const given = input({ pages: 1, turns: 5, seconds: 3, settleMs: 1_000 })
const bin = join(import.meta.dirname, '..', '..', 'src', 'cli', 'bin.js')
const folder = mkdtempSync(join(tmpdir(), 'fiber-work-bench-'))
const store = `sqlite:${join(folder, 'jobs.db')}`
const client = await connect(store)
await fill(client, given)
await client.close()

const flags = ['--url', store, '--jobs', dashboardJobs, '--http', '127.0.0.1:0', '--control', join(folder, 'control')]
const product = spawn(process.execPath, [bin, 'work', ...flags], { stdio: ['ignore', 'ignore', 'pipe'] })
process.on('exit', () => product.kill('SIGKILL'))
for (const signal of ['SIGTERM', 'SIGINT'] as const) process.on(signal, () => process.exit(1))

const url = await servedAt()
const api = apiClient(url)

function servedAt(): Promise<string> {
  let text = ''
  return new Promise((resolve, reject) => {
    product.stderr.setEncoding('utf8').on('data', (chunk: string) => {
      text += chunk
      const served = /the API is served at (http[^\s"]+)/.exec(text)?.[1]
      if (served !== undefined) resolve(served)
    })
    product.once('exit', () => reject(new Error(`fiber-work ended: ${text}`)))
  })
}

async function done(): Promise<number> {
  const { processes, missing } = await api.workers.processes()
  if (missing.length > 0) throw new Error(missing.join())
  return processes.reduce((sum, { snapshot }) => sum + (snapshot as { totals: { done: number } }).totals.done, 0)
}

/** What an open overview asks for: dashboard/web/data and pages/overview. */
function openPage(): () => Promise<void> {
  const left = new AbortController()
  const { signal } = left
  const everySo = async (ms: number, ask: () => Promise<unknown>) => {
    while (!signal.aborted) {
      await ask()
      await sleep(ms, undefined, { signal }).catch(() => {})
    }
  }
  const hear = async () => {
    for await (const _event of api.events({ event: ['queue.depth', 'process'], signal })) continue
  }
  const all = [
    hear(),
    everySo(2_000, () => api.queues.list()),
    everySo(3_000, () => api.queues.limiters()),
    everySo(5_000, () => api.jobs.list({ states: ['dead', 'quarantined'] }, { limit: 200 })),
  ]
  return async () => {
    left.abort()
    await Promise.allSettled(all)
  }
}

async function look(): Promise<() => Promise<void>> {
  const pages = Array.from({ length: given.pages }, openPage)
  return async () => void (await Promise.all(pages.map((leave) => leave())))
}

report(await takeTurns(given, done, look))
product.kill('SIGTERM')
await once(product, 'exit')
rmSync(folder, { recursive: true, force: true })
