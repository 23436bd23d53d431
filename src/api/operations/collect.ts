import * as z from 'zod'
import type { Client } from '../../connect/client.ts'
import type { JobRecord } from '../../contract/job.ts'
import { terminalStates } from '../../contract/job.ts'
import type { Api } from '../api.ts'
import { type Caller, mayUse } from '../auth/caller.ts'
import { operation } from '../operation.ts'
import { key, milliseconds } from '../schemas/common.ts'
import { result, type ResultView } from '../schemas/job.ts'

const waitMsMax = 60_000
const waitMs = milliseconds(waitMsMax)
  .default(0)
  .meta({ description: 'Wait until the job has ended, for at most so long.' })

export const jobResult = operation({
  id: 'jobResult',
  method: 'GET',
  path: '/v1/jobs/{id}/result',
  tag: 'Jobs',
  right: 'collect',
  summary: 'What a job has come to, or wait for it',
  description: '200 when it has ended, however; 202 when it has not; 404 when no record of it is kept.',
  params: z.strictObject({ id: key }),
  query: z.strictObject({ waitMs }),
  answer: result,
  statusOf: ({ settled, state }) => (settled ? 200 : state === 'unknown' ? 404 : 202),
  statuses: [200, 202, 404],
  async run(api, { params, query, caller, signal }) {
    return (await collect(api, caller, [params.id], query.waitMs, signal))[0]!
  },
})

export const jobResults = operation({
  id: 'jobResults',
  method: 'POST',
  path: '/v1/jobs/results',
  tag: 'Jobs',
  right: 'collect',
  summary: 'What up to 1,000 jobs have come to, or wait for them',
  body: z.strictObject({ ids: z.array(key).min(1).max(1_000), waitMs }),
  answer: z.object({ results: z.array(result), settled: z.int() }),
  async run(api, { body, caller, signal }) {
    const results = await collect(api, caller, body.ids, body.waitMs, signal)
    return { results, settled: results.filter(({ settled }) => settled).length }
  },
})

async function collect(
  { client }: Api,
  caller: Caller,
  ids: string[],
  waitMs: number,
  signal: AbortSignal,
): Promise<ResultView[]> {
  const first = await client.find(ids)
  const open = first.filter((record): record is JobRecord => record !== undefined && !isSettled(record))
  if (open.length === 0 || waitMs === 0)
    return first.map((record, index) => resultView(client, ids[index]!, record, caller))
  // What they came to is read from their records; here it only matters that they are over, or that time is.
  const waits = open.map(({ job }) =>
    client
      .job(job.id)
      .result({ timeoutMs: waitMs, signal })
      .catch(() => {}),
  )
  await Promise.all(waits)
  signal.throwIfAborted()
  const then = await client.find(open.map(({ job }) => job.id))
  const byId = new Map(open.map(({ job }, index) => [job.id, then[index]]))
  return first.map((record, index) => {
    const id = ids[index]!
    // A record that was dropped meanwhile had an end, of which nothing is known any more.
    return resultView(client, id, byId.has(id) ? byId.get(id) : record, caller)
  })
}

function isSettled({ state }: JobRecord): boolean {
  return (terminalStates as readonly string[]).includes(state)
}

/** Somebody of other queues is told what he would be told of a job that does not exist. */
function resultView(client: Client, id: string, record: JobRecord | undefined, caller: Caller): ResultView {
  if (record === undefined || !mayUse(caller, record.job.queue)) return { id, state: 'unknown', settled: false }
  const { state, error } = record
  const value = state === 'done' ? client.content(record).result : undefined
  return {
    id,
    state,
    settled: isSettled(record),
    ...(value !== undefined && { result: value }),
    ...(error !== undefined && state !== 'done' && { error: error.split('\n', 1)[0]!.slice(0, 2_000) }),
  }
}
