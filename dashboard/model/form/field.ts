/** A JSON Schema, as far as forms read it. */
export interface JsonSchema {
  $ref?: string
  type?: string | string[]
  title?: string
  description?: string
  default?: unknown
  const?: unknown
  enum?: unknown[]
  anyOf?: JsonSchema[]
  oneOf?: JsonSchema[]
  allOf?: JsonSchema[]
  properties?: Record<string, JsonSchema>
  required?: string[]
  additionalProperties?: boolean | JsonSchema
  items?: boolean | JsonSchema
  minItems?: number
  maxItems?: number
  minimum?: number
  maximum?: number
  exclusiveMinimum?: number
  exclusiveMaximum?: number
  multipleOf?: number
  minLength?: number
  maxLength?: number
  pattern?: string
  format?: string
  /** Not of JSON Schema: what our definitions call a secret. */
  sensitive?: unknown
  [other: string]: unknown
}

/**
 * One place of an input. `boolean` always has a value; one that may be left out is a `choice`. `json`: anything, written as JSON, where the schema
 * says too little, or more than a form can show.
 */
export interface Field {
  kind: 'text' | 'number' | 'boolean' | 'choice' | 'object' | 'list' | 'json'
  /** The name in the object around it; empty for the input as a whole, and for the items of a list. */
  key: string
  label: string
  description?: string
  isRequired: boolean
  /** `null` is a value of it. */
  takesNull: boolean
  isSensitive: boolean
  initial?: unknown
  /** Of a choice: what may be chosen. */
  choices?: unknown[]
  /** Of an object. */
  fields?: Field[]
  /** An object with names that `fields` does not have is wrong. */
  isClosed?: boolean
  /** Of a list. */
  item?: Field
  /** What is checked: minimum, length, pattern … */
  rules: JsonSchema
}

/** Deeper than this, and where a schema leads back to itself, the rest is written as JSON. */
const depthMax = 6

/** The form of an input. Without a schema it is one field of JSON. */
export function formOf(schema: JsonSchema | undefined): Field {
  const root = schema ?? {}
  return fieldOf(root, { root, key: '', isRequired: true, depth: 0 })
}

interface Place {
  root: JsonSchema
  key: string
  isRequired: boolean
  depth: number
}

function fieldOf(given: JsonSchema, place: Place): Field {
  const { schema, takesNull } = withoutNull(resolved(given, place.root), place.root)
  const title = given.title ?? schema.title
  const description = given.description ?? schema.description
  const initial = given.default ?? schema.default
  const base = {
    key: place.key,
    label: title ?? place.key,
    ...(description !== undefined && { description }),
    isRequired: place.isRequired && initial === undefined,
    takesNull,
    isSensitive: given.sensitive === true || schema.sensitive === true,
    ...(initial !== undefined && { initial }),
    rules: schema,
  }
  return { ...base, ...shapeOf(schema, place, base.isRequired || initial !== undefined) }
}

function shapeOf(
  schema: JsonSchema,
  place: Place,
  isAlwaysThere: boolean,
): Pick<Field, 'kind' | 'choices' | 'fields' | 'item' | 'isClosed'> {
  const choices = choicesOf(schema, place.root)
  if (choices !== undefined) return { kind: 'choice', choices }
  const isDeep = place.depth >= depthMax
  switch (schema.type) {
    case 'string':
      return { kind: 'text' }
    case 'number':
    case 'integer':
      return { kind: 'number' }
    case 'boolean':
      return isAlwaysThere ? { kind: 'boolean' } : { kind: 'choice', choices: [true, false] }
    case 'object':
      return isDeep ? { kind: 'json' } : objectOf(schema, place)
    case 'array':
      return isDeep ? { kind: 'json' } : listOf(schema, place)
    default:
      return { kind: 'json' }
  }
}

function objectOf(schema: JsonSchema, { root, depth }: Place): ReturnType<typeof shapeOf> {
  const { properties, required = [], additionalProperties } = schema
  // Names that are free are no fields of a form; an object that is nothing else is JSON.
  if (properties === undefined || typeof additionalProperties === 'object') return { kind: 'json' }
  const fields = Object.entries(properties).map(([key, one]) =>
    fieldOf(one, { root, key, isRequired: required.includes(key), depth: depth + 1 }),
  )
  return { kind: 'object', fields, isClosed: additionalProperties === false }
}

function listOf({ items }: JsonSchema, { root, depth }: Place): ReturnType<typeof shapeOf> {
  if (typeof items !== 'object') return { kind: 'json' }
  return { kind: 'list', item: fieldOf(items, { root, key: '', isRequired: true, depth: depth + 1 }) }
}

/** `enum`, `const`, or a union of them. */
function choicesOf(schema: JsonSchema, root: JsonSchema): unknown[] | undefined {
  if (schema.enum !== undefined) return schema.enum
  if ('const' in schema) return [schema.const]
  const parts = schema.anyOf ?? schema.oneOf
  if (parts === undefined || parts.length === 0) return undefined
  const choices = parts.map((part) => choicesOf(resolved(part, root), root))
  return choices.every((one) => one !== undefined) ? choices.flat() : undefined
}

/** `X | null` as X. */
function withoutNull(schema: JsonSchema, root: JsonSchema): { schema: JsonSchema; takesNull: boolean } {
  const { type, anyOf, oneOf, enum: choices, ...rest } = schema
  if (Array.isArray(type)) {
    const others = type.filter((one) => one !== 'null')
    const only = others.length === 1 ? { ...schema, type: others[0]! } : { ...rest }
    return { schema: only, takesNull: others.length < type.length }
  }
  const parts = anyOf ?? oneOf
  const others = parts?.filter((part) => part.type !== 'null') ?? []
  if (parts !== undefined && others.length < parts.length) {
    const [only, ...more] = others
    const left = only !== undefined && more.length === 0 ? resolved(only, root) : { anyOf: others }
    return { schema: { ...rest, ...left }, takesNull: true }
  }
  if (choices?.includes(null) === true) {
    return { schema: { ...schema, enum: choices.filter((one) => one !== null) }, takesNull: true }
  }
  return { schema, takesNull: schema.type === 'null' }
}

/** Follows `$ref` within the schema, a few steps; one that leads nowhere is a schema that says nothing. */
function resolved(schema: JsonSchema, root: JsonSchema): JsonSchema {
  let at = schema
  for (let steps = 0; at.$ref !== undefined; steps++) {
    const { $ref, ...own } = at
    if (steps === 16) return {}
    at = { ...pointed($ref, root), ...own }
  }
  return at
}

function pointed(ref: string, root: JsonSchema): JsonSchema {
  let at: unknown = root
  for (const part of ref.split('/').slice(1)) {
    const name = decodeURIComponent(part).replaceAll('~1', '/').replaceAll('~0', '~')
    at = typeof at === 'object' && at !== null && Object.hasOwn(at, name) ? (at as JsonSchema)[name] : undefined
  }
  return typeof at === 'object' && at !== null ? (at as JsonSchema) : {}
}
