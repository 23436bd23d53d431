import * as z from 'zod'
import { Definitions } from '../../src/api/definitions.ts'
import { serve } from '../../src/api/server.ts'
import { connect, defineJob } from '../../src/index.ts'
import { input, report } from './input.ts'
import { percentile } from './load.ts'
import { storeOf } from './store.ts'

// First pages of a store that is full. The oldest jobs are the rare ones: whoever looks from the newest on finds them last.
const given = input({ store: 'memory', redis: '', jobs: 1_000_000, repeats: 9 })
const queues = 10
const rare = 100
const ended = 20_000
const chunk = 10_000
const asks: Record<string, string> = {
  all: '/v1/jobs',
  ready: '/v1/jobs?state=ready',
  done: '/v1/jobs?state=done',
  dead: '/v1/jobs?state=dead',
  queue: '/v1/jobs?queue=q3',
  name: '/v1/jobs?name=n3',
  rareName: '/v1/jobs?name=rare',
  tag: '/v1/jobs?tag=t7',
  rareTag: '/v1/jobs?tag=vip',
  several: '/v1/jobs?queue=q3&state=ready&name=n3&tag=t7',
  text: '/v1/jobs?error=refused',
  queues: '/v1/queues',
}

const schema = z.object({ n: z.number(), pad: z.string() })
const pad = 'x'.repeat(180)
const inputs = (first: number, count: number) => Array.from({ length: count }, (_, i) => ({ n: first + i, pad }))
const tags = ({ n }: { n: number }) => [`t${n % 100}`]
const plain = Array.from({ length: queues }, (_, q) => defineJob(`n${q}`, { input: schema, queue: `q${q}`, tags }))
const rareOne = defineJob('rare', { input: schema, queue: 'q0', tags: ['vip'] })
const ending = defineJob('ending', { input: schema, queue: 'ended', tags, attempts: 1 }, async ({ n }) => {
  if (n % 100 === 0) throw new Error('it was refused')
})
const all = [...plain, rareOne, ending]

await using place = await storeOf(given)
await using client = await connect(place.url)
const started = performance.now()
await client.enqueueMany(rareOne, inputs(0, rare))
await client.enqueueMany(ending, inputs(0, ended))
const worker = await client.work([ending])
await worker.idle()
await worker.stop()
for (let n = rare + ended; n < given.jobs; n += chunk) {
  await client.enqueueMany(plain[((n / chunk) % queues) | 0]!, inputs(n, Math.min(chunk, given.jobs - n)))
}
const filledS = (performance.now() - started) / 1_000

const health = async () => ({ ok: true, ready: true, reasons: [], workers: [] })
const server = await serve({ address: { host: '127.0.0.1', port: 0 }, health, failed: console.error })
const fleet = { ask: async () => ({ answers: [], missing: [] }), watch: () => () => {} }
await server.open({ client, fleet, definitions: new Definitions(all) })

const metrics: Record<string, number> = { filledS }
const found: Record<string, string> = {}
for (const [name, path] of Object.entries(asks)) {
  const tookMs: number[] = []
  for (let n = 0; n < given.repeats; n++) {
    const since = performance.now()
    const response = await fetch(server.url + path)
    const answer = (await response.json()) as { jobs?: unknown[]; queues?: unknown[]; cursor?: string; read?: number }
    tookMs.push(performance.now() - since)
    if (!response.ok) throw new Error(`${path}: ${JSON.stringify(answer)}`)
    found[name] = `${answer.jobs?.length ?? answer.queues?.length}${answer.cursor == null ? '' : '+'}`
    if (answer.jobs !== undefined) metrics[`${name}Found`] = answer.jobs.length
  }
  metrics[`${name}Ms`] = percentile(tookMs, 0.5)
}
metrics['worstMs'] = Math.max(...Object.keys(asks).map((name) => metrics[`${name}Ms`]!))
console.error(`  ${given.store}: found ${JSON.stringify(found)}`)
report(metrics)
await server.close()
