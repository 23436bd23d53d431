import { join } from 'node:path'
import { expect, it } from 'vitest'
import { blocker, blocks } from '../../test/support/blocker.ts'
import { folder } from '../../test/support/sqlite.ts'
import { heard, until, working } from '../../test/support/work.ts'
import { defineJob, unchecked } from '../index.ts'

const blockMsMax = 400

/** What the guardian says of the job that ran, as the last. */
async function told(handlers: Parameters<typeof working>[0], how: keyof typeof blocks, ms: number) {
  const kept = heard('guardian.started')
  const blocked = heard('loop.blocked')
  const recovered = heard('loop.recovered')
  const url = `sqlite:${join(folder(), 'jobs.db')}`
  const { client } = await working(handlers, { url, connect: { leaseMs: 1_500 }, blockMsMax })
  await until(() => kept.length > 0)
  const sent = await client.enqueue(handlers[0]! as typeof blocker, { how, ms })
  expect(await sent.result()).toBe(1)
  return { sent, blocked, recovered }
}

it.each(['loop', 'wait', 'regex'] as const)('names the job that blocks in JavaScript: %s', async (how) => {
  const { sent, blocked, recovered } = await told([blocker], how, 1_200)
  await until(() => recovered.length > 0)
  const [named] = recovered
  expect(named).toMatchObject({ sure: 'exact', job: { id: sent.id, name: 'blocker', queue: 'default', attempt: 1 } })
  expect(named!.at).toMatch(/blocker\.ts:\d+:\d+/)
  expect(named!.stack!.join('\n')).toMatch(new RegExp(`${how}.*blocker\\.ts`))
  expect(named!.stack!.join('\n')).not.toContain('guardian/look')
  expect(named!.blockedMs).toBeGreaterThan(1_000)
  expect(blocked).toMatchObject([{ sure: 'exact', job: { id: sent.id } }])
  expect(blocked[0]!.blockedMs).toBeLessThanOrEqual(named!.blockedMs)
})

it.each(['pbkdf2', 'parse', 'exec'] as const)(
  'suspects the job that blocks in native code: %s',
  async (how) => {
    const { sent, recovered } = await told([blocker], how, how === 'exec' ? 2_000 : 1_200)
    await until(() => recovered.length > 0)
    const [named] = recovered
    expect(named).toMatchObject({ sure: 'suspect', job: { id: sent.id } })
    if (process.platform === 'linux') expect(named!.native).toMatch(how === 'exec' ? /^waits/ : /^on the CPU/)
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
  expect(patient.recovered.filter(({ job }) => job?.name === 'patient')).toEqual([])
  const strict = await told([make('strict', 200)], 'loop', 380)
  await until(() => strict.recovered.some(({ job }) => job?.id === strict.sent.id))
})
