import { randomBytes } from 'node:crypto'
import { Client } from 'pg'
import { input } from './input.ts'
import { measureWork } from './measure-work.ts'

// The least that a queue in Postgres can do, in batches: one narrow table, a claim that marks rows, a delete that settles them. No
// sessions, no history, no replay, no priorities.
const url = process.env['POSTGRES_URL'] ?? 'postgres://root@127.0.0.1/test'
const { jobs, batch, lanes } = input({ jobs: 100_000, batch: 500, lanes: 2 })
const schema = `bare_bench_${randomBytes(4).toString('hex')}`
const body = JSON.stringify({ v: 1, pad: 'x'.repeat(180) })

async function connected(): Promise<Client> {
  const client = new Client({ connectionString: url })
  await client.connect()
  await client.query(`set client_min_messages = error; set search_path = "${schema}"`)
  return client
}

async function work(client: Client): Promise<void> {
  const claim = `update job set claimed = true where n = any(array(
    select n from job where not claimed order by n limit ${batch} for update skip locked)) returning n, body`
  for (;;) {
    const { rows } = await client.query({ name: 'claim', text: claim })
    if (rows.length === 0) return
    measured.ran()
    for (const row of rows as { n: string; body: string }[]) JSON.parse(row.body)
    const ns = (rows as { n: string }[]).map(({ n }) => n)
    await client.query({ name: 'settle', text: 'delete from job where n = any($1::bigint[])', values: [ns] })
  }
}

const clients = await Promise.all(Array.from({ length: lanes }, connected))
const [first] = clients
await first!.query(`create schema "${schema}";
  create table job (n bigint generated always as identity primary key, body text not null, claimed boolean not null default false);
  create index job_waiting on job (n) where not claimed`)
for (let n = 0; n < jobs; n += 1_000) {
  const bodies = Array.from({ length: Math.min(1_000, jobs - n) }, () => body)
  await first!.query('insert into job (body) select unnest($1::text[])', [bodies])
}
const measured = measureWork(url, jobs)
await Promise.all(clients.map(work))
measured.settled()
await first!.query(`drop schema "${schema}" cascade`)
await Promise.all(clients.map((client) => client.end()))
