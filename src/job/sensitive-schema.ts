import { hidden } from '../base/redact.ts'
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

/** Schemas that lead back to themselves end with the data; this is for those that do so without any. */
const stepsMax = 256

const known = new WeakMap<object, { node: Node | undefined }>()

/**
 * The schema as JSON Schema, where its library gives one and calls something in it sensitive; read once. Metadata are told by zod from
 * 4.2 on (Standard JSON Schema), whatever else is in the schema.
 */
export function jsonSchemaOf(schema: Schema): Node | undefined {
  let found = known.get(schema)
  if (found === undefined) known.set(schema, (found = { node: read(schema) }))
  return found.node
}

function read(schema: Schema): Node | undefined {
  const { jsonSchema } = schema['~standard'] as { jsonSchema?: { input: (options: object) => Node } }
  try {
    const node = jsonSchema?.input({ target: 'draft-2020-12', libraryOptions: { unrepresentable: 'any' } })
    return node !== undefined && JSON.stringify(node).includes('"sensitive":true') ? node : undefined
  } catch {
    return undefined
  }
}

/** The value, which is changed, without what the schema calls sensitive. */
export function sensitiveBySchema(value: unknown, root: Node): unknown {
  return masked(value, root, root, 0)
}

function masked(value: unknown, node: Node, root: Node, steps: number): unknown {
  if (value === undefined || value === null || steps > stepsMax) return value
  if (node.sensitive === true) return hidden
  let safe: unknown = value
  if (typeof node.$ref === 'string') safe = masked(safe, referred(node.$ref, root), root, steps + 1)
  for (const choice of [...(node.anyOf ?? []), ...(node.oneOf ?? []), ...(node.allOf ?? [])]) {
    safe = masked(safe, choice, root, steps + 1)
  }
  if (typeof safe !== 'object' || safe === null) return safe
  return Array.isArray(safe)
    ? safe.map((item, i) => into(item, node.prefixItems?.[i] ?? node.items, root, steps))
    : maskedMembers(safe as Record<string, unknown>, node, root, steps)
}

function maskedMembers(object: Record<string, unknown>, node: Node, root: Node, steps: number): unknown {
  for (const key of Object.keys(object)) {
    const own = node.properties !== undefined && Object.hasOwn(node.properties, key) ? node.properties[key] : undefined
    object[key] = into(object[key], own ?? node.additionalProperties, root, steps)
  }
  return object
}

function into(value: unknown, node: Node | boolean | undefined, root: Node, steps: number): unknown {
  return typeof node === 'object' ? masked(value, node, root, steps + 1) : value
}

/** `#`, `#/$defs/name`: references of a schema into itself. */
function referred(ref: string, root: Node): Node {
  let at: unknown = root
  for (const part of ref.split('/').slice(1)) {
    const name = decodeURIComponent(part).replaceAll('~1', '/').replaceAll('~0', '~')
    at = typeof at === 'object' && at !== null ? (at as Record<string, unknown>)[name] : undefined
  }
  return typeof at === 'object' && at !== null ? (at as Node) : {}
}
