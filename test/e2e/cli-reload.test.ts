import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { type CliProject, eventually, makeCliProject, type Running } from '../support/cli-project.ts'

interface Count {
  ready: number
  delayed: number
  running: number
  done: number
  dead: number
  quarantined: number
}
interface Report {
  ok: boolean
  ready: boolean
  reasons: string[]
  workers: { pid: number }[]
}

let project: CliProject
/** Sockets of this test alone. */
let env: Record<string, string>

beforeEach(() => {
  project = makeCliProject()
  env = { XDG_RUNTIME_DIR: project.folder, RUNTIME_DIRECTORY: '' }
  project.write(
    'jobs/nap.ts',
    `import { setTimeout as sleep } from 'node:timers/promises'
     import { appendFileSync, existsSync } from 'node:fs'
     import { defineJob, unchecked } from 'fiber-work'
     export default defineJob('nap', { input: unchecked<{ n: number }>(), keep: { count: 100_000, ageMs: 3_600_000 } }, async ({ n }) => {
       await sleep(existsSync('slow') ? 200 : 10)
       appendFileSync('done.txt', process.pid + ' ' + n + '\\n')
     })`,
  )
})

afterEach(() => project.remove())

const inputs = (count: number) => Array.from({ length: count }, (_, n) => JSON.stringify({ n })).join('\n')
const counts = async () => (await project.json<{ queues: Count[] }>('stats', { env })).queues[0]!
const urlOf = (worker: Running) =>
  worker.said.stderr
    .matchAll(/http:\/\/127\.0\.0\.1:\d+/g)
    .toArray()
    .at(-1)![0]

async function start(flags: string): Promise<Running> {
  const worker = project.start(`work ${flags} --log-format text`, { env })
  await worker.until('works')
  return worker
}

async function report(url: string): Promise<Report> {
  return (await (await fetch(`${url}/healthz`)).json()) as Report
}

async function stop(worker: Running): Promise<string> {
  worker.child.kill('SIGTERM')
  const { end, stderr } = await worker.ended
  expect(end, stderr).toBe(0)
  return stderr
}

/** Every job has run, and each exactly once. */
function ranOnce(count: number): void {
  const ran = project
    .read('done.txt')
    .trim()
    .split('\n')
    .map((line) => Number(line.split(' ')[1]))
  expect(ran.toSorted((a, b) => a - b)).toEqual(Array.from({ length: count }, (_, n) => n))
}

