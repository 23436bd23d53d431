import * as z from 'zod'
import { FiberWorkError } from '../../contract/errors.ts'
import type { Api } from '../api.ts'
import type { Caller } from '../auth/caller.ts'
import { operation } from '../operation.ts'
import { submitted, type Submission, type Submitted } from '../schemas/job.ts'
import { enqueueOf, keyedBy } from './submit.ts'

const text = z.string().min(1).max(1_024)

/** An event as CloudEvents 1.0 has it in JSON. Extensions are what else stands there. */
const cloudEvent = z
  .looseObject({
    specversion: z.literal('1.0'),
    id: text,
    source: text,
    type: text,
    subject: text.exactOptional(),
    time: z.iso.datetime({ offset: true }).exactOptional(),
    datacontenttype: z.string().exactOptional(),
    dataschema: z.string().exactOptional(),
    data: z.unknown().optional(),
    data_base64: z.string().exactOptional(),
  })
  .meta({ id: 'CloudEvent' })

type CloudEvent = z.output<typeof cloudEvent>

export const receiveEvent = operation({
  id: 'receiveCloudEvent',
  method: 'POST',
  path: '/v1/cloudevents',
  tag: 'Jobs',
  right: 'submit',
  summary: 'Enqueue a job for a CloudEvent, or one for each of a batch',
  description:
    'CloudEvents 1.0 over HTTP: structured (`application/cloudevents+json`), batched (`application/cloudevents-batch+json`), or binary (`ce-…` headers and a JSON body). `type` is the name of the job and `data` its input; `source` and `id` together name it, so that an event that comes again is a duplicate. The extensions `fwqueue`, `fwpriority` and `partitionkey` choose the queue, the priority and the group.',
  body: z.unknown(),
  answer: z.object({ jobs: z.array(submitted) }),
  statusOf: ({ jobs }) => (jobs.every(({ outcome }) => outcome === 'duplicate') ? 200 : 201),
  statuses: [200, 201],
  async run(api, { body, headers, caller }) {
    const events = eventsOf(body, headers)
    // All of them are read before the first one is enqueued: a batch is taken whole or not at all.
    const jobs = events.map((event) => jobOf(event))
    const answers: Submitted[] = []
    for (const [index, job] of jobs.entries()) answers.push(await enqueue(api, caller, job, events[index]!, headers))
    return { jobs: answers }
  },
})

async function enqueue(
  api: Api,
  caller: Caller,
  job: Submission,
  { source, id }: CloudEvent,
  headers: Readonly<Record<string, string | undefined>>,
): Promise<Submitted> {
  const { definition, options } = enqueueOf(api, caller, job, headers)
  const sent = await api.client.enqueue(definition, job.input, keyedBy(keyOf(source, id), definition, options))
  return { id: sent.id, outcome: sent.outcome as 'added', name: definition.name, queue: definition.queue.name }
}

/** `source` and `id` may hold blanks, so that joined by one `a b` `c` would be `a` `b c`. */
function keyOf(source: string, id: string): string {
  return JSON.stringify([source, id])
}

function eventsOf(body: unknown, headers: Readonly<Record<string, string | undefined>>): CloudEvent[] {
  const type = headers['content-type'] ?? ''
  if (type.startsWith('application/cloudevents-batch+json')) return parsed(z.array(cloudEvent).min(1).max(1_000), body)
  if (headers['ce-specversion'] === undefined) return [parsed(cloudEvent, body)]
  const attributes = Object.entries(headers).flatMap(([name, value]) =>
    name.startsWith('ce-') && value !== undefined ? [[name.slice(3), decoded(value)] as const] : [],
  )
  return [parsed(cloudEvent, { ...Object.fromEntries(attributes), datacontenttype: type, data: body })]
}

function parsed<Schema extends z.ZodType>(schema: Schema, value: unknown): z.output<Schema> {
  const answer = schema.safeParse(value)
  if (answer.success) return answer.data
  const [issue] = answer.error.issues
  throw new FiberWorkError('FW_API_INVALID', `This is no CloudEvent 1.0: ${issue!.path.join('.')}: ${issue!.message}`)
}

/** Attributes in headers are percent-encoded. */
function decoded(value: string): string {
  try {
    return decodeURIComponent(value)
  } catch {
    return value
  }
}

function jobOf(event: CloudEvent): Submission {
  const { type, subject, time, source, data, data_base64: binary, fwqueue, fwpriority, partitionkey } = event
  if (binary !== undefined)
    throw new FiberWorkError('FW_API_INVALID', '`data_base64` is not taken: the input of a job is JSON.')
  const priority = fwpriority === undefined ? undefined : Number(fwpriority)
  return {
    name: type,
    input: data,
    headers: {
      'ce-source': source.slice(0, 1_024),
      'ce-id': event.id,
      ...(subject !== undefined && { 'ce-subject': subject }),
      ...(time !== undefined && { 'ce-time': time }),
    },
    ...(typeof fwqueue === 'string' && { queue: fwqueue }),
    ...(priority !== undefined && { priority }),
    ...(typeof partitionkey === 'string' && { group: partitionkey }),
  }
}
