import * as z from 'zod'
import { FiberWorkError } from '../../contract/errors.ts'
import { tenantHeader } from '../../contract/job.ts'
import { bare } from '../definitions.ts'
import { operation } from '../operation.ts'
import { key } from '../schemas/common.ts'
import { submitted } from '../schemas/job.ts'
import { mergePatch } from './merge-patch.ts'
import { known } from './jobs.ts'

/** The header of a job that was made from another one: whose id it holds. */
const rerunHeader = 'fiber-work-rerun-of'

export const rerunJob = operation({
  id: 'rerunJob',
  method: 'POST',
  path: '/v1/jobs/{id}/rerun',
  tag: 'Jobs',
  right: 'act',
  summary: 'Run a job once more as a new one, its input edited or as it was',
  description:
    'The new job has the name, queue, group, priority, tags and headers of the old one, and its input: as it was, replaced by `input`, or changed by `patch` (a JSON merge patch, RFC 7396), which leaves alone what it does not name, masked secrets among it.',
  params: z.strictObject({ id: key }),
  body: z.strictObject({ input: z.unknown().optional(), patch: z.unknown().optional() }).default({}),
  answer: submitted,
  statusOf: () => 201,
  statuses: [201],
  audit: ({ params, body }) => ({ id: params.id, edited: body.input !== undefined || body.patch !== undefined }),
  async run(api, { params, body, caller }) {
    const record = await known(api, caller, params.id)
    const { job } = record
    if (body.input !== undefined && body.patch !== undefined) {
      throw new FiberWorkError('FW_API_INVALID', 'Give `input` or `patch`, not both.')
    }
    const definition = api.definitions.find(job.queue, job.name) ?? bare(job.name, job.queue)
    const input = body.input ?? mergePatch(storedInput(), body.patch)
    const tenant = job.headers?.[tenantHeader]
    const sent = await api.client.enqueue(definition, input, {
      priority: job.priority,
      ...(job.group !== undefined && { group: job.group }),
      ...(tenant !== undefined && { tenant }),
      ...(job.tags !== undefined && { tags: newTags(job.tags, definition.options.tags) }),
      headers: { ...job.headers, [rerunHeader]: job.id },
    })
    return { id: sent.id, outcome: sent.outcome as 'added', name: job.name, queue: job.queue }

    function storedInput(): unknown {
      const { input: stored, version: storedVersion = 1, encrypted, damage } = api.client.content(record)
      if (encrypted !== undefined) throw unreadable(job.id, `it is encrypted with the key "${encrypted}"`)
      if (damage !== undefined) throw unreadable(job.id, damage)
      const { version = 1, upgrade } = definition.options
      return storedVersion < version && upgrade !== undefined ? upgrade(stored, storedVersion) : stored
    }
  },
})

/** Those that the definition would not add by itself. */
function newTags(tags: string[], own: unknown): string[] {
  return Array.isArray(own) ? tags.filter((tag) => !own.includes(tag)) : typeof own === 'function' ? [] : tags
}

const unreadable = (id: string, why: string): FiberWorkError =>
  new FiberWorkError('FW_BODY_INVALID', `The input of ${id} cannot be read (${why}); give a new one as \`input\`.`)
