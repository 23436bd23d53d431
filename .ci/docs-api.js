// docs/http-api-reference.md and docs/openapi.json: what the operations of src/api say of themselves.
import { readFileSync } from 'node:fs'
import { rolesWith } from '../src/api/auth/roles.ts'
import { openApiDocument } from '../src/api/openapi.ts'
import { operations } from '../src/api/operations/index.ts'
import { fieldsOf, table, row, typeText } from './schema-text.js'

const { version } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8'))
const described = openApiDocument(version)
const types = described.components.schemas
const usual = 1024 * 1024

export const openApiFile = `${JSON.stringify(described, null, 2)}\n`

/** Routes that are no operations. */
const others = [
  ['`GET /v1/events`', 'read, operate, admin', 'what happens, as [Server-Sent Events](http-api.md#events)'],
  [
    '`POST /v1/session`',
    'whoever has a token',
    'log in to the [web page](http-api.md#the-web-page): `{ "token" }`; answers as [whoami](#whoami) does, and sets a cookie',
  ],
  ['`DELETE /v1/session`', 'whoever has the cookie', 'log out'],
  ['`GET /v1/openapi.json`', 'all', 'this reference for programs (OpenAPI 3.1)'],
  ['`GET /healthz`', 'no token', 'is there progress? 200 or 503 ([health](http-api.md#health))'],
  ['`GET /readyz`', 'no token', 'does it take jobs? 200 or 503'],
]

export function apiPage() {
  const tags = [...new Set(operations.map(({ tag }) => tag))]
  return `# HTTP API reference

<!-- Made by \`npm run docs\` from the operations in src/api: edit them there, or .ci/docs-api.js. -->

Every operation of the HTTP API, made from the schemas that check its requests. [http-api.md](http-api.md) says how to start it and how to use it;
[openapi.json](openapi.json) is the same for programs, and \`GET /v1/openapi.json\` serves it. An error is a [Problem](#problem) everywhere. A field with
\`*\` is always there, or has to be. A *name* is 1 to 63 of \`A-Z a-z 0-9 _ . -\` and does not begin with \`.\` or \`-\`.

${table(
  ['operation', 'request', 'roles', ''],
  operations.map((one) => row(`[${one.id}](#${one.id.toLowerCase()})`, request(one), roles(one), one.summary)),
)}

Besides:

${table(
  ['request', 'roles', ''],
  others.map((cells) => row(...cells)),
)}

${tags.map(section).join('\n')}
## Types

${Object.entries(types).map(typeSection).join('\n')}`
}

function section(tag) {
  const own = operations.filter((one) => one.tag === tag)
  return `## ${tag}\n\n${own.map(operationSection).join('\n')}`
}

function operationSection(operation) {
  const { id, path, method, summary, description, bodyBytesMax, audit, statuses = [200] } = operation
  const { parameters, requestBody, responses } = described.paths[path][method.toLowerCase()]
  const facts = [
    request(operation),
    `roles: ${roles(operation)}`,
    ...(audit === undefined ? [] : ['in the audit log']),
    ...(bodyBytesMax === undefined || bodyBytesMax === usual ? [] : [`body up to ${bodyBytesMax / usual} MiB`]),
  ]
  const asked = requestBody?.content['application/json'].schema
  const answered = responses[statuses[0]].content['application/json'].schema
  return [
    `### ${id}\n`,
    `${summary}.${description === undefined ? '' : ` ${description}`}\n`,
    `${facts.join(' · ')}\n`,
    ...(parameters.length === 0 ? [] : [`${table(['parameter', 'in', 'type', ''], parameters.map(parameterRow))}\n`]),
    ...(asked === undefined ? [] : told(`**Body**${requestBody.required ? '' : ', which may be left out'}`, asked)),
    ...told(`**Answer**, ${statuses.join(' or ')}`, answered),
  ].join('\n')
}

function told(what, schema) {
  const fields = fieldsOf(schema)
  if (fields.length === 0) return [`${what}: ${typeText(schema)}.\n`]
  return [`${what}:\n`, `${fieldTable(fields)}\n`]
}

function typeSection([name, schema]) {
  const { description } = schema
  return [
    `### ${name}\n`,
    ...(description === undefined ? [] : [`${description}\n`]),
    `${fieldTable(fieldsOf(schema))}\n`,
  ].join('\n')
}

function fieldTable(fields) {
  return table(
    ['field', 'type', ''],
    fields.map(({ path, schema, required }) =>
      row(`\`${path}\`${required ? ' \\*' : ''}`, typeText(schema), aboutOf(schema)),
    ),
  )
}

function parameterRow({ name, in: where, required, description, schema }) {
  return row(`\`${name}\`${required ? ' \\*' : ''}`, where, typeText(schema), aboutOf({ ...schema, description }))
}

/** What is said of it, and what holds when nothing is given. */
function aboutOf({ description = '', default: value }) {
  const known = description.startsWith('1 to 63 of') ? '' : description
  const usually = value === undefined ? '' : `\`${JSON.stringify(value)}\` by default.`
  return [known, usually].filter((text) => text !== '').join(' ')
}

const request = ({ method, path }) => `\`${method} ${path}\``

function roles({ right }) {
  return rolesWith(right).join(', ')
}
