// JSON Schemas as people read them: a word or two for a type, a row for a field.

const refPrefix = '#/components/schemas/'
const namePattern = '^[A-Za-z0-9_][A-Za-z0-9_.-]{0,62}$'
const depthMax = 4

/** `an integer from 1 to 500`, `a list of [Job](#job)`, … `linkOf` says where a named type is told of. */
export function typeText(schema, linkOf = (name) => `[${name}](#${name.toLowerCase()})`) {
  const text = (one) => typeText(one, linkOf)
  if (schema.$ref !== undefined) return linkOf(schema.$ref.replace(refPrefix, ''))
  if (schema.const !== undefined) return `\`${schema.const}\``
  if (schema.enum !== undefined) return listed(schema.enum.map((one) => `\`${one}\``))
  const any = schema.anyOf ?? schema.oneOf
  if (any !== undefined) return listed([...new Set(any.map(text))])
  const { type } = schema
  if (Array.isArray(type)) return listed(type.map((one) => text({ ...schema, type: one })))
  if (type === 'string') return stringText(schema)
  if (type === 'integer') return `an integer${rangeText(schema)}`
  if (type === 'number') return `a number${rangeText(schema)}`
  if (type === 'boolean') return '`true` or `false`'
  if (type === 'null') return '`null`'
  if (type === 'array') return `a list of ${plural(text(schema.items ?? {}))}${countText(schema)}`
  if (type === 'object') return objectText(schema, text)
  return 'any JSON'
}

/**
 * The fields of an object, those of objects inside it as `outer.inner` and `list[].inner`:
 * `{ path, schema, required }` each.
 */
export function fieldsOf(schema, path = '', depth = 0) {
  const { properties = {}, required = [] } = schema
  return Object.entries(properties).flatMap(([name, field]) => {
    const own = { path: path + name, schema: field, required: required.includes(name) }
    const inner = depth < depthMax ? innerOf(field) : undefined
    return [own, ...(inner === undefined ? [] : fieldsOf(inner.schema, `${path}${name}${inner.mark}`, depth + 1))]
  })
}

/** A table row: what stands in its cells cannot break it. */
export const row = (...cells) => `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`

/** A table with its head. */
export const table = (heads, rows) => [row(...heads), row(...heads.map(() => '---')), ...rows].join('\n')

function innerOf(schema) {
  if (schema.properties !== undefined) return { schema, mark: '.' }
  if (schema.type === 'array' && schema.items !== undefined) {
    const inner = innerOf(schema.items)
    return inner && { schema: inner.schema, mark: `[]${inner.mark}` }
  }
  const values = schema.additionalProperties
  if (typeof values === 'object') {
    const inner = innerOf(values)
    return inner && { schema: inner.schema, mark: `.*${inner.mark}` }
  }
  const objects = (schema.anyOf ?? []).map(innerOf).filter((one) => one !== undefined)
  if (objects.length === 0) return undefined
  // A choice of objects: the fields of all of them, none of which is always there.
  const properties = {}
  for (const [name, field] of objects.flatMap((one) => Object.entries(one.schema.properties))) {
    properties[name] = properties[name] === undefined ? field : either(properties[name], field)
  }
  return { schema: { properties }, mark: objects[0].mark }
}

function either(one, other) {
  return {
    anyOf: [one, other].flatMap((each) => each.enum?.map((value) => ({ const: value })) ?? each.anyOf ?? [each]),
  }
}

function stringText({ format, pattern, minLength, maxLength }) {
  if (format === 'date-time') return 'a moment (ISO 8601)'
  if (pattern === namePattern) return 'a name'
  if (maxLength === undefined) return 'a text'
  return `a text of ${minLength ?? 0} to ${figure(maxLength)} characters`
}

function objectText({ properties, additionalProperties }, text) {
  if (properties !== undefined) return 'an object'
  if (typeof additionalProperties !== 'object') return 'an object'
  return `an object of ${plural(text(additionalProperties))} by name`
}

function rangeText({ minimum, maximum, exclusiveMinimum }) {
  const least = exclusiveMinimum === undefined ? minimum : exclusiveMinimum
  const above = exclusiveMinimum === undefined ? 'from' : 'above'
  if (least === undefined && maximum === undefined) return ''
  if (maximum === undefined) return ` ${above} ${figure(least)}${exclusiveMinimum === undefined ? ' on' : ''}`
  if (least === undefined) return ` up to ${figure(maximum)}`
  return ` ${above} ${figure(least)}${exclusiveMinimum === undefined ? ' to' : ', up to'} ${figure(maximum)}`
}

function countText({ minItems, maxItems }) {
  if (maxItems === undefined) return minItems === undefined ? '' : `, at least ${minItems}`
  return `, ${minItems ?? 0} to ${figure(maxItems)}`
}

const tenYearsMs = 315_576_000_000
const figure = (number) => `${number.toLocaleString('en-US')}${number === tenYearsMs ? ' (ten years)' : ''}`

const plural = (text) => text.replace(/^an? (text|name|moment|object|number|integer|list)\b/, '$1s')

function listed(words) {
  return words.length < 2 ? words.join('') : `${words.slice(0, -1).join(', ')} or ${words.at(-1)}`
}
