import { createHash } from 'node:crypto'
import type { Env } from '../../base/env.ts'
import { FiberWorkError } from '../../contract/errors.ts'
import type { Sent, StoredJob } from '../../contract/job.ts'
import type { AnyDefinition } from '../../job/definition.ts'
import type { EnqueueOptions } from '../../job/options.ts'
import type { Api } from '../api.ts'
import { type Caller, demandQueue } from '../auth/caller.ts'
import { operation } from '../operation.ts'
import { problemOf } from '../problem.ts'
import { batch, batchAnswer, type Submission, submission, submitted } from '../schemas/job.ts'

const dayMs = 86_400_000
/** To read more of it would keep the event loop for longer than 50 ms. */
const batchBytesMax = 4 * 1024 * 1024
/** So long jobs are made ready in one go; then others have their turn. */
const sliceMs = 10

export const submitJob = operation({
  id: 'submitJob',
  method: 'POST',
  path: '/v1/jobs',
  tag: 'Jobs',
  right: 'submit',
  summary: 'Enqueue a job',
  description:
    'The input is checked by the schema of its definition. With the header `idempotency-key` the same request may be sent again: for a day, and for as long as its record is kept, it is answered `duplicate` with the id of the first one.',
  body: submission,
  answer: submitted,
  statusOf: ({ outcome }) => (outcome === 'duplicate' ? 200 : 201),
  statuses: [200, 201],
  async run(api, { body, caller, headers }) {
    const { definition, options } = enqueueOf(api, caller, body, headers)
    const idempotencyKey = headers['idempotency-key']
    const keyed = idempotencyKey === undefined ? options : keyedBy(keyOf(idempotencyKey), definition, options)
    const sent = await api.client.enqueue(definition, body.input, keyed)
    if (idempotencyKey !== undefined && sent.outcome === 'duplicate') await refuseReuse(api, sent.id, body)
    return { id: sent.id, outcome: sent.outcome as 'added', name: definition.name, queue: definition.queue.name }
  },
})

export const submitJobs = operation({
  id: 'submitJobs',
  method: 'POST',
  path: '/v1/jobs/batch',
  tag: 'Jobs',
  right: 'submit',
  summary: 'Enqueue up to 1,000 jobs',
  description: 'One answer for each, in order. Those that are refused keep none of the others.',
  body: batch,
  bodyBytesMax: batchBytesMax,
  answer: batchAnswer,
  async run(api, { body, caller, headers }) {
    const jobs: BatchItem[] = Array.from({ length: body.jobs.length })
    const prepared: { job: StoredJob; index: number }[] = []
    // To have read the body may have taken its time already.
    let endMs = await turnOf(api.env)
    for (const [index, one] of body.jobs.entries()) {
      if (api.env.monoMs() > endMs) endMs = await turnOf(api.env)
      try {
        const { definition, options } = enqueueOf(api, caller, one, headers)
        prepared.push({ job: await api.client.prepare(definition, one.input, options), index })
      } catch (error) {
        jobs[index] = { outcome: 'refused', problem: problemOf(error) }
      }
    }
    const sent = await api.client.enqueuePrepared(prepared.map(({ job }) => job))
    for (const [at, { index }] of prepared.entries()) jobs[index] = sent[at]!
    return { jobs, counts: countsOf(jobs) }
  },
})

/** Lets others have their turn; answers when the next one is to come. */
async function turnOf(env: Env): Promise<number> {
  await new Promise<void>((resolve) => env.immediate(resolve))
  return env.monoMs() + sliceMs
}

type BatchItem =
  | { id: string; outcome: Exclude<Sent['outcome'], never> }
  | { outcome: 'refused'; problem: ReturnType<typeof problemOf> }

function countsOf(jobs: readonly BatchItem[]): Record<string, number> {
  const counts: Record<string, number> = {}
  for (const { outcome } of jobs) counts[outcome] = (counts[outcome] ?? 0) + 1
  return counts
}

/** What a submission asks the client for. Throws `FW_JOB_INVALID`, `FW_API_FORBIDDEN`. */
export function enqueueOf(
  { definitions }: Api,
  caller: Caller,
  { name, queue, input: _input, runAt, headers, ...others }: Submission,
  { traceparent, tracestate }: Readonly<Record<string, string | undefined>>,
): { definition: AnyDefinition; options: EnqueueOptions } {
  const definition = definitions.for(name, queue)
  demandQueue(caller, definition.queue.name)
  const options: EnqueueOptions = others
  if (runAt !== undefined) options.runAt = typeof runAt === 'string' ? new Date(runAt) : runAt
  if (traceparent === undefined) {
    if (headers !== undefined) options.headers = headers
  } else options.headers = { traceparent, ...(tracestate !== undefined && { tracestate }), ...headers }
  return { definition, options }
}

/** A header holds bytes, which arrive as a character each: two keys are one when their bytes are. */
function keyOf(header: string): string {
  if (header.length > 0 && header.length <= 255) return header
  throw new FiberWorkError(
    'FW_API_INVALID',
    `The header \`idempotency-key\` has ${header.length} bytes; 1 to 255 are allowed.`,
  )
}

/**
 * The id comes from the key, so that the job is found again as long as its record is kept; where the submission has no unique key of its own, one
 * holds the place for a day, whatever becomes of the record.
 */
export function keyedBy(idempotencyKey: string, definition: AnyDefinition, options: EnqueueOptions): EnqueueOptions {
  if (options.id !== undefined) {
    throw new FiberWorkError('FW_API_INVALID', 'Give an `id` or the header `idempotency-key`, not both.')
  }
  const hash = createHash('sha256')
    .update(`${definition.queue.name}\n${definition.name}\n${idempotencyKey}`)
    .digest('hex')
  const isFree = options.unique === undefined && definition.options.unique === undefined
  return {
    ...options,
    id: `idem-${hash.slice(0, 40)}`,
    ...(isFree && { unique: { key: `idempotency:${hash}`, mode: 'keep', forMs: dayMs } }),
  }
}

/** Throws `FW_API_IDEMPOTENCY` when the job that holds the key is another one. */
async function refuseReuse({ client }: Api, id: string, { input }: Submission): Promise<void> {
  if (client.driver.inspector === undefined) return
  const [record] = await client.find([id])
  if (record === undefined) return
  const known = client.content(record)
  if (
    known.encrypted !== undefined ||
    known.damage !== undefined ||
    JSON.stringify(known.input) === JSON.stringify(input)
  )
    return
  throw new FiberWorkError(
    'FW_API_IDEMPOTENCY',
    `The idempotency key belongs to the job ${id}, which has another input.`,
  )
}
