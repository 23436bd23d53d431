/** Loses errors of the given kinds in a worker that owns this process, one kind after the other: `node strays-main.ts PLAN-AS-JSON`. */
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { on } from '../../src/base/emit.ts'
import { connect } from '../../src/index.ts'
import { Meeting, type Role, type Stray, strayJob, strays } from './strays.ts'
import type { StraysPlan, StrayStory } from './strays-run.ts'

const innocents = 100
const { kinds, urls } = JSON.parse(process.argv[2]!) as StraysPlan
const server = createServer((_, response) => response.end('ok')).listen(0, '127.0.0.1')
await new Promise((resolve) => server.once('listening', resolve))
urls['http'] = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`
// As the command line does: what comes when the worker has gone must not end the process.
process.on('unhandledRejection', () => {})
process.on('uncaughtException', () => {})
for (const name of kinds) process.stdout.write(`${JSON.stringify(await tell(name, strays[name]!))}\n`)
process.exit(0)

async function tell(name: string, kind: Stray): Promise<StrayStory> {
  const roles: Role[] = [...Array<Role>(kind.culprits ?? 1).fill('culprit'), 'bystander']
  while (roles.length < innocents + (kind.culprits ?? 1)) roles.push('innocent')
  const meeting = new Meeting(roles.length)
  const job = strayJob(kind, meeting, urls)
  const roleOf = new Map<string, Role>()
  const who = (id: string | undefined) => (id === undefined ? undefined : roleOf.get(id))
  const story: StrayStory = { name, blamed: [], strays: [], late: 0, condemned: false, innocentsDone: 0, culprits: [] }
  const ended = [
    on('job.blamed', ({ id, sure, origin }) => story.blamed.push({ who: who(id), sure, origin })),
    on('worker.stray', ({ job: left, origin }) => story.strays.push({ who: who(left?.id), origin })),
    on('job.handledLate', () => story.late++),
    on('job.ended', ({ id, verdict }) => {
      if (who(id) === 'culprit') story.culprits.push(verdict)
      else if (verdict === 'done') story.innocentsDone++
    }),
  ]
  await using client = await connect('memory:')
  for (const [at, sent] of (await client.enqueueMany(job, roles)).entries()) roleOf.set(sent.id, roles[at]!)
  const worker = await client.work([job], { ownProcess: true })
  await worker.idle()
  // What is left behind comes after the end.
  await new Promise((resolve) => setTimeout(resolve, 50))
  await worker.stop()
  story.condemned = worker.condemnedBy !== undefined
  // The process that a supervisor would have started.
  meeting.over = true
  const next = await client.work([job])
  await next.idle({ delayed: kind.blamed?.who === 'bystander' })
  await next.stop()
  for (const end of ended) end()
  return story
}
