import { expect } from 'vitest'
import { defineJob } from '../../../src/job/definition.ts'
import { unchecked } from '../../../src/job/schema.ts'
import type { Door } from '../doors/served.ts'
import { json } from '../doors/http.ts'
import { damages } from '../families/stored.ts'
import { lawful } from './answers.ts'

interface Input {
  victim?: number
  neighbour?: number
}

const called: Input[] = []

export const damagedJob = defineJob(
  'damaged',
  { input: unchecked<Input>(), queue: 'damaged', attempts: 2, backoff: { kind: 'fixed', baseMs: 1, jitter: 'none' } },
  (input) => {
    called.push(input)
    if (input?.neighbour !== undefined) return input.neighbour
    throw new Error(`called with ${JSON.stringify(input)}`)
  },
)

const victimOf = (n: number): string => `victim-${String(n).padStart(3, '0')}`
export const bodyOf = (n: number): string => `{"v":1,"d":{"victim":${n}}}`

/**
 * Jobs whose bodies somebody has damaged, each between two neighbours: they are shown, refuse what cannot be done with them, and end dead
 * with a reason; of the neighbours each is done once. `meddle` changes the bodies in the store. Answers how many were damaged.
 */
export async function damagedEnd(
  door: Door,
  meddle: (ids: Map<string, { was: string; now: string | Buffer }>) => Promise<void>,
): Promise<number> {
  called.length = 0
  const { ask, store } = door
  for (const n of damages.keys()) {
    await store.enqueue(damagedJob, { victim: n }, { id: victimOf(n) })
    await store.enqueue(damagedJob, { neighbour: n }, { id: `neighbour-${n}` })
  }
  await meddle(new Map(damages.map(({ now }, n) => [victimOf(n), { was: bodyOf(n), now: now(bodyOf(n)) }])))
  await shown(door)
  const worker = await door.work({ concurrency: 50 })
  const victims = damages.map((_, n) => victimOf(n))
  await expect
    .poll(async () => statesOf(door, victims), { timeout: 15_000, interval: 100 })
    .toEqual(damages.map(({ what }, n) => [what, victims[n], 'dead']))
  for (const [n, { what, harmless }] of damages.entries()) {
    const [record] = await store.find([victims[n]!])
    expect(record!.error, what).toMatch(harmless ? /called with/ : /FW_[A-Z_]+/)
  }
  const neighbours = damages.map((_, n) => `neighbour-${n}`)
  await expect
    .poll(async () => (await store.find(neighbours)).every((record) => record?.state === 'done'), { timeout: 10_000 })
    .toBe(true)
  expect(called.filter(({ neighbour }) => neighbour !== undefined && neighbour >= 0)).toHaveLength(damages.length)
  for (const path of ['/v1/jobs?queue=damaged&state=dead&limit=500', '/v1/stats', '/metrics']) {
    expect((await ask({ method: 'GET', path })).status, path).toBe(200)
  }
  await worker.stop()
  return damages.length
}

async function statesOf({ store }: Door, ids: string[]): Promise<unknown[]> {
  const records = await store.find(ids)
  return records.map((record, n) => [damages[n]!.what, ids[n], record?.state])
}

/** Before any worker has seen them. */
async function shown({ ask }: Door): Promise<void> {
  for (const path of ['/v1/jobs?limit=500', '/v1/queues/damaged/next?limit=100', '/v1/jobs?error=nothing&limit=500']) {
    const answer = await ask({ method: 'GET', path })
    lawful({ ...answer, body: answer.body.slice(0, 400_000) })
    expect(answer.status, answer.body.slice(0, 300)).toBe(200)
  }
  for (const [n, { what, harmless }] of damages.entries()) {
    const path = `/v1/jobs/${victimOf(n)}`
    const answer = await ask({ method: 'GET', path })
    lawful(answer)
    const view = JSON.parse(answer.body) as { state: string; damage?: string; encrypted?: string }
    expect([what, view.state, (view.damage ?? view.encrypted) === undefined], answer.body.slice(0, 400)).toEqual([
      what,
      'ready',
      harmless === true,
    ])
    const rerun = await ask({ method: 'POST', path: `${path}/rerun`, ...json({ patch: { neighbour: -1 } }) })
    lawful(rerun)
    if (harmless !== true) expect([what, rerun.status], rerun.body).toEqual([what, 409])
    lawful(await ask({ method: 'GET', path: `${path}/result` }))
  }
}
