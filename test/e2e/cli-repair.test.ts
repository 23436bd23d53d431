import { afterAll, beforeAll, expect, test } from 'vitest'
import { type CliProject, eventually, makeCliProject, type Running } from '../support/cli-project.ts'

const tenants = ['acme', 'borg', 'cyan', 'dyno', 'echo']
const orders = 40
const good = (tenant: string) => `key-of-${tenant}-${'g'.repeat(20)}`
const bad = `sk_live_${'b'.repeat(24)}`

let project: CliProject
let worker: Running
let url = ''

beforeAll(() => {
  project = makeCliProject()
  // Each tenant is connected by a job whose input has its credential; its orders are shipped with what that job has left.
  project.write(
    'jobs/tenants.ts',
    `import { mkdir, readFile, writeFile } from 'node:fs/promises'
     import { defineJob, defineQueue } from 'fiber-work'
     import * as z from 'zod'
     const keep = { count: 10_000, ageMs: 3_600_000 }
     const backoff = { kind: 'fixed', baseMs: 10, jitter: 'none' } as const
     export const connect = defineJob(
       'connect',
       { input: z.object({ tenant: z.string(), apiKey: z.string() }), queue: defineQueue('accounts'), tenant: ({ tenant }) => tenant, attempts: 2, backoff, keep },
       async ({ tenant, apiKey }) => {
         if (!apiKey.startsWith(\`key-of-\${tenant}\`)) throw new Error(\`401 the shop does not know the key \${apiKey}\`)
         await mkdir('connected', { recursive: true })
         await writeFile(\`connected/\${tenant}\`, 'yes')
       },
     )
     export const ship = defineJob(
       'ship',
       { input: z.object({ tenant: z.string(), order: z.int() }), queue: defineQueue('orders'), tenant: ({ tenant }) => tenant, attempts: 2, backoff, keep },
       async ({ tenant, order }) => {
         await readFile(\`connected/\${tenant}\`).catch(() => { throw new Error(\`order \${order}: the shop of \${tenant} is not connected\`) })
         return { shipped: order }
       },
     )`,
  )
})

afterAll(() => project.remove())

interface Queue {
  queue: string
  ready: number
  running: number
  delayed: number
  done: number
  dead: number
}

const at = () => ` --api ${url}`
const cli = async (args: string) => {
  const { end, stdout, stderr } = await project.cli(args + at())
  expect(end, `${args}\n${stderr}`).toBe(0)
  expect(stdout + stderr, args).not.toContain('sk_live_b')
  return stdout
}
const json = <T>(args: string) => project.json<T>(args + at())
const queues = async () =>
  Object.fromEntries((await json<{ queues: Queue[] }>('stats')).queues.map((one) => [one.queue, one]))

test('one person finds, understands and repairs a failing tenant from the shell alone', async () => {
  const lines = (inputs: object[]) => ({ input: inputs.map((one) => JSON.stringify(one)).join('\n') })
  const accounts = tenants.map((tenant) => ({ tenant, apiKey: tenant === 'cyan' ? bad : good(tenant) }))
  await project.cli('enqueue connect --lines', lines(accounts))
  worker = project.start('work --http 127.0.0.1:0 --log-format text')
  await worker.until(/http:\/\/127\.0\.0\.1:\d+/)
  url = /http:\/\/127\.0\.0\.1:\d+/.exec(worker.said.stderr)![0]
  await eventually('the accounts were tried', async () => {
    const { accounts: queue } = await queues()
    return queue?.done === 4 && queue.dead === 1
  })
  const all = tenants.flatMap((tenant) => Array.from({ length: orders }, (_, order) => ({ tenant, order })))
  await project.cli(`enqueue ship --lines${at()}`, lines(all))
  await eventually('the orders were tried', async () => (await queues())['orders']?.dead === orders)

  // Who fails, and of what? Numbers in an error do not make it another trouble.
  const { kinds } = await json<{
    kinds: { name: string; count: number; groups: object; error: string; example: string }[]
  }>('dead')
  expect(kinds).toMatchObject([
    { queue: 'orders', name: 'ship', count: orders, groups: { cyan: orders } },
    { queue: 'accounts', name: 'connect', count: 1, groups: { cyan: 1 } },
  ])
  const text = await cli('dead')
  expect(text).toMatch(/41 dead letters of 2 kinds/)
  expect(text).toMatch(/40 .*orders +ship +cyan .*the shop of cyan is not connected/)
  expect(text).toMatch(/1 .*accounts +connect +cyan .*401 the shop does not know the key/)
  const cause = kinds[1]!.example
  const status = await cli(`status ${cause}`)
  expect(status).toMatch(/^group +cyan$[^]*^attempts +2$|^attempts +2$[^]*^group +cyan$/m)
  expect(status).toContain('"tenant": "cyan"')

  // No more of this tenant's orders while it is looked after; the others go on.
  expect(await cli('pause orders --group cyan')).toBe('paused cyan of orders\n')
  await project.cli(`enqueue ship --lines${at()}`, lines(tenants.map((tenant) => ({ tenant, order: 99 }))))
  await eventually('the others go on', async () => {
    const { orders: queue } = await queues()
    return queue!.done === 4 * orders + 4 && queue!.ready === 1
  })

  // The credential is put right, and nothing else of the input is touched.
  const rerun = await json<{ id: string; outcome: string }>(
    `rerun ${cause} --patch '${JSON.stringify({ apiKey: good('cyan') })}'`,
  )
  expect(rerun.outcome).toBe('added')
  await eventually(
    'it is connected',
    async () => (await json<{ state: string }>(`status ${rerun.id}`)).state === 'done',
  )

  // Its orders, gently; it is still paused, so that they wait.
  expect(await json('bulk retry --queue orders --group cyan --state dead --preview')).toMatchObject({
    count: orders,
    exact: true,
  })
  const startedMs = Date.now()
  const retried = await json('retry --queue orders --group cyan --state dead --rate 50')
  expect(retried).toMatchObject({ outcomes: { retried: orders }, task: { state: 'done', ratePerSecond: 50 } })
  // 40 jobs in steps of 5: the last step does not wait for what comes after.
  expect(Date.now() - startedMs).toBeGreaterThan(600)
  expect((await queues())['orders']).toMatchObject({ ready: orders + 1, dead: 0 })
  expect(await cli('resume orders --group cyan')).toBe('resumed cyan of orders\n')
  await eventually('all is shipped', async () => (await queues())['orders']?.done === 5 * orders + 5)
  expect(await json(`purge-dead accounts --group cyan --yes`)).toMatchObject({ removed: 1 })

  // The numbers are right, and who did what is written down.
  expect(await cli('dead')).toBe('No dead letters.\n')
  expect(await queues()).toMatchObject({
    accounts: { done: 5, dead: 0, ready: 0, running: 0, delayed: 0 },
    orders: { done: 5 * orders + 5, dead: 0, ready: 0, running: 0, delayed: 0 },
  })
  const { entries } = await json<{ entries: { operation: string; actor: string; details: object }[] }>('audit')
  expect(entries.map(({ operation }) => operation)).toEqual([
    'startBulk',
    'resumeGroup',
    'startBulk',
    'rerunJob',
    'pauseGroup',
  ])
  expect(entries.at(-1)).toMatchObject({ actor: 'local', details: { queue: 'orders', group: 'cyan' } })
  expect(await cli('audit')).toMatch(/pauseGroup.*"group":"cyan"/)

  worker.child.kill('SIGTERM')
  expect((await worker.ended).end).toBe(0)
})
