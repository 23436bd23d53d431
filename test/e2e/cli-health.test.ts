import { spawnSync } from 'node:child_process'
import { request } from 'node:http'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { type CliProject, makeCliProject, type Running } from '../support/cli-project.ts'

let project: CliProject

beforeEach(() => {
  project = makeCliProject()
  project.write('jobs/a.ts', `import { defineJob } from 'fiber-work'\nexport default defineJob('a', {}, () => {})\n`)
  project.write(
    'jobs/block.ts',
    `import { defineJob } from 'fiber-work'\nexport default defineJob('block', {}, () => { const end = Date.now() + 6_000; while (Date.now() < end) {} })\n`,
  )
})

afterEach(() => project.remove())

async function serving(flags: string): Promise<{ worker: Running; url: string }> {
  const worker = project.start(`work ${flags} --http 127.0.0.1:0 --log-format text`)
  await worker.until(/http:\/\/127\.0\.0\.1:\d+/)
  await worker.until('works')
  return { worker, url: /http:\/\/127\.0\.0\.1:\d+/.exec(worker.said.stderr)![0] }
}

async function untilStatus(status: number, url: string): Promise<Response> {
  for (let tries = 0; tries < 100; tries++) {
    const answer = await fetch(url)
    if (answer.status === status) return answer
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
  throw new Error(`${url} never answered ${status}`)
}

describe.each([
  ['under a supervisor', '--processes 2'],
  ['alone', '--no-supervisor'],
])('health %s', (_, flags) => {
  test('/healthz and /readyz answer JSON with what is wrong', async () => {
    const { worker, url } = await serving(flags)
    await untilStatus(200, `${url}/readyz`)
    const health = await fetch(`${url}/healthz`)
    expect(health.status).toBe(200)
    const report = (await health.json()) as { workers: unknown[] }
    expect(report).toMatchObject({ status: 'ok', ok: true, ready: true, reasons: [] })
    expect(report.workers).toHaveLength(flags.includes('2') ? 2 : 1)
    expect((await fetch(`${url}/nothing`)).status).toBe(404)
    worker.child.kill('SIGTERM')
    expect((await worker.ended).end).toBe(0)
  })

  test("another name's Host header is refused: no page in a browser can read it", async () => {
    const { worker, url } = await serving(flags)
    const { port } = new URL(url)
    const status = await new Promise((resolve, reject) => {
      request({ host: '127.0.0.1', port, path: '/healthz', headers: { host: 'evil.example' } }, (response) =>
        resolve(response.resume().statusCode),
      )
        .on('error', reject)
        .end()
    })
    expect(status).toBe(421)
    worker.child.kill('SIGTERM')
    await worker.ended
  })
})

test('a blocked worker process is unhealthy, and says which', async () => {
  await project.cli('enqueue block')
  const { worker, url } = await serving('')
  // Healthy until the job begins.
  const answer = await untilStatus(503, `${url}/healthz`)
  expect([answer.status, await answer.json()]).toMatchObject([
    503,
    { status: 'unavailable', reasons: [expect.stringMatching(/worker process \d+ does not answer/)] },
  ])
  worker.child.kill('SIGKILL')
  await worker.ended
})

test('while it drains it is alive and not ready, also when a terminal tells all processes to stop', async () => {
  project.write(
    'jobs/nap.ts',
    `import { setTimeout as sleep } from 'node:timers/promises'\nimport { defineJob } from 'fiber-work'\nexport default defineJob('nap', {}, async () => { console.error('napping'); await sleep(2_000) })\n`,
  )
  await project.cli('enqueue nap')
  const { worker, url } = await serving('')
  await worker.until('napping')
  const { stdout } = spawnSync('ps', ['-o', 'pid=', '--ppid', String(worker.child.pid)], { encoding: 'utf8' })
  const children = stdout.trim().split(/\s+/).map(Number)
  expect(children).toHaveLength(2)
  for (const pid of [worker.child.pid!, ...children]) process.kill(pid, 'SIGINT')
  await untilStatus(503, `${url}/readyz`)
  expect((await fetch(`${url}/healthz`)).status).toBe(200)
  expect((await worker.ended).end).toBe(0)
  await expect(fetch(`${url}/healthz`)).rejects.toThrow('fetch failed')
})

test.each([
  ['--http 0.0.0.0:0', '--tls-cert'],
  ['--http [::]:0', '--behind-proxy'],
  ['--http 10.0.0.1:80', 'other machines'],
  ['--http example.com', 'HOST:PORT'],
  ['--http 127.0.0.1:99999', 'HOST:PORT'],
])('%s is refused', async (flags, says) => {
  const { end, stderr } = await project.cli(`work ${flags}`)
  expect([end, stderr]).toEqual([78, expect.stringContaining(says)])
})

test('a port that is taken', async () => {
  const { worker, url } = await serving('--no-supervisor')
  const { end, stderr } = await project.cli(`work --http ${new URL(url).host}`)
  expect([end, stderr]).toEqual([78, expect.stringContaining('EADDRINUSE')])
  worker.child.kill('SIGTERM')
  await worker.ended
})
