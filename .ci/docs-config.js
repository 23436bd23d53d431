// docs/configuration.md: every option, from the table of the options and the schema that checks them.
import * as z from 'zod'
import { optionNames, options, variableOf } from '../src/config/options.ts'
import { alertOptions } from '../src/config/options/alerts.ts'
import { clientOptions } from '../src/config/options/client.ts'
import { httpOptions } from '../src/config/options/http.ts'
import { observeOptions } from '../src/config/options/observe.ts'
import { processOptions } from '../src/config/options/process.ts'
import { storeOptions } from '../src/config/options/store.ts'
import { workerOptions } from '../src/config/options/worker.ts'
import { allowedInFiles, fileSchema } from '../src/config/schema.ts'
import { duration } from '../src/config/options/option.ts'
import { fieldsOf, row, table, typeText } from './schema-text.js'

/** Which version brought an option; what is not named here is newer than all of them. */
const since = {
  0.1: 'url jobs queues concurrency processes supervisor http httpInsecure dashboard graceMs leaseMs stuckMs beatMs startSliceMs bodyBytesMax resultBytesMax logLevel logFormat',
  0.2: 'guardian blockMsMax stallMsMax',
  0.3: 'isolation threads bootCanary contextProbes',
  0.4: 'ledger drivers outbox',
  0.5: 'keep tokens encryptionKeys control watchConfig httpHosts httpToken behindProxy tlsCert tlsKey logLevels redact history otlp traceMode alertWaitMs alertWebhook alertWebhookSecret alertWebhookPrivate api token',
}
const newest = '0.6'

const groups = [
  ['The store', 'What `connect` takes as well.', storeOptions],
  [
    'The worker',
    'How jobs are taken, run and stopped. Most of them are options of `client.work()` too.',
    workerOptions,
  ],
  ['Processes', 'Of the command line alone.', processOptions],
  ['Commands that ask', 'Whom they ask: a store by themselves, or an API.', clientOptions],
  ['The HTTP API', '[http-api.md](http-api.md) and [security.md](security.md) tell more.', httpOptions],
  ['What is told', 'The log, what is hidden in it, and [history](history.md).', observeOptions],
  ['Alerts', '[alerts.md](alerts.md) tells more.', alertOptions],
]

/** Settings that no flag could say. */
const fileOnly = {
  keep: 'how many settled jobs of a queue are kept, and for how long, state by state ([history.md](history.md) keeps the numbers for longer)',
  tokens:
    'tokens of the HTTP API, each by the SHA-256 of its text ([security.md](security.md#tokens-roles-and-scopes))',
  contextProbes: 'clients of your own that `fiber-work doctor --context` looks at ([context.md](context.md))',
}
/** Settings that say more in a file than a flag could. */
const shaped = ['queues', 'encryptionKeys', 'alertWaitMs']

export function configPage(example) {
  const grouped = groups.flatMap(([, , own]) => Object.keys(own))
  const others = optionNames.filter((name) => !grouped.includes(name))
  const more =
    others.length === 0 ? [] : [['More', '', Object.fromEntries(others.map((name) => [name, options[name]]))]]
  const shapes = z.toJSONSchema(fileSchema, { io: 'input', unrepresentable: 'any' }).properties
  return `# Configuration

<!-- Made by \`npm run docs\` from src/config and docs/configuration.example.ts: edit them there, or .ci/docs-config.js. -->

Flags win over variables, variables over the config file, the file over the defaults; \`fiber-work doctor\` shows what holds and where it came from. What is
unknown or not allowed is refused with the nearest name, by all three alike, with everything that is wrong in one message (\`FW_CONFIG_INVALID\`, exit code 78). Only an unknown
*variable* is a warning: the environment of a machine may hold those of another version.

**A file**: \`--config FILE\` or \`FIBER_WORK_CONFIG\` names it; else it is \`fiber-work.config.{ts,mts,js,mjs,cjs,json}\` in the working folder. It exports the options by
default, or a function that answers them, which may be async. Durations are numbers of milliseconds there; flags and variables have units (\`250ms\`, \`30s\`, \`5m\`, \`1h30m\`, \`2d\`).

**A flag** of a list may be given several times, a variable separates with commas. A switch that is on by default is turned off with \`--no-…\`; a variable says \`true\` or \`false\`.

**Secrets** are shown by nothing: no message, no log line, no \`doctor\`; of a URL everything but its password is. A flag can be read in the list of processes: what is marked
*secret* has better come from a variable or a file.

## A complete example

Every option that there is, as a file may say it. None has to be there; what most people set is \`url\`, \`concurrency\` and \`http\`.

\`\`\`ts
${example.trim()}
\`\`\`

${[...groups, ...more].map(groupSection).join('\n')}
## In a file alone

${table(
  ['in a file', 'what it is for', 'allowed', 'since'],
  Object.entries(fileOnly).map(([name, help]) => row(`\`${name}\``, help, allowedInFiles[name], sinceOf(name))),
)}

