import type { Schema } from './schema.ts'

/** A node of a JSON Schema, as far as it matters here. */
export interface Node {
  sensitive?: unknown
  $ref?: string
  properties?: Record<string, Node>
  additionalProperties?: Node | boolean
  items?: Node | boolean
  prefixItems?: Node[]
  anyOf?: Node[]
  oneOf?: Node[]
  allOf?: Node[]
  [key: string]: unknown
}

const known = new WeakMap<object, { node: Node | undefined }>()

/**
 * What a schema lets in, as JSON Schema, where its library tells it; read once. Metadata are told by zod from 4.2 on (Standard JSON Schema),
 * whatever else is in the schema. Never throws.
 */
export function jsonSchemaOf(schema: Schema): Node | undefined {
  let found = known.get(schema)
  if (found === undefined) known.set(schema, (found = { node: read(schema) }))
  return found.node
}

/** Through its text: a library may answer with what is no JSON, or leads back to itself. */
function read(schema: Schema): Node | undefined {
  const { jsonSchema } = schema['~standard'] as { jsonSchema?: { input: (options: object) => unknown } }
  try {
    const told = jsonSchema?.input({ target: 'draft-2020-12', libraryOptions: { unrepresentable: 'any' } })
    const node: unknown = told === undefined ? undefined : JSON.parse(JSON.stringify(told))
    return typeof node === 'object' && node !== null ? (node as Node) : undefined
  } catch {
    return undefined
  }
}
