import { hidden, redact } from '../base/redact.ts'
import type { AnyDefinition } from './definition.ts'
import type { Node } from './json-schema.ts'
import { sensitiveBySchema, sensitiveSchemaOf } from './sensitive-schema.ts'

/**
 * An input as a reader may see it who must not know its secrets: without what is hidden everywhere (src/base/redact.ts), and without what
 * its definition calls sensitive: paths in `sensitive`, and fields of the schema with `sensitive: true` in their metadata. Without a definition
 * only the former. Bounded; never throws.
 */
export function redactInput(definition: AnyDefinition | undefined, input: unknown): unknown {
  const copy = redact(input)
  if (definition === undefined || copy === undefined) return copy
  const { sensitive, input: schema } = definition.options
  if (sensitive === true) return hidden
  const node: Node | undefined = schema === undefined ? undefined : sensitiveSchemaOf(schema)
  let safe = node === undefined ? copy : sensitiveBySchema(copy, node)
  for (const path of sensitive ?? []) safe = without(safe, path.split('.'), 0)
  return safe
}

/** Hides what the path leads to. A name goes through lists: `users.email` is `users.*.email`. */
function without(value: unknown, path: readonly string[], at: number): unknown {
  if (at === path.length) return value === undefined || value === null ? value : hidden
  if (typeof value !== 'object' || value === null) return value
  const part = path[at]!
  if (Array.isArray(value) && part !== '*' && !/^\d+$/.test(part)) {
    return value.map((item) => without(item, path, at))
  }
  const object = value as Record<string, unknown>
  for (const key of part === '*' ? Object.keys(object) : Object.hasOwn(object, part) ? [part] : []) {
    object[key] = without(object[key], path, at + 1)
  }
  return value
}
