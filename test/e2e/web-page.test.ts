import { afterAll, beforeAll, expect, test } from 'vitest'
import { type ApiEvent, apiClient } from '../../src/client.ts'
import { eventually, makeCliProject, type Running } from '../support/cli-project.ts'

const project = makeCliProject()
const html = { accept: 'text/html' }

beforeAll(() => {
  project.write(
    'jobs/wait.ts',
    `import { defineJob } from 'fiber-work'\nexport default defineJob('wait', {}, () => {})\n`,
  )
})
afterAll(() => project.remove())

async function pageOf(worker: Running): Promise<string> {
  await worker.until(/dashboard: http\S+\//)
  return /dashboard: (http[^\s"]+)\//.exec(worker.said.stderr)![1]!
}

test('the worker says where the page is; a process that dies is told of within three seconds', async () => {
  const worker = project.start('--http 127.0.0.1:0 --processes 2')
  const url = await pageOf(worker)
  const page = await fetch(`${url}/queues/default`, { headers: html })
  expect([page.status, await page.text()]).toEqual([200, expect.stringContaining('<base href="/"')])
  const end = new AbortController()
  const seen: ApiEvent[] = []
  const over = (async () => {
    for await (const event of apiClient(url).events({ event: ['process'], signal: end.signal })) seen.push(event)
  })()
  const shown = (from = 0) =>
    new Set(
      seen.slice(from).flatMap(({ event, data }) => (event === 'process.snapshot' ? [data['pid'] as number] : [])),
    )
  await eventually('both processes are shown', () => shown().size === 2)
  const [lost, stays] = [...shown()] as [number, number]
  const killedAtMs = Date.now()
  process.kill(lost, 'SIGKILL')
  await eventually('its end is told', () =>
    seen.some(({ event, data }) => event === 'process.ended' && data['pid'] === lost && data['signal'] === 'SIGKILL'),
  )
  expect(Date.now() - killedAtMs).toBeLessThan(3_000)
  const from = seen.length
  await eventually('another one is in its place', () => shown(from).size === 2)
  expect([shown(from).has(stays), shown(from).has(lost)]).toEqual([true, false])
  expect(seen.map(({ event }) => event)).toContain('process.up')
  end.abort()
  await over
  worker.child.kill('SIGTERM')
  expect(await worker.ended).toMatchObject({ end: 0 })
})

test('who is logged in stays so over a reload', async () => {
  const token = 'a-token-for-the-page-of-this-test'
  const worker = project.start('--http 127.0.0.1:0', { env: { FIBER_WORK_HTTP_TOKEN: token } })
  const login = await fetch(`${await pageOf(worker)}/v1/session`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ token }),
  })
  const cookie = login.headers.get('set-cookie')!.split(';', 1)[0]!
  worker.child.kill('SIGUSR2')
  const served = () => [...worker.said.stderr.matchAll(/dashboard: (http[^\s"]+)\//g)].map(([, url]) => url!)
  await eventually('another API process serves', () => served().length === 2)
  const me = await fetch(`${served()[1]!}/v1/whoami`, { headers: { cookie } })
  expect([me.status, await me.json()]).toEqual([200, expect.objectContaining({ by: 'session', role: 'admin' })])
  worker.child.kill('SIGTERM')
  expect(await worker.ended).toMatchObject({ end: 0 })
})

test('--no-ui serves the API alone', async () => {
  const worker = project.start('--http 127.0.0.1:0 --no-ui')
  await worker.until(/the API is served at http\S+/)
  const [, url] = /the API is served at (http[^\s"]+)/.exec(worker.said.stderr)!
  expect((await fetch(`${url}/`, { headers: html })).status).toBe(404)
  expect((await fetch(`${url}/v1/queues`)).status).toBe(200)
  expect(worker.said.stderr).not.toContain('dashboard:')
  worker.child.kill('SIGTERM')
  expect(await worker.ended).toMatchObject({ end: 0 })
})