test('fiber-work reload, in the middle of 10,000 jobs: new processes, never fewer, nothing lost, nothing twice, no attempt burned', async () => {
  project.write('slow', '')
  await project.cli('enqueue nap --lines', { env, input: inputs(10_000) })
  const worker = await start('--processes 2 --concurrency 20 --http 127.0.0.1:0')
  await worker.until('the API is served at')
  const url = urlOf(worker)
  await eventually('both work', async () => (await report(url)).workers.length === 2 && (await report(url)).ok)
  const before = (await report(url)).workers.map(({ pid }) => pid)
  let over = false
  const reloading = project.json('reload', { env }).finally(() => (over = true))
  const reports: Report[] = []
  while (!over) {
    // While the API itself is replaced nobody listens for a moment, and then there is another port.
    const seen = await report(url).catch(() => undefined)
    if (seen !== undefined) reports.push(seen)
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
  expect(await reloading).toEqual({ replaced: 2, processes: 2 })
  expect(reports.length).toBeGreaterThan(5)
  expect(reports.filter(({ ok, workers }) => !ok || workers.length < 2)).toEqual([])
  await eventually('the new API', () => urlOf(worker) !== url)
  const after = (await report(urlOf(worker))).workers.map(({ pid }) => pid)
  expect(after).toHaveLength(2)
  expect(after.filter((pid) => before.includes(pid))).toEqual([])
  expect((await counts()).ready).toBeGreaterThan(0)
  rmSync(join(project.folder, 'slow'))
  await eventually('all are done', async () => (await counts()).done === 10_000, 90_000)
  const stderr = await stop(worker)
  expect(stderr).toMatch(/reloaded: 2 worker processes are new/)
  ranOnce(10_000)
  const { jobs } = await project.json<{ jobs: { attempts: number; crashes: number }[] }>('list --limit 1000', { env })
  expect(jobs.filter(({ attempts, crashes }) => attempts !== 1 || crashes !== 0)).toEqual([])
})

describe('a new configuration', () => {
  const config = (text: string) => project.write('fiber-work.config.ts', `export default ${text}\n`)

  test('holds from the reload on: more processes, other settings', async () => {
    config('{ concurrency: 5 }')
    const worker = await start('')
    await worker.until('5 at once')
    config('{ concurrency: 7, processes: 2 }')
    const { end, stdout } = await project.cli('reload', { env })
    expect([end, stdout]).toEqual([0, '1 of 1 worker processes is new.\n'])
    await eventually('two work with 7', () => worker.said.stderr.match(/works .* 7 at once/g)?.length === 2)
    await stop(worker)
  })

  test('that is not valid is refused, with what is wrong, and the old one goes on', async () => {
    config('{ concurrency: 5 }')
    const worker = await start('')
    config('{ concurency: 7 }')
    const refused = await project.cli('reload --json', { env })
    expect(refused.end).toBe(1)
    expect(JSON.parse(refused.stdout)).toMatchObject({
      error: { code: 'FW_RELOAD_REFUSED', message: expect.stringContaining('Did you mean `concurrency`?') as string },
    })
    expect(worker.said.stderr).toContain('the reload was refused (nothing was replaced)')
    // The command line reads the file as well.
    config('{ concurrency: 5 }')
    await project.cli('enqueue nap --lines', { env, input: inputs(3) })
    await eventually(
      'the old one works',
      () => project.has('done.txt') && project.read('done.txt').split('\n').length === 4,
    )
    await stop(worker)
    ranOnce(3)
  })

  test('--watch-config reloads by itself, and refuses by itself', async () => {
    config('{ concurrency: 5 }')
    const worker = await start('--watch-config')
    config('{ concurrency: 0 }')
    await worker.until('the reload was refused')
    expect(worker.said.stderr).toContain('allowed is an integer from 1 to 100000')
    config('{ concurrency: 9 }')
    await worker.until('reloaded: 1 worker process is new')
    expect(worker.said.stderr).toContain('9 at once')
    await stop(worker)
  })
})

describe('who is meant', () => {
  test('SIGUSR2, --pid and --control reach it too', async () => {
    const worker = await start('--control ./here.sock')
    worker.child.kill('SIGUSR2')
    await worker.until('reloaded: 1')
    expect((await project.cli('reload --control ./here.sock', { env })).end).toBe(0)
    const other = await start('')
    expect((await project.cli(`reload --pid ${other.child.pid}`, { env })).end).toBe(0)
    expect(other.said.stderr).toContain('reloaded: 1')
    await stop(other)
    await stop(worker)
    expect(project.has('here.sock')).toBe(false)
  })

  test('nobody, or two', async () => {
    const none = await project.cli('reload', { env })
    expect([none.end, none.stderr]).toEqual([1, expect.stringContaining('FW_SUPERVISOR_ABSENT')])
    const both = [await start(''), await start('')]
    const two = await project.cli('reload', { env })
    expect([two.end, two.stderr]).toEqual([1, expect.stringMatching(/2 supervisors work in .*--pid \d+ or --pid \d+/)])
    // One is killed, and leaves its socket behind: the other one is meant.
    both[0]!.child.kill('SIGKILL')
    await both[0]!.ended
    expect((await project.cli('reload', { env })).end).toBe(0)
    await stop(both[1]!)
  })

  test('a store inside of the process cannot be handed over', async () => {
    const worker = await start('--url memory: --http 127.0.0.1:0')
    const url = urlOf(worker)
    expect((await report(url)).workers).toHaveLength(1)
    const { end, stderr } = await project.cli('reload', { env })
    expect([end, stderr]).toEqual([1, expect.stringContaining('its jobs would be lost with it')])
    await stop(worker)
  })
})

test('a worker process that is killed loses nothing, and the API is there all the while', async () => {
  await project.cli('enqueue nap --lines', { env, input: inputs(600) })
  const worker = await start('--processes 2 --concurrency 4 --lease 1s --http 127.0.0.1:0')
  await worker.until('the API is served at')
  const url = urlOf(worker)
  await eventually('both work', async () => (await report(url)).workers.length === 2)
  const [{ pid }] = (await report(url)).workers as [{ pid: number }]
  process.kill(pid, 'SIGKILL')
  await worker.until('was killed by SIGKILL')

  await eventually('it is started anew', async () => {
    const { ok, workers } = await report(url)
    return ok && workers.length === 2 && workers.every((one) => one.pid !== pid)
  })
  await eventually('all are done', async () => (await counts()).done === 600)
  await stop(worker)
  const ran = new Set(
    project
      .read('done.txt')
      .trim()
      .split('\n')
      .map((line) => line.split(' ')[1]),
  )
  expect(ran.size).toBe(600)
})

test('a supervisor that is killed takes its workers and its API along, and nothing is lost', async () => {
  await project.cli('enqueue nap --lines', { env, input: inputs(400) })
  const worker = await start('--processes 2 --concurrency 2 --http 127.0.0.1:0')
  await worker.until('the API is served at')
  const url = urlOf(worker)
  await eventually('both work', async () => (await report(url)).workers.length === 2)
  const pids = (await report(url)).workers.map(({ pid }) => pid)
  worker.child.kill('SIGKILL')
  await worker.ended
  const lives = (pid: number) => {
    try {
      return process.kill(pid, 0)
    } catch {
      return false
    }
  }
  await eventually(
    'they have ended',
    async () => !pids.some(lives) && (await fetch(url).catch(() => 'gone')) === 'gone',
  )
  const { running, ready, done } = await counts()
  expect([running, ready + done]).toEqual([0, 400])
  const next = await start('')
  await eventually('all are done', async () => (await counts()).done === 400)
  await stop(next)
  ranOnce(400)
})
