import { join } from 'node:path'
import { expect, it } from 'vitest'
import { blocker, blocks } from '../../test/support/blocker.ts'
import { folder } from '../../test/support/sqlite.ts'
import { heard, until, working } from '../../test/support/work.ts'
import { defineJob, unchecked } from '../index.ts'

const blockMsMax = 400

/** Has the first of the handlers block; what the guardian says of it, and what it says of others. */
async function told(handlers: Parameters<typeof working>[0], how: keyof typeof blocks, ms: number) {
  const kept = heard('guardian.started')
  const blocked = heard('loop.blocked')
  const recovered = heard('loop.recovered')
  const url = `sqlite:${join(folder(), 'jobs.db')}`
  const { client } = await working(handlers, { url, connect: { leaseMs: 1_500 }, blockMsMax })
  await until(() => kept.length > 0)
  const sent = await client.enqueue(handlers[0]! as typeof blocker, { how, ms })
  expect(await sent.result()).toBe(1)
  const of = ({ job }: { job?: { id: string } }) => job?.id === sent.id
  return {
    ...{ sent, blocked, recovered },
    /** On a busy machine others may be told of as well. */
    async named() {
      await until(() => recovered.some(of))
      return { recovered: recovered.find(of)!, blocked: blocked.find(of) }
    },
  }
}

it.each(['loop', 'wait', 'regex'] as const)('names the job that blocks in JavaScript: %s', async (how) => {
  const { sent, named } = await told([blocker], how, 1_200)
  const { recovered, blocked } = await named()
  expect(recovered).toMatchObject({
    sure: 'exact',
    job: { id: sent.id, name: 'blocker', queue: 'default', attempt: 1 },
  })
  expect(recovered.at).toMatch(/blocker\.ts:\d+:\d+/)
  expect(recovered.stack!.join('\n')).toMatch(new RegExp(`${how}.*blocker\\.ts`))
  expect(recovered.stack!.join('\n')).not.toContain('guardian/look')
  expect(recovered.blockedMs).toBeGreaterThan(1_000)
  expect(blocked!.sure).toBe('exact')
  expect(blocked!.blockedMs).toBeLessThanOrEqual(recovered.blockedMs)
})

it('leaves no trace of its question in the process that it asks', async () => {
  const before = Object.getOwnPropertyDescriptors(Error)
  const { named } = await told([blocker], 'loop', 1_200)
  await named()
  expect(Object.getOwnPropertyDescriptors(Error)).toEqual(before)
})

it('names the job whose promises never let the loop turn, mostly without a line', async () => {
  const { named } = await told([blocker], 'microtasks', 1_200)
  const { recovered } = await named()
  expect(recovered.sure).toBe('exact')
})

it.each(['pbkdf2', 'parse', 'exec'] as const)(
  'suspects the job that blocks in native code: %s',
  async (how) => {
    // So long that the guardian, itself late by a second on a busy machine, still meets it in the middle.
    const { named } = await told([blocker], how, how === 'exec' ? 4_000 : 1_200)
    const { recovered } = await named()
    expect(recovered.sure).toBe('suspect')
    if (process.platform === 'linux') expect(recovered.native).toMatch(how === 'exec' ? /^waits/ : /^on the CPU/)
  },
  40_000,
)

it('a definition has a budget of its own: a larger one is patient, a smaller one is not', async () => {
  const make = (name: string, budgetMs: number) =>
    defineJob(name, { blockMsMax: budgetMs, input: unchecked<{ ms: number }>() }, ({ ms }, job) => {
      blocks.loop(ms)
      return job.attempt
    })
  const patient = await told([make('patient', 20_000), make('strict', 200)], 'loop', 900)
  const strict = await told([make('strict', 200)], 'loop', 380)
  await strict.named()
  expect(patient.recovered.filter(({ job }) => job?.name === 'patient')).toEqual([])
})
