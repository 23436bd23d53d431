import { setTimeout as sleep } from 'node:timers/promises'
import { startChild } from './api-child.ts'
import { load } from './api-load.ts'
import { apiSettings, submission } from './api-settings.ts'
import { input, report } from './input.ts'
import { storeOf } from './store.ts'

// A server in one process, a worker that runs the jobs at the same time in another, and autocannon in this one.
const given = input({
  ...apiSettings,
  product: 'fiber-work',
  connections: 50,
  warmSeconds: 2,
  seconds: 6,
  /** The second phase: so many requests a second. */
  rate: 1_000,
  fixedSeconds: 6,
  /** Jobs in a request; 1: `POST /v1/jobs`. */
  batch: 1,
  /** Of both children. */
  nodeFlags: [] as string[],
})
const { product, connections, batch, nodeFlags } = given
const drainMsMax = 120_000

const stores = product !== 'nothing' && !given.storeless
await using place = stores ? await storeOf(given) : undefined
const settings = { ...given, url: place?.url ?? '' }
await using server = await startChild(`api-${product}`, 'server', settings, nodeFlags)
await using worker = stores ? await startChild(`api-${product}`, 'worker', settings, nodeFlags) : undefined

const [path, body] =
  batch === 1 ? ['/v1/jobs', submission] : ['/v1/jobs/batch', { jobs: Array.from({ length: batch }, () => submission) }]
const asked = { url: server.url, path, body: JSON.stringify(body), connections }
const phases = [await load({ ...asked, seconds: given.warmSeconds })]
const before = await server.figures()
const saturated = await load({ ...asked, seconds: given.seconds })
const after = await server.figures()
phases.push(saturated)
const fixed = given.fixedSeconds > 0 && (await load({ ...asked, seconds: given.fixedSeconds, rate: given.rate }))
if (fixed) phases.push(fixed)

/** What was accepted is there, and is run. */
async function missed(): Promise<number> {
  if (worker === undefined) return 0
  const accepted = batch * phases.reduce((sum, phase) => sum + phase.accepted, 0)
  for (let waitedMs = 0; ; waitedMs += 100) {
    const { ran } = await worker.figures()
    if (ran >= accepted || waitedMs > drainMsMax) return Math.max(0, accepted - ran)
    await sleep(100)
  }
}

report({
  requestsPerSecond: saturated.perSecond,
  ...(batch > 1 && { jobsPerSecond: batch * saturated.perSecond }),
  p50Ms: saturated.p50Ms,
  p99Ms: saturated.p99Ms,
  ...(fixed && { fixedP50Ms: fixed.p50Ms, fixedP99Ms: fixed.p99Ms }),
  serverUs: (after.cpuUs - before.cpuUs) / (saturated.accepted * batch),
  errors: phases.reduce((sum, phase) => sum + phase.errors, 0),
  missed: await missed(),
})
