import { hidden } from '../base/redact.ts'
import { jsonSchemaOf, type Node } from './json-schema.ts'
import type { Schema } from './schema.ts'

/** Schemas that lead back to themselves end with the data; this is for those that do so without any. */
const stepsMax = 256

const known = new WeakMap<Node, boolean>()

/** The schema as JSON Schema, where its library gives one and calls something in it sensitive. */
export function sensitiveSchemaOf(schema: Schema): Node | undefined {
  const node = jsonSchemaOf(schema)
  if (node === undefined) return undefined
  let isSensitive = known.get(node)
  if (isSensitive === undefined) known.set(node, (isSensitive = JSON.stringify(node).includes('"sensitive":true')))
  return isSensitive ? node : undefined
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
