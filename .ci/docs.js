// `npm run docs`: writes the pages that are made from the source. With --check it only says whether they are current.
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { areas } from '../stress/isolation/kinds/index.ts'
import { withTable } from '../stress/isolation/table.ts'
import { drivers as everyDriver } from '../test/semantics/drivers.ts'
import { readEvidence } from '../test/semantics/evidence.ts'
import { semanticsPage } from '../test/semantics/page.ts'
import { apiPage, openApiFile } from './docs-api.js'
import { cliPage } from './docs-cli.js'
import { withMetrics } from './docs-metrics.js'
import { configPage } from './docs-config.js'
import { errorsPage } from './docs-errors.js'

const traitMeanings = {
  batchMax: 'most items in one call; bigger batches are cut by the core',
  bodyBytesMax: 'largest stored input, above the `bodyBytesMax` of `connect` (256 KiB)',
  delayMsMax: 'longest delay',
  clockStepMs: 'how exact due times are',
  lanesMax: 'calls open at once',
  order: 'who is next: groups in turn, priorities inside a group, first in first out inside a priority',
  lease: 'whose lease it is: one for the whole worker session, so that 10,000 jobs cost one renewal',
  fence: 'where a late worker is refused: in the same atomic step as the write',
  replay: 'a call whose reply was lost is answered again, and done once',
  followUps: '`job.enqueue`: written in the same step as the verdict',
  crashes: 'crashes are counted apart from attempts',
  unique: 'unique keys',
  groups: 'groups take fair turns in the store',
  history: 'settled jobs are kept and can be found',
  failures: 'each failed or lost attempt stands in the job’s record, the newest ten; elsewhere the last error alone',
  durable:
    'what an acknowledged job survives: `none`, the end of the `process`, a crash of the `system` without its last moments, a `power` cut',
}
const facetMeanings = {
  limits: 'rates, concurrency caps, depth, weights, of queues and groups, over all workers',
  inspector: 'find, list, peek, cancel, retry, remove, pause, purge, audit',
  ledger: 'small versioned records: what the code declared of a queue',
  keeper: 'the guardian thread renews the lease, also while a handler blocks the event loop',
  within: 'enqueue in a transaction of your own, whichever client it is of',
  join: 'enqueue in a `Db.transaction` commits with it ([transactions](transactions.md))',
  settleIn: '`job.commit`: effects and `done` in one transaction',
}

const root = dirname(dirname(fileURLToPath(import.meta.url)))
const pages = {
  'docs/errors.md': errorsPage(),
  'docs/drivers.md': driversPage(),
  'docs/cli.md': await cliPage(),
  'docs/configuration.md': configPage(readFileSync(join(root, 'docs/configuration.example.ts'), 'utf8')),
  'docs/http-api-reference.md': apiPage(),
  'docs/openapi.json': openApiFile,
  'docs/semantics.md': semanticsPage(readEvidence(), everyDriver),
  'docs/metrics.md': withMetrics(readFileSync(join(root, 'docs/metrics.md'), 'utf8')),
  'docs/isolation.md': withTable(readFileSync(join(root, 'docs/isolation.md'), 'utf8'), areas),
}

for (const [path, page] of Object.entries(pages)) {
  if (!process.argv.includes('--check')) {
    mkdirSync(dirname(join(root, path)), { recursive: true })
    writeFileSync(join(root, path), page)
  } else if (current(path) !== page) {
    console.error(`${path} is not what the source says: run \`npm run docs\``)
    process.exitCode = 1
  }
}

function current(path) {
  try {
    return readFileSync(join(root, path), 'utf8')
  } catch {
    return undefined
  }
}

