import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { type CliProject, eventually, makeCliProject } from '../support/cli-project.ts'

interface Stats {
  queues: {
    queue: string
    ready: number
    delayed: number
    running: number
    done: number
    dead: number
    quarantined: number
  }[]
}
interface List {
  jobs: { id: string; state: string; attempts: number; crashes: number; error?: string }[]
}

let project: CliProject

beforeEach(() => {
  project = makeCliProject()
  // Slow while SLOW is set, quick when it is not: what a first worker leaves, a second one finishes.
  project.write(
    'jobs/nap.ts',
    `import { setTimeout as sleep } from 'node:timers/promises'
     import { appendFileSync } from 'node:fs'
     import { defineJob, unchecked } from 'fiber-work'
     export default defineJob('nap', { input: unchecked<{ n: number }>() }, async ({ n }, job) => {
       appendFileSync('started.txt', n + '\\n')
       await sleep(Number(process.env.NAP_MS ?? 5), undefined, { signal: job.signal })
       appendFileSync('done.txt', n + '\\n')
       return n
     })`,
  )
})

afterEach(() => project.remove())

const lines = (count: number) => Array.from({ length: count }, (_, n) => JSON.stringify({ n })).join('\n')
const numbers = (text: string) => text.trim().split('\n').map(Number)

async function countsOf(): Promise<Stats['queues'][number]> {
  return (await project.json<Stats>('stats')).queues[0]!
}

/** Seen at once, where the command line might come too late. */
const started = (count: number) =>
  eventually(
    `${count} jobs started`,
    () => project.has('started.txt') && numbers(project.read('started.txt')).length === count,
  )

async function workUntilDone(count: number, flags = ''): Promise<void> {
  const worker = project.start(`work ${flags}`)
  await eventually(`${count} jobs done`, async () => (await countsOf()).done === count)
  worker.child.kill('SIGTERM')
  const { end, stderr } = await worker.ended
  expect(end, stderr).toBe(0)
}

describe.each([
  ['under its supervisor', ''],
  ['alone', '--no-supervisor'],
])('a worker %s', (_, flags) => {
  test('SIGTERM in the middle of hundreds of jobs: ends with 0, nothing lost, no attempt burned', async () => {
    await project.cli('enqueue nap --lines', { input: lines(400) })
    const worker = project.start(`work ${flags} --concurrency 100 --grace 1s --log-format text`, {
      env: { NAP_MS: '60000' },
    })
    await eventually('100 jobs running', async () => (await countsOf()).running === 100)
    const sentAt = Date.now()
    worker.child.kill('SIGTERM')
    const { end, stderr } = await worker.ended
    expect(end, stderr).toBe(0)
    expect(Date.now() - sentAt).toBeLessThan(10_000)
    expect(stderr).toMatch(/stopped \(SIGTERM\): 0 done, 100 given back/)
    expect(await countsOf()).toMatchObject({ ready: 400, running: 0, delayed: 0, dead: 0 })
    const { jobs } = await project.json<List>('list --limit 1000')
    expect(jobs.filter(({ attempts, crashes }) => attempts !== 0 || crashes !== 0)).toEqual([])

    await workUntilDone(400, flags)
    expect(numbers(project.read('done.txt')).toSorted((a, b) => a - b)).toEqual(
      Array.from({ length: 400 }, (_, n) => n),
    )
  })

  test('a signal while it starts ends it at once, and cleanly', async () => {
    project.write(
      'jobs/slow.ts',
      `console.error('loading'); await new Promise((resolve) => setTimeout(resolve, 20_000)); export {}`,
    )
    const worker = project.start(`work ${flags} --log-format text`)
    await worker.until('loading')
    const sentAt = Date.now()
    worker.child.kill('SIGTERM')
    const { end, stderr } = await worker.ended
    expect([end, stderr]).toEqual([0, expect.stringContaining('stopped before it worked (SIGTERM)')])
    expect(Date.now() - sentAt).toBeLessThan(5_000)
  })

  test.each([60, 120, 200, 300, 450])('a signal after %i ms leaves nobody behind', async (afterMs) => {
    const worker = project.start(`work ${flags}`)
    await new Promise((resolve) => setTimeout(resolve, afterMs))
    worker.child.kill('SIGTERM')
    const { end, stderr } = await worker.ended
    // Before it looks after signals, it is ended by it.
    expect([0, 'SIGTERM'], stderr).toContain(end)
  })

  test('a second signal means now', async () => {
    await project.cli('enqueue nap --lines', { input: lines(50) })
    const worker = project.start(`work ${flags} --grace 50s`, { env: { NAP_MS: '60000' } })
    await eventually('50 jobs running', async () => (await countsOf()).running === 50)
    worker.child.kill('SIGINT')
    await worker.until('worker is stopping')
    worker.child.kill('SIGINT')
    expect((await worker.ended).end).toBe(0)
    expect(await countsOf()).toMatchObject({ ready: 50, running: 0 })
  })

  test('jobs that end within the grace are done', async () => {
    await project.cli('enqueue nap --lines', { input: lines(200) })
    const worker = project.start(`work ${flags}`, { env: { NAP_MS: '1500' } })
    await started(200)
    worker.child.kill('SIGTERM')
    expect((await worker.ended).end).toBe(0)
    expect(await countsOf()).toMatchObject({ ready: 0, running: 0, done: 200 })
  })

  test('--json: one document on stdout, whatever handlers print', async () => {
    project.write(
      'jobs/loud.ts',
      `import { defineJob } from 'fiber-work'\nexport default defineJob('loud', {}, () => console.log('noise'))`,
    )
    await project.cli('enqueue loud')
    const worker = project.start(`work ${flags} --json`)
    await worker.until('noise')
    await eventually('the job is done', async () => (await countsOf()).done === 1)
    worker.child.kill('SIGTERM')
    const { end, stdout } = await worker.ended
    expect(end).toBe(0)
    expect(JSON.parse(stdout)).toMatchObject({ done: 1, retried: 0, dead: 0, exitCode: 0, restarts: 0 })
  })
})

