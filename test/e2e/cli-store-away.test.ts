import { once } from 'node:events'
import { createServer, type Server } from 'node:net'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { freePort } from '../../stress/servers/redis.ts'
import { type CliProject, eventually, makeCliProject, type Running } from '../support/cli-project.ts'
import { ownRedis } from '../support/redis.ts'

let project: CliProject

beforeEach(() => {
  project = makeCliProject(['ioredis'])
  project.write(
    'jobs/greet.ts',
    `import { defineJob, unchecked } from 'fiber-work'\nexport default defineJob('greet', { input: unchecked<string>() }, (name) => 'hello ' + name)\n`,
  )
})

afterEach(() => project.remove())

interface Answer {
  status: number
  type: string | null
  retryAfter: string | null
  body: Record<string, unknown>
}

/** Undefined while nobody listens there. */
async function ask(url: string, init?: RequestInit): Promise<Answer | undefined> {
  const answer = await fetch(url, init).catch(() => undefined)
  if (answer === undefined) return undefined
  const { status, headers } = answer
  const body = (await answer.json()) as Answer['body']
  return { status, type: headers.get('content-type'), retryAfter: headers.get('retry-after'), body }
}

const submit = {
  method: 'POST',
  body: JSON.stringify({ name: 'greet', input: 'Ada' }),
  headers: { 'content-type': 'application/json' },
}

const untilReady = (url: string) =>
  eventually(`${url} is ready`, async () => (await ask(`${url}/readyz`))?.status === 200)

const countOf = ({ said }: Running, what: RegExp) => said.stderr.split('\n').filter((line) => what.test(line)).length

/** Somebody at the port of the store who hangs up: each try to reach it is seen. */
async function slamming(port: number): Promise<{ tries(): number; server: Server }> {
  let tries = 0
  const server = createServer((socket) => {
    tries += 1
    socket.destroy()
  }).listen(port, '127.0.0.1')
  await once(server, 'listening')
  return { tries: () => tries, server }
}

interface Mode {
  name: string
  command: (url: string, http: string) => string
  /** How many processes of it reach for the store. */
  reaching: number
  works: boolean
}

const modes: Mode[] = [
  { name: 'fiber-work api', command: (url, http) => `api --url ${url} --http ${http}`, reaching: 1, works: false },
  { name: 'fiber-work --http', command: (url, http) => `--url ${url} --http ${http}`, reaching: 2, works: true },
  {
    name: 'fiber-work work --no-supervisor --http',
    command: (url, http) => `work --no-supervisor --url ${url} --http ${http}`,
    reaching: 1,
    works: true,
  },
]

describe.each(modes)('$name', ({ command, reaching, works }) => {
  test('listens while its store is away, says for which one it waits, and serves it as soon as it is there', async (context) => {
    const store = await ownRedis(context)
    await store.kill()
    const port = await freePort()
    const url = `http://127.0.0.1:${port}`
    const serving = project.start(`${command(store.url, `127.0.0.1:${port}`)} --log-format text`)
    await eventually('the reason names the store', async () => {
      const { status, body } = (await ask(`${url}/readyz`)) ?? {}
      const [reason] = (body?.['reasons'] as string[] | undefined) ?? []
      return status === 503 && reason !== undefined && reason.includes(store.url) && reason.includes('nobody listens')
    })
    expect(await ask(`${url}/healthz`)).toMatchObject({ status: 503, body: { ok: false, ready: false } })
    for (const [path, init] of [['/v1/queues'], ['/metrics'], ['/v1/jobs', submit]] as const) {
      expect(await ask(`${url}${path}`, init), path).toMatchObject({
        status: 503,
        type: expect.stringContaining('application/problem+json') as string,
        retryAfter: '1',
        body: { code: 'FW_API_STARTING', retryable: true },
      })
    }
    const { tries, server } = await slamming(store.port)
    await eventually('it is asked for again and again', () => tries() >= 4 * reaching)
    server.close()
    await once(server, 'close')
    await store.start()
    if (works) await untilReady(url)
    await eventually('it takes jobs', async () => (await ask(`${url}/v1/jobs`, submit))?.status === 201)
    await untilReady(url)
    expect(countOf(serving, /cannot be reached yet/), serving.said.stderr).toBe(reaching)
    expect(countOf(serving, /is reached, after/), serving.said.stderr).toBe(reaching)
    if (works) {
      await eventually('the job has run', async () => {
        const { body } = (await ask(`${url}/v1/jobs?state=done`))!
        return (body['jobs'] as unknown[]).length === 1
      })
    }
    serving.child.kill('SIGTERM')
    expect((await serving.ended).end).toBe(0)
  })

  test('ends when it is told to while it waits', async () => {
    const http = `127.0.0.1:${await freePort()}`
    const serving = project.start(`${command(`redis://127.0.0.1:${await freePort()}`, http)} --log-format text`)
    await serving.until('cannot be reached yet')
    serving.child.kill('SIGTERM')
    expect((await serving.ended).end).toBe(0)
  })

  test('ends at once where waiting is in vain: a wrong password, a store of somebody newer, no driver', async (context) => {
    const store = await ownRedis(context, { password: 'right' })
    const http = '127.0.0.1:0'
    const wrong = store.url.replace('right', 'wrong')
    const refused = await project.cli(command(wrong, http))
    expect([refused.end, refused.stderr]).toEqual([69, expect.stringMatching(/FW_CONNECT_FAILED.*password is wrong/)])
    expect(refused.stderr).not.toMatch(/cannot be reached yet|:wrong@/)
    await store.say('SET', '{fiber-work}:format', '999')
    const newer = await project.cli(command(store.url, http))
    expect([newer.end, newer.stderr]).toEqual([69, expect.stringMatching(/FW_STORE_NEWER/)])
    const unknown = await project.cli(command('rediz://127.0.0.1', http))
    expect([unknown.end, unknown.stderr]).toEqual([78, expect.stringMatching(/FW_DRIVER_MISSING/)])
  })

  test('ends with what is wrong when the store that it has waited for lets it not in', async (context) => {
    const store = await ownRedis(context, { password: 'right' })
    await store.kill()
    const serving = project.start(`${command(store.url.replace('right', 'wrong'), '127.0.0.1:0')} --log-format text`)
    await serving.until('cannot be reached yet')
    await store.start()
    const { end, stderr } = await serving.ended
    expect([end, stderr]).toEqual([69, expect.stringMatching(/FW_CONNECT_FAILED.*password is wrong/)])
  })
})

test('a worker that serves nothing has nowhere to tell that it waits: it ends with 69', async () => {
  const { end, stderr } = await project.cli(`work --url redis://127.0.0.1:${await freePort()}`)
  expect([end, stderr]).toEqual([69, expect.stringMatching(/FW_CONNECT_FAILED.*nobody listens/)])
})

test('a reload while the store is away is refused at once: whoever takes over has to be able to', async (context) => {
  const store = await ownRedis(context)
  const env = { XDG_RUNTIME_DIR: project.folder, RUNTIME_DIRECTORY: '' }
  const serving = project.start(`--url ${store.url} --http 127.0.0.1:0 --log-format text`, { env })
  await serving.until(/API is served at/)
  await serving.until('works')
  await store.kill()
  const { end, stderr } = await project.cli('reload', { env })
  expect([end, stderr]).toEqual([1, expect.stringMatching(/FW_RELOAD_REFUSED.*nobody listens/)])
  serving.child.kill('SIGKILL')
})