function driversPage() {
  const all = everyDriver.map(({ driver }) => driver)
  const names = Object.keys(all[0].traits)
  const missing = names.filter((name) => !(name in traitMeanings))
  if (missing.length > 0) throw new Error(`.ci/docs.js does not say what these traits mean: ${missing.join(', ')}`)
  const traits = names.map((name) => [
    `\`${name}\``,
    traitMeanings[name],
    ...all.map(({ traits }) => shownTrait(name, traits[name])),
  ])
  const facets = Object.entries(facetMeanings).map(([name, meaning]) => [
    `\`${name}\``,
    meaning,
    ...all.map((driver) => (driver[name] === undefined ? 'no' : 'yes')),
  ])
  const heads = ['trait', 'what it says', ...everyDriver.map(({ url }) => `\`${url}\``)]
  return `# Drivers

<!-- Made by \`npm run docs\` from the drivers' own traits: edit .ci/docs.js. -->

A driver is the adapter to one store. The URL given to \`connect\`, \`--url\` or \`FIBER_WORK_URL\` picks it. What a store can do is
data: \`client.driver.traits\` and the table below are the same values, and the conformance suite
([drivers/conformance](../drivers/conformance/README.md)) tests each of them, present and absent. What a store cannot do, the core makes
up for where it can (big batches are cut); otherwise the first use fails with \`FW_DRIVER_TRAIT\`, naming the trait.

| URL | store | more |
|---|---|---|
| \`memory:\` | this process's memory; for tests and scripts, and the reference model of the others | [drivers/memory](../drivers/memory/README.md) |
| \`sqlite:./jobs.db\` | one file on \`node:sqlite\`, shared by processes of one machine; the default | [drivers/sqlite](../drivers/sqlite/README.md) |
| \`redis://127.0.0.1\` | Redis 7 or Valkey: one server, sentinel (\`redis+sentinel://\`), cluster (\`redis+cluster://\`, also [over all its nodes](sharding.md)), TLS (\`rediss://\`); \`npm install ioredis\` | [drivers/redis](../drivers/redis/README.md) |
| \`redis+streams://127.0.0.1\` | the same server, its queues as streams: any tool reads them, and \`XADD\` from any language enqueues; first in, first out, no limits; \`npm install ioredis\` | [drivers/redis-streams](../drivers/redis-streams/README.md) |
| \`postgres://user:password@host/database\` | PostgreSQL 13 or newer, in a schema of its own; jobs and verdicts in your own transactions, enqueue from SQL, behind PgBouncer too; \`npm install pg\` | [drivers/postgres](../drivers/postgres/README.md) |
| \`mysql://user:password@host/database\` | MariaDB 10.6 or MySQL 8.0.1 and newer (\`mariadb://\` is the same); jobs and verdicts in your own transactions; \`npm install mysql2\` | [drivers/mysql](../drivers/mysql/README.md) |
| \`amqp://user:password@host/vhost\` | RabbitMQ (\`amqps://\` with TLS): plain messages of any producer are jobs; \`npm install amqplib\` | [drivers/rabbitmq](../drivers/rabbitmq/README.md) |
| \`sqs://eu-central-1/prefix\` | Amazon SQS, FIFO queues too (\`sqs+http://\` for another server of the protocol); \`npm install @aws-sdk/client-sqs\` | [drivers/sqs](../drivers/sqs/README.md) |
| \`bullmq+redis://127.0.0.1\` | the queues of BullMQ, as they are; \`npm install bullmq ioredis\` | [drivers/bullmq](../drivers/bullmq/README.md) |

Parameters of a \`sqlite:\` URL: \`durability=normal\` (default) or \`full\`; \`share=true\` to live in a file that has tables of your own
([transactional enqueue](../examples/transactional-enqueue/main.ts)). What a Redis
keeps when it ends depends on its settings: \`durable\` is \`process\` without an append-only file, \`system\` with \`appendfsync everysec\`, \`power\` with
\`always\`; \`fiber-work doctor\` tells; so do Postgres and MySQL. \`?durability=full\` makes a SQLite file \`power\`.

**What to choose.** Nothing, as long as one machine is enough: SQLite. The database that you have, if jobs are to commit with your rows. Redis for the highest rate. A broker if it is there already, or others write to it;
give it a [ledger](ledger.md), and what it lacks (unique keys, status, results, cancel, limits, schedules) comes back. [semantics.md](semantics.md) says for each store what was shown of it, law by law;
[performance.md](performance.md) what it costs.

## Traits

${table(heads, traits)}

Where a value is a choice, the others it could have are in \`DriverTraits\` ([src/contract/driver.ts](../src/contract/driver.ts)).

## Facets

Groups of abilities that a driver has or has not.

${table(['facet', 'what it gives', ...heads.slice(2)], facets)}

## A driver of your own

[write-a-driver.md](write-a-driver.md) builds one in an afternoon: ten verbs, batch-only, no decisions, and the suite above, exported as \`fiber-work/conformance\`. \`registerDriver\` gives its URLs to \`connect\`,
\`--driver ./mine.ts\` to the command line. [examples/nats-driver](../examples/nats-driver/README.md) is one for NATS JetStream that uses the public doors alone.
`
}

function table(heads, rows) {
  const lines = [heads, heads.map(() => '---'), ...rows]
  return lines.map((cells) => `| ${cells.join(' | ')} |`).join('\n')
}

function shownTrait(name, value) {
  if (typeof value === 'boolean') return value ? 'yes' : 'no'
  if (typeof value === 'string') return `\`${value}\``
  if (name === 'bodyBytesMax') return `${value / 1_048_576} MiB`
  if (name === 'delayMsMax') return `${Math.round(value / 86_400_000 / 365)} years`
  return name.includes('Ms') ? `${value} ms` : value.toLocaleString('en-US')
}
