import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { InsideProject } from '../../test/support/cli-inside.ts'
import type { ClientReport } from '../isolation/context/report.ts'

vi.mock('./process.ts', () => ({
  leave: (code: number | undefined) => (process.exitCode = code ?? 0),
  survivePipes: () => {},
}))

const variables = ['REDIS_URL', 'POSTGRES_URL', 'DATABASE_URL', 'MYSQL_URL', 'MARIADB_URL', 'AMQP_URL', 'RABBITMQ_URL']
let project: InsideProject
/** It calls seven clients 50 times in each style. */
const timeoutMs = 60_000

interface Answer {
  ok: boolean
  clients: ClientReport[]
}

beforeAll(() => {
  for (const name of variables) vi.stubEnv(name, undefined)
  project = new InsideProject()
  // What \`defineContextProbe\` makes: the file cannot import us from a temporary folder.
  project.write(
    'fiber-work.config.mjs',
    `let waiting = []
     const crank = (done) => waiting.push(done) > 1 || setTimeout(() => { const all = waiting; waiting = []; for (const one of all) one() }, 1)
     const options = { open: () => 1, promise: async () => {}, callback: (_, done) => void crank(done) }
     export default { contextProbes: [{ name: 'mine', options }] }`,
  )
})

afterAll(() => {
  project.remove()
  vi.unstubAllEnvs()
})

describe('doctor --context', () => {
  test(
    'looks at what is there, and says where it could not look',
    async () => {
      const { clients } = await project.json<Answer>('doctor --context')
      const names = clients.map(({ client, skipped }) => (skipped === undefined ? client : `no ${client}`))
      expect(names).toEqual(
        expect.arrayContaining(['mine', 'undici', 'fetch', 'node:http', 'node:sqlite', 'no ioredis', 'no pg']),
      )
      expect(clients.find(({ client }) => client === 'pg')).toMatchObject({
        state: 'ok',
        skipped: expect.stringContaining('DATABASE_URL') as string,
      })
    },
    timeoutMs,
  )

  test('a client that bleeds fails it, unless that style is not asked about', async () => {
    const bad = await project.run('doctor --context --client mine')
    expect([bad.code, bad.stdout]).toEqual([
      1,
      expect.stringMatching(
        /mine +callback .* 1 of 50 +bleeds[^]*FAIL mine: .* goes on in another job; [^]*1 of 1 clients failed/,
      ),
    ])
    const good = await project.run('doctor --client mine --style promise --style then')
    expect([good.code, good.stdout]).toEqual([0, expect.stringContaining('No client hands one job to another.')])
  })

  test('a process that loses jobs by itself fails it', async () => {
    const { setTimeout: original } = globalThis
    let batch: (() => void)[] = []
    const batched = (run: () => void, ms: number) => {
      batch.push(run)
      return original(() => {
        const all = batch
        batch = []
        for (const one of all) one()
      }, ms)
    }
    Object.assign(globalThis, { setTimeout: batched })
    try {
      const { code, stdout } = await project.run('doctor --context --client node:sqlite --style callback')
      expect(code).toBe(1)
      expect(stdout).toMatch(/this process: after setTimeout, which somebody has replaced, \d of 3 jobs were lost/)
      expect(stdout).toContain('This process loses jobs by itself.')
    } finally {
      Object.assign(globalThis, { setTimeout: original })
    }
  })

  test('what cannot be looked at is told', async () => {
    const { ok, clients } = await project.json<Answer>(
      'doctor --client redis=redis://:secret@127.0.0.1:1 --client amqp',
    )
    expect(ok).toBe(false)
    expect(clients).toMatchObject([
      { client: 'ioredis', state: 'fail', url: 'redis://:***@127.0.0.1:1', ways: [] },
      { client: 'rabbitmq-client', state: 'fail', skipped: 'it is not installed: npm install rabbitmq-client' },
    ])
    expect(JSON.stringify(clients)).not.toContain('secret')
  })

  test.each([
    ['--client nobody', 78, 'there is no client "nobody"'],
    ['--context --style promises', 78, '--style is "promises"; allowed are promise, then'],
  ])('%s: %i', async (args, code, says) => {
    expect(await project.run(`doctor ${args}`)).toMatchObject({ code, stderr: expect.stringContaining(says) as string })
  })

  test('a probe that is none is refused by name', async () => {
    project.write('other.config.mjs', 'export default { contextProbes: [{ open() {} }] }')
    const { code, stderr } = await project.run('doctor --context --config other.config.mjs')
    expect(code).toBe(78)
    expect(stderr).toContain('`contextProbes`')
    expect(stderr).toContain('defineContextProbe')
  })
})
