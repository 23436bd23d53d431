import * as z from 'zod'
import { defaults } from '../../base/defaults.ts'
import type { AnyDefinition } from '../../job/definition.ts'
import { jsonSchemaOf } from '../../job/json-schema.ts'
import { mayUse } from '../auth/caller.ts'
import { operation } from '../operation.ts'

const definition = z
  .object({
    name: z.string(),
    queue: z.string(),
    takesInput: z.boolean(),
    inputSchema: z
      .record(z.string(), z.unknown())
      .optional()
      .meta({ description: 'What the input may be, as JSON Schema (draft 2020-12), where its schema can tell.' }),
    priority: z.int(),
    attempts: z.int(),
    timeoutMs: z.union([z.literal(false), z.number()]),
    lane: z.enum(['loop', 'thread']),
    group: z.string().optional(),
    tenant: z.string().optional(),
    tags: z.array(z.string()).optional(),
    fromInput: z
      .array(z.enum(['group', 'tenant', 'unique', 'tags']))
      .meta({ description: 'What is made of the input of each job, unless its submission says otherwise.' }),
  })
  .meta({
    id: 'Definition',
    description: 'A job that may be enqueued, and what it gets where its submission says nothing.',
  })

export const listDefinitions = operation({
  id: 'listDefinitions',
  method: 'GET',
  path: '/v1/definitions',
  tag: 'Definitions',
  right: 'enter',
  summary: 'Which jobs may be enqueued, and with what',
  description:
    'Those that the process of the API knows. Without any, or beside a queue of others, a submission may have any name.',
  answer: z.object({ definitions: z.array(definition) }),
  run({ definitions }, { caller }) {
    const own = definitions.all.filter(({ queue }) => mayUse(caller, queue.name))
    const views = own.map(definitionView)
    views.sort((one, other) => byText(one.name, other.name) || byText(one.queue, other.queue))
    return Promise.resolve({ definitions: views })
  },
})

function definitionView({ name, queue, options }: AnyDefinition): DefinitionView {
  const { input, priority, attempts, timeoutMs, lane, group, tenant, unique, tags } = options
  const inputSchema = input === undefined ? undefined : jsonSchemaOf(input)
  const made = { group, tenant, unique, tags }
  return {
    name,
    queue: queue.name,
    takesInput: input !== undefined,
    ...(inputSchema !== undefined && { inputSchema }),
    priority: priority ?? defaults.priority,
    attempts: attempts ?? defaults.attempts,
    timeoutMs: timeoutMs ?? defaults.timeoutMs,
    lane: lane ?? 'loop',
    ...(typeof group === 'string' && { group }),
    ...(typeof tenant === 'string' && { tenant }),
    ...(Array.isArray(tags) && { tags }),
    fromInput: (['group', 'tenant', 'unique', 'tags'] as const).filter((field) => typeof made[field] === 'function'),
  }
}

const byText = (one: string, other: string): number => (one < other ? -1 : one > other ? 1 : 0)

export type DefinitionView = z.output<typeof definition>
