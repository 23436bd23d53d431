import * as z from 'zod'
import type { AnyOperation } from './operation.ts'
import { operations } from './operations/index.ts'
import { rolesWith } from './auth/roles.ts'
import { problem } from './schemas/common.ts'

type Json = Record<string, unknown>

const about =
  'Submit jobs to fiber-work and operate it. Errors are `application/problem+json` (RFC 9457) with a `code` of fiber-work. Long lists come in pages: give the `cursor` of an answer back for the next one.'
const refPrefix = '#/components/schemas/'

/**
 * The description of the whole API (OpenAPI 3.1, whose schemas are JSON Schema 2020-12), made of the schemas that check its requests. Schemas with an
 * `id` stand among the components.
 */
export function openApiDocument(version: string): Json {
  const components: Json = {}
  const schemaOf = (schema: z.ZodType, io: 'input' | 'output'): Json => jsonSchema(schema, io, components)
  const paths: Record<string, Json> = {}
  const failure = {
    description: 'What went wrong.',
    content: { 'application/problem+json': { schema: schemaOf(problem, 'output') } },
  }
  for (const operation of operations) {
    const { path, method } = operation
    paths[path] ??= {}
    paths[path][method.toLowerCase()] = {
      ...described(operation, schemaOf),
      responses: { ...answers(operation, schemaOf), default: failure },
    }
  }
  return {
    openapi: '3.1.0',
    info: { title: 'fiber-work', version, description: about, license: { name: 'MIT', identifier: 'MIT' } },
    tags: [...new Set(operations.map(({ tag }) => tag))].map((name) => ({ name })),
    security: [{ token: [] }, {}],
    paths,
    components: { securitySchemes: { token: { type: 'http', scheme: 'bearer' } }, schemas: components },
  }
}

type SchemaOf = (schema: z.ZodType, io: 'input' | 'output') => Json

function described(operation: AnyOperation, schemaOf: SchemaOf): Json {
  const { id, tag, summary, description, right, body } = operation
  const needs = `For the roles ${rolesWith(right).join(', ')}.`
  return {
    operationId: id,
    tags: [tag],
    summary,
    description: description === undefined ? needs : `${description} ${needs}`,
    parameters: [...parametersOf(operation, 'path', schemaOf), ...parametersOf(operation, 'query', schemaOf)],
    ...(body !== undefined && {
      requestBody: {
        required: !(body as z.ZodType).isOptional(),
        content: { 'application/json': { schema: schemaOf(body as z.ZodType, 'input') } },
      },
    }),
  }
}

function parametersOf({ params, query }: AnyOperation, where: 'path' | 'query', schemaOf: SchemaOf): Json[] {
  const schema = (where === 'path' ? params : query) as z.ZodType | undefined
  if (schema === undefined) return []
  const { properties = {}, required = [] } = schemaOf(schema, 'input') as {
    properties?: Record<string, Json>
    required?: string[]
  }
  return Object.entries(properties).map(([name, { description, ...rest }]) => ({
    name,
    in: where,
    required: required.includes(name),
    ...(description !== undefined && { description }),
    schema: rest,
  }))
}

function answers({ answer, statuses = [200] }: AnyOperation, schemaOf: SchemaOf): Json {
  const content = { 'application/json': { schema: schemaOf(answer as z.ZodType, 'output') } }
  const told: Record<number, string> = { 200: 'Done.', 201: 'Made.', 202: 'Under way.', 404: 'Nothing is kept of it.' }
  return Object.fromEntries(statuses.map((status) => [status, { description: told[status], content }]))
}

/** One schema, its named parts put among the components. */
function jsonSchema(schema: z.ZodType, io: 'input' | 'output', components: Json): Json {
  const {
    $schema: _,
    $defs = {},
    ...own
  } = z.toJSONSchema(schema, {
    io,
    unrepresentable: 'any',
    override: ({ jsonSchema: one }) => void simplify(one),
  }) as Json & { $defs?: Record<string, Json> }
  const id = schema.meta()?.id
  for (const [name, part] of Object.entries($defs)) components[name] ??= pointed(withoutId(part))
  if (id === undefined) return pointed(own) as Json
  components[id] ??= pointed(withoutId(own))
  return { $ref: refPrefix + id }
}

/** The formats say what the patterns of moments spell out; integers need no word on 2^53. */
function simplify(one: Json): void {
  if (one['format'] === 'date-time') delete one['pattern']
  if (one['minimum'] === Number.MIN_SAFE_INTEGER) delete one['minimum']
  if (one['maximum'] === Number.MAX_SAFE_INTEGER) delete one['maximum']
  if (one['propertyNames'] !== undefined && Object.keys(one['propertyNames'] as Json).join() === 'type')
    delete one['propertyNames']
}

function withoutId({ id: _, ...rest }: Json): Json {
  return rest
}

/** With references that lead to the components. */
function pointed(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(pointed)
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(
    Object.entries(value).map(([key, one]) => [
      key,
      key === '$ref' && typeof one === 'string' ? one.replace('#/$defs/', refPrefix) : pointed(one),
    ]),
  )
}