## Shapes

Settings that are objects, field by field. A field with \`*\` has to be there.

${[...shaped, 'keep', 'tokens'].map((name) => shapeSection(name, shapes[name])).join('\n')}
## Queues and their slots

A worker process has \`concurrency\` slots for all of its queues. Where they are short, queues are asked in turn, by \`weight\`; \`concurrency\` of a queue is the most
that it may have at once. A queue with \`min\` or \`max\` is **balanced**: every three seconds the process looks at what waits and moves slots to where more
work waits (jobs × what one takes on average), and where it has waited longer (20 s double the claim, 60 s and more make it four times as large). A queue always
has its \`min\` (1 by default), never more than its \`max\` (all slots by default), and the shares of all balanced queues together are never more than there are
slots, so that none can take the \`min\` of another. One look moves at most an eighth of the slots, and differences of less than 5 % stay. Each process
balances by itself; all look at the same store. A concurrency that somebody sets by hand stays, and ends the balance of that queue in that process.
`
}

function groupSection([title, about, own]) {
  return `## ${title}
${about === '' ? '' : `\n${about}\n`}
${table(
  ['in a file', 'flag and variable', 'default', 'since', 'what it is for, and what is allowed'],
  Object.keys(own).map((name) => optionRow(name, own[name])),
)}
`
}

function optionRow(name, option) {
  const { kind, flag, argument, secret, flagless, help, allowed } = option
  const isOn = option.default === true
  const argued = kind === 'switch' ? '' : ` ${argument}`
  const both = kind === 'switch' ? `, \`--${isOn ? '' : 'no-'}${flag}\`` : ''
  // Flags can be read in the list of processes: most secrets have none.
  const typed =
    flagless === true ? '(no flag)' : `\`--${kind === 'switch' && isOn ? 'no-' : ''}${flag}${argued}\`${both}`
  const hidden = secret === undefined ? '' : secret === 'whole' ? ' *Secret.*' : ' *Its password is secret.*'
  const may = kind === 'switch' ? '' : ` Allowed: ${allowed.replace(duration, 'a duration')}.`
  return row(
    `\`${name}\``,
    `${typed} \`${variableOf(name)}\``,
    defaultText(option),
    sinceOf(name),
    `${capital(help)}.${may}${hidden}`,
  )
}

function defaultText({ default: value, kind }) {
  if (value === undefined) return ''
  if (kind === 'duration') return value < 1000 ? `\`${value}ms\`` : `\`${value / 1000}s\``
  return `\`${Array.isArray(value) ? value.join(', ') : value}\``
}

function sinceOf(name) {
  return Object.entries(since).find(([, names]) => names.split(' ').includes(name))?.[0] ?? newest
}

function shapeSection(name, schema) {
  const { $defs: _, ...own } = schema
  const fields = fieldsOf({ properties: { [name]: own } }).filter(({ path }) => path !== name)
  return `### ${name}

${capital(typeText(own))}${fields.length === 0 ? '.' : ':'}
${
  fields.length === 0
    ? ''
    : `\n${table(
        ['field', 'type'],
        fields.map((field) => row(`\`${field.path}\`${field.required ? ' \\*' : ''}`, typeText(field.schema))),
      )}\n`
}`
}

const capital = (text) => text.charAt(0).toUpperCase() + text.slice(1)
