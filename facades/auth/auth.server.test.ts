import { randomBytes } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { ownRedis } from '../../test/support/redis.ts'
import { working } from '../../test/support/work.ts'
import { Auth, defineJob, unchecked } from '../../src/index.ts'

const input = { text: '\u2028 é 💥 \\ "', list: [1e21, null, { __proto: 1 }], none: undefined }
const principal = { id: 'ada', roles: ['admin'], tenant: 'acme: "é"' }

/** The signature is over what the store gives back: id, queue, name, tenant and body, byte for byte. */
test.for(['memory', 'sqlite', 'redis', 'bullmq'])(
  'a principal travels through %s, retries included',
  async (kind, context) => {
    Auth.configure({ secrets: [randomBytes(24).toString('hex')] })
    onTestFinished(() => Auth.configure({}))
    const child = defineJob('child', { input: unchecked<typeof input>() }, (_, { tenant }) => [Auth.user(), tenant])
    const parent = defineJob(
      'parent',
      { input: unchecked<typeof input>(), attempts: 2, backoff: { kind: 'fixed', baseMs: 1 } },
      async (given, job) => {
        if (job.attempt === 1) throw new Error('once more')
        return [Auth.require('admin').id, await job.enqueue(child, given)]
      },
    )
    const url = await urlOf()
    const { client } = await working([parent, child], { url })
    const sent = await client.enqueue(parent, input, { as: principal, tenant: principal.tenant })
    const [who, id] = await sent.result()
    expect(who).toBe('ada')
    expect(await client.job(id!).result()).toEqual([principal, principal.tenant])

    async function urlOf(): Promise<string> {
      if (kind === 'memory') return 'memory:'
      if (kind !== 'sqlite') return `${kind === 'bullmq' ? 'bullmq+' : ''}${(await ownRedis(context)).url}`
      const folder = mkdtempSync(join(tmpdir(), 'fiber-work-auth-'))
      onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
      return `sqlite:${join(folder, 'jobs.db')}`
    }
  },
)
