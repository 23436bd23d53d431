import { createHash } from 'node:crypto'
import { expect, onTestFinished, test } from 'vitest'
import { makeApp } from '../../src/api/http/app.ts'
import { door } from './doors/served.ts'
import { statusesOf, talk, trickle } from './doors/socket.ts'
import type { Bytes } from './families/framing.ts'
import { noCredentials, requests } from './families/requests.ts'
import { lawful } from './laws/answers.ts'
import { type Ask, runAll } from './laws/calm.ts'
import { canaries, leaked } from './laws/canaries.ts'
import { count } from './laws/count.ts'

const token = canaries.bearer
const hashed = (secret: string) => createHash('sha256').update(secret).digest('hex')

async function open() {
  const failures: unknown[] = []
  const served = await door([], {
    failed: (error) => void failures.push(error),
    tokens: [
      { name: 'good', role: 'admin', sha256: hashed(token) },
      { name: 'corpus', role: 'admin', sha256: hashed('corpus-admin-token-0123456789') },
      { name: 'expired', role: 'admin', sha256: hashed('expired-token-0123456789'), expiresAtMs: 1 },
    ],
  })
  return { ...served, port: Number(new URL(served.url).port), failures }
}

/** Made ready beforehand: what the test does itself is not to count. */
const filled = (bytes: Bytes): Buffer[] =>
  (typeof bytes === 'string' || Buffer.isBuffer(bytes) ? [bytes] : (bytes as readonly (string | Buffer)[])).map(
    (piece) => (typeof piece === 'string' ? Buffer.from(piece.replaceAll('#TOKEN#', token), 'latin1') : piece),
  )

/** No answer is a 5xx or tells what it was given; the first one, if it is one of ours, is a problem as all are. */
function lawfulTalk(said: string): void {
  const bad = statusesOf(said).filter((status) => status >= 500 && status !== 501)
  if (bad.length > 0) throw new Error(said.slice(0, 400))
  const secrets = leaked(said)
  if (secrets.length > 0) throw new Error(`it tells ${secrets.join(', ')}: ${said.slice(0, 400)}`)
  const [head, body = ''] = said.split('\r\n\r\n', 2)
  const [status] = statusesOf(said)
  const type = /^content-type: (.*)$/im.exec(head ?? '')?.[1]
  const length = Number(/^content-length: (\d+)$/im.exec(head ?? '')?.[1] ?? 0)
  if (status !== undefined && status >= 400 && length > 0)
    lawful({
      status,
      headers: { 'content-type': type },
      body: Buffer.from(body.slice(0, length), 'latin1').toString('utf8'),
    })
}

test('F8: requests that are none, or not quite', async () => {
  const { port, failures, ask } = await open()
  const cases = requests().map(({ what, value }) => ({ what, bytes: filled(value) }))
  const { broken } = await runAll(
    cases.map(({ what, bytes }): Ask<string> => ({ what, run: () => talk(port, bytes), check: lawfulTalk })),
    { atOnce: true },
  )
  expect(broken).toEqual([])
  expect(failures.map(String)).toEqual([])
  const { status, body } = await ask({ method: 'GET', path: '/v1/queues' })
  expect(status).toBe(200)
  expect((JSON.parse(body) as { queues: { paused: boolean }[] }).queues.filter(({ paused }) => paused)).toEqual([])
  count('api F8', cases.length)
})

test('F8: what is no credential lets nobody in', async () => {
  const { port, failures } = await open()
  const cases = noCredentials().map(({ what, value }) => ({ what, bytes: filled(value) }))
  const { broken } = await runAll(
    cases.map(({ what, bytes }): Ask<string> => ({
      what,
      run: () => talk(port, bytes),
      check(said) {
        lawfulTalk(said)
        expect([400, 401, 404, 429, 431], said.slice(0, 300)).toContain(statusesOf(said)[0])
      },
    })),
    { atOnce: true },
  )
  expect(broken).toEqual([])
  expect(failures).toEqual([])
  count('api F8', cases.length)
})

test('F8: who sends a byte now and then is let go', async () => {
  const app = makeApp({
    address: { host: '127.0.0.1', port: 0 },
    hosts: [],
    behindProxy: false,
    failed: () => {},
    deadlines: { headersMs: 300, requestMs: 600, lookMs: 50 },
  })
  app.post('/', async (request) => request.body)
  onTestFinished(() => app.close())
  const port = Number(new URL(await app.listen({ host: '127.0.0.1', port: 0 })).port)
  const head = 'POST / HTTP/1.1\r\nhost: 127.0.0.1\r\ncontent-type: application/json\r\ncontent-length: 100000\r\n\r\n'
  const startMs = performance.now()
  const said = await Promise.all([
    trickle(port, 'GET / HTTP/1.1\r\nhost: 127.0.0.1\r\nx: ', 20),
    trickle(port, 'x', 20),
    trickle(port, `${head}${' '.repeat(100_000)}`, 2),
    talk(port, head, 5_000),
    talk(port, '', 5_000),
  ])
  expect(performance.now() - startMs).toBeLessThan(5_000)
  for (const one of said.slice(0, 4))
    expect(one === '' || statusesOf(one).every((status) => status === 408 || status === 400), one).toBe(true)
  expect(said[0]).toMatch(/408[^]*application\/problem\+json[^]*FW_API_INVALID/)
  expect(said[3]).toContain(' 408 ')
})