describe('killed', () => {
  test('kill -9 of a worker alone: the next one finishes its jobs', async () => {
    await project.cli('enqueue nap --lines', { input: lines(100) })
    const worker = project.start('work --no-supervisor --lease 1s', { env: { NAP_MS: '60000' } })
    await eventually('100 jobs running', async () => (await countsOf()).running === 100)
    worker.child.kill('SIGKILL')
    expect((await worker.ended).end).toBe('SIGKILL')
    await workUntilDone(100, '--lease 1s')
    expect(new Set(numbers(project.read('done.txt'))).size).toBe(100)
  })

  test('kill -9 of the worker process: its supervisor starts the next one', async () => {
    await project.cli('enqueue nap --lines', { input: lines(30) })
    const worker = project.start('work --lease 1s --log-format text', { env: { NAP_MS: '1500' } })
    await worker.until(/pid \d+/)
    await started(30)
    process.kill(Number(/pid (\d+)/.exec(worker.said.stderr)?.[1]), 'SIGKILL')
    await worker.until('was killed by SIGKILL')
    await eventually('all done', async () => (await countsOf()).done === 30, 60_000)
    worker.child.kill('SIGTERM')
    const { end, stderr } = await worker.ended
    expect(end, stderr).toBe(0)
    expect(stderr).toContain('1 restarts')
  })

  test('kill -9 of the supervisor: no orphan works on', async () => {
    await project.cli('enqueue nap --lines', { input: lines(20) })
    const worker = project.start('work --grace 1s', { env: { NAP_MS: '60000' } })
    await eventually('jobs running', async () => (await countsOf()).running === 20)
    const pid = Number(/pid (\d+)/.exec(worker.said.stderr)?.[1])
    expect(pid).not.toBe(worker.child.pid)
    worker.child.kill('SIGKILL')
    await eventually('the worker process is gone', () => !isAlive(pid))
    expect(worker.said.stderr).toContain('its supervisor is gone')
    expect(await countsOf()).toMatchObject({ ready: 20, running: 0 })
  })
})

test('several processes share the work, and end together', async () => {
  await project.cli('enqueue nap --lines', { input: lines(60) })
  const worker = project.start('work --processes 2 --concurrency 10 --json --log-format text', {
    env: { NAP_MS: '200' },
  })
  await eventually('60 jobs done', async () => (await countsOf()).done === 60)
  const pids = [...worker.said.stderr.matchAll(/pid (\d+)/g)].map(([, pid]) => pid)
  expect(new Set(pids).size).toBe(2)
  worker.child.kill('SIGTERM')
  const { end, stdout } = await worker.ended
  expect(end).toBe(0)
  expect(JSON.parse(stdout)).toMatchObject({ done: 60 })
})

test('--dashboard without a terminal warns and works on', async () => {
  await project.cli('enqueue nap --lines', { input: lines(3) })
  const worker = project.start('--dashboard')
  await worker.until('the dashboard needs a terminal')
  await eventually('done', async () => (await countsOf()).done === 3)
  worker.child.kill('SIGTERM')
  expect((await worker.ended).end).toBe(0)
})

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0)
  } catch {
    return false
  }
}
