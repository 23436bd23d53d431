import { createConnection } from 'mysql2/promise'
import { input, report, stopwatch } from './input.ts'
import { dropTables, mysqlUrl } from './stores/mysql.ts'

// What the server could do at best with rows like ours, claimed and settled in the same batches by one connection: no worker, no
// limits, no fence, no history.
const { jobs, batch } = input({ jobs: 100_000, batch: 1_000 })
const prefix = `fwc_${process.pid}_`
const sql = await createConnection({ uri: mysqlUrl(), multipleStatements: true })
const pad = 'x'.repeat(180)

await sql.query(
  `create table ${prefix}job (n bigint primary key, id varbinary(64) not null unique, body longtext not null) engine=innodb;
   create table ${prefix}ready (n bigint primary key) engine=innodb;
   create table ${prefix}fate (n bigint primary key, state tinyint not null, settled bigint) engine=innodb`,
)
const from = (at: number): [number, number] => [at, Math.min(at + batch, jobs) - 1]
const numbers = (first: number, last: number) => Array.from({ length: last - first + 1 }, (_, i) => first + i)
for (let at = 0; at < jobs; at += batch) {
  const ns = numbers(...from(at))
  await sql.query(
    `start transaction; insert into ${prefix}job values ${ns.map((n) => `(${n},'id-${n}','{"n":${n},"pad":"${pad}"}')`).join(',')};
     insert into ${prefix}ready values ${ns.map((n) => `(${n})`).join(',')}; commit`,
  )
}
const watch = stopwatch()
for (let at = 0; at < jobs; at += batch) {
  const [first, last] = from(at)
  const range = `n between ${first} and ${last}`
  await sql.query(
    `start transaction; select r.n, j.id, j.body from ${prefix}ready r join ${prefix}job j on j.n = r.n where r.${range} order by r.n for update skip locked;
     insert into ${prefix}fate select n, 1, null from ${prefix}ready where ${range}; delete from ${prefix}ready where ${range}; commit`,
  )
  await sql.query(
    `start transaction; update ${prefix}fate set state = 2, settled = 1 where ${range};
     delete from ${prefix}job where ${range}; delete from ${prefix}fate where ${range}; commit`,
  )
}
const wallMs = watch.wallMs()
report({ workedPerSecond: (jobs / wallMs) * 1_000, cpuUs: (watch.cpuMs() / jobs) * 1_000 })
await sql.end()
await dropTables(mysqlUrl(), prefix)
