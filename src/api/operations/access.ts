import * as z from 'zod'
import { FiberWorkError } from '../../contract/errors.ts'
import type { Api } from '../api.ts'
import { auditOutcomes } from '../audit-filter.ts'
import { type Caller, demandAll, knownBy } from '../auth/caller.ts'
import { rights, rightsOf, roles } from '../auth/roles.ts'
import { operation } from '../operation.ts'
import { key, name, tenYearsMs, time, timeRange, timeRangeOf } from '../schemas/common.ts'
import { isoTime } from '../views/time.ts'

const scope = z
  .string()
  .regex(/^[A-Za-z0-9_][A-Za-z0-9_.-]{0,62}\*?$/, 'the name of a queue, or the beginning of names and *')

const can = z
  .object({
    search: z.boolean().meta({ description: 'Find, list and act on single jobs, pause queues.' }),
    keep: z.boolean().meta({ description: 'Settled jobs can be found.' }),
    failures: z.boolean().meta({ description: 'Each failed attempt of a job is told; without it its last error.' }),
    groups: z.boolean().meta({ description: 'Groups take turns, and are counted.' }),
    limits: z.boolean().meta({ description: 'Limits of queues and groups are held by the store.' }),
    records: z.boolean().meta({
      description: 'It keeps records: schedules, history, tokens, the audit log, bulk actions of other processes.',
    }),
  })
  .meta({ id: 'StoreAbilities', description: 'What the store can do. What it cannot is refused with FW_DRIVER_TRAIT.' })

const me = z
  .object({
    name: z.string(),
    role: z.enum(roles),
    rights: z
      .array(z.enum(rights))
      .meta({ description: 'What the role may: payloads are shown to who may `inspect`.' }),
    queues: z.array(z.string()).optional().meta({ description: 'Only these; absent for all.' }),
    by: z.enum(knownBy).meta({
      description:
        '`token`: one comes with each request. `session`: of a cookie, which `DELETE /v1/session` ends. `machine`: the port is of this machine alone and has no tokens. `host`: the server says so that the dashboard is mounted in.',
    }),
    version: z.string(),
    store: z.object({ driver: z.string(), can }),
  })
  .meta({ id: 'Me' })

export const whoami = operation({
  id: 'whoami',
  method: 'GET',
  path: '/v1/whoami',
  tag: 'Access',
  right: 'enter',
  summary: 'As whom one is known here, what one may, and what the store can do',
  answer: me,
  run: async (api, { caller }) => meOf(api, caller),
})

/** Who asks, as `whoami` and a login answer it. */
export function meOf({ client: { driver }, version }: Api, { name: who, role, queues, by }: Caller): MeView {
  return {
    name: who,
    role,
    rights: [...rightsOf(role)],
    ...(queues !== undefined && { queues: [...queues] }),
    by: by ?? 'machine',
    version,
    store: {
      driver: driver.name,
      can: {
        search: driver.inspector !== undefined,
        keep: driver.traits.history,
        failures: driver.traits.failures,
        groups: driver.traits.groups,
        limits: driver.limits !== undefined,
        records: driver.ledger !== undefined,
      },
    },
  }
}

const token = z
  .object({
    name: z.string(),
    role: z.enum(roles),
    queues: z.array(z.string()).optional(),
    createdAt: time.optional(),
    expiresAt: time.optional(),
    requestsPerSecond: z.number().optional(),
    kept: z.enum(['configuration', 'store']),
  })
  .meta({ id: 'Token', description: 'Of a token only its name is ever shown.' })

export const listTokens = operation({
  id: 'listTokens',
  method: 'GET',
  path: '/v1/tokens',
  tag: 'Access',
  right: 'manage',
  summary: 'Who may come in, and as what',
  answer: z.object({ tokens: z.array(token) }),
  async run({ tokens }, { caller }) {
    demandAll(caller)
    return {
      tokens: (await tokens.list()).map(({ sha256: _sha256, createdAtMs, expiresAtMs, queues, ...rest }) => ({
        ...rest,
        ...(queues !== undefined && { queues: [...queues] }),
        ...(createdAtMs !== undefined && { createdAt: isoTime(createdAtMs) }),
        ...(expiresAtMs !== undefined && { expiresAt: isoTime(expiresAtMs) }),
      })),
    }
  },
})

