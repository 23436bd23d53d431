import { expect, it } from 'vitest'
import { globals } from '../../../test/support/pollution-kinds.ts'
import { heard, working } from '../../../test/support/work.ts'
import { defineJob } from '../../index.ts'

/** What the first use of Node's own things, and of clients, does to a process. */
const firstUses: Record<string, () => unknown> = {
  'every global': () =>
    Object.getOwnPropertyNames(globalThis)
      .filter((name) => name !== 'localStorage')
      .map((name) => globals[name]),
  fetch: async () => (await fetch('data:text/plain,hi')).text(),
  undici: () => import('undici'),
  pg: () => import('pg'),
  mysql2: () => import('mysql2'),
  ioredis: () => import('ioredis'),
  fastify: async () => {
    const app = (await import('fastify')).default()
    await app.ready()
    await app.close()
  },
  'a child process': async () => (await import('node:child_process')).execFileSync(process.execPath, ['--version']),
  'a worker thread': async () => {
    const { Worker } = await import('node:worker_threads')
    const thread = new Worker('1', { eval: true })
    await new Promise((resolve) => thread.once('exit', resolve))
  },
  'an inspector session': async () => {
    const { Session } = await import('node:inspector')
    const session = new Session()
    session.connect()
    session.disconnect()
  },
}

it.each(Object.entries(firstUses))('%s, used for the first time by a job, is no pollution', async (_, use) => {
  const polluted = heard('job.polluted')
  const job = defineJob('uses', { attempts: 1 }, async () => void (await use()))
  const { client } = await working([job], { isolation: 'strict' })
  await (await client.enqueue(job)).result()
  expect(polluted).toEqual([])
})