export const addToken = operation({
  id: 'addToken',
  method: 'POST',
  path: '/v1/tokens',
  tag: 'Access',
  right: 'manage',
  summary: 'Make a token; the answer is the only time that it is shown',
  description: 'From the first token on nobody comes in without one, on loopback neither.',
  body: z.strictObject({
    name,
    role: z.enum(roles),
    queues: z.array(scope).min(1).max(100).exactOptional(),
    expiresInMs: z.number().min(1_000).max(tenYearsMs).exactOptional(),
    requestsPerSecond: z.number().min(1).max(1_000_000).exactOptional(),
  }),
  answer: z.object({ name: z.string(), role: z.enum(roles), token: z.string() }),
  statusOf: () => 201,
  statuses: [201],
  audit: ({ body }) => ({ ...body }),
  async run({ tokens, env }, { body: { expiresInMs, ...body }, caller }) {
    demandAll(caller)
    const hasAdmin = (await tokens.list()).some(({ role, queues }) => role === 'admin' && queues === undefined)
    if (!hasAdmin && (body.role !== 'admin' || body.queues !== undefined)) {
      throw new FiberWorkError(
        'FW_API_INVALID',
        'Make one with the role admin and for all queues first: from the first token on nobody comes in without one, and nobody could make the next.',
      )
    }
    const made = await tokens.add({
      ...body,
      ...(expiresInMs !== undefined && { expiresAtMs: env.nowMs() + expiresInMs }),
    })
    return { name: body.name, role: body.role, token: made }
  },
})

export const revokeToken = operation({
  id: 'revokeToken',
  method: 'DELETE',
  path: '/v1/tokens/{name}',
  tag: 'Access',
  right: 'manage',
  summary: 'Let nobody in with it any more; in other processes after five seconds at the latest',
  params: z.strictObject({ name }),
  answer: z.object({ name: z.string(), revoked: z.boolean() }),
  audit: ({ params }) => ({ name: params.name }),
  async run({ tokens }, { params, caller }) {
    demandAll(caller)
    if (await tokens.revoke(params.name)) return { name: params.name, revoked: true }
    throw new FiberWorkError('FW_API_NOT_FOUND', `There is no token "${params.name}" in the store.`)
  },
})

const entry = z
  .object({
    id: z.string(),
    at: time,
    actor: z.string(),
    role: z.string(),
    from: z.string().optional(),
    operation: z.string(),
    details: z.record(z.string(), z.unknown()),
    failed: z.string().optional(),
  })
  .meta({ id: 'AuditEntry' })

const auditQuery = z.strictObject({
  actor: key.exactOptional().meta({ description: 'Who: the name of a token, `local`, or `ada@host`.' }),
  operation: z
    .string()
    .regex(/^[A-Za-z]{1,40}$/, 'the id of an operation, like pauseGroup')
    .exactOptional()
    .meta({ description: 'What was done: the id of an operation, `pauseGroup`; also `login` and `logout`.' }),
  queue: name.exactOptional().meta({ description: 'On this queue, or on jobs of it by a filter.' }),
  outcome: z.enum(auditOutcomes).exactOptional(),
  text: z.string().trim().min(1).max(200).exactOptional().meta({
    description:
      'Each of its words is contained in who, as what, from where, what, on what, or the code of the refusal; case does not matter.',
  }),
  ...timeRange,
  limit: z.coerce.number().int().min(1).max(500).default(50),
  cursor: z
    .string()
    .regex(/^[0-9a-f-]{10,40}$/)
    .exactOptional(),
})

export const listAudit = operation({
  id: 'listAudit',
  method: 'GET',
  path: '/v1/audit',
  tag: 'Access',
  right: 'manage',
  summary: 'What operators have done, newest first; kept for 90 days',
  description:
    'All given fields must hold. What a filter leaves out is read all the same, some 10,000 entries a page: a page may have fewer entries than `limit`, even none, and a cursor to go on with; `readTo` says how far it has come.',
  query: auditQuery,
  answer: z.object({
    entries: z.array(entry),
    cursor: z.string().nullable(),
    read: z.int().meta({ description: 'How many entries were looked at for this page.' }),
    readTo: time.optional().meta({ description: 'How far the search has come.' }),
  }),
  async run({ audit }, { query: { limit, cursor, from, to, ...filter }, caller }) {
    demandAll(caller)
    const page = await audit.list({ ...filter, ...timeRangeOf({ from, to }) }, limit, cursor)
    return {
      entries: page.entries.map(({ atMs, ...rest }) => ({ at: isoTime(atMs), ...rest })),
      cursor: page.cursor ?? null,
      read: page.read,
      ...(page.readToMs !== undefined && { readTo: isoTime(page.readToMs) }),
    }
  },
})

export type MeView = z.output<typeof me>
export type TokenView = z.output<typeof token>
/** Which entries of the audit log are meant: all given fields must hold; times in ISO 8601. */
export type AuditQuery = Omit<z.output<typeof auditQuery>, 'limit' | 'cursor'>
export type AuditPageView = z.output<typeof listAudit.answer>
export type AuditView = z.output<typeof entry>
