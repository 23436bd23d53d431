/** The server of a database case: from the environment, or what listens on the standard port. */
export const dbDefaults = { kind: 'postgres' as 'postgres' | 'mysql', queries: 50_000, inFlight: 10_000, poolMax: 50 }

export function urlOfServer(kind: 'postgres' | 'mysql'): string {
  return kind === 'postgres'
    ? process.env['POSTGRES_URL'] || 'postgres://postgres@127.0.0.1:5432/test'
    : process.env['MYSQL_URL'] || 'mysql://root@127.0.0.1:3306/test'
}

export const table = 'fw_bench_rows'
export const create = `create table if not exists ${table} (id int primary key, name varchar(100))`
export const fill = (ids: number[]): string =>
  `insert into ${table} values ${ids.map((id) => `(${id}, 'row ${id}')`).join(', ')}`
export const rowsMax = 1_000
/** A small query, as most are: a row by its key. */
export const select = (kind: 'postgres' | 'mysql'): string =>
  `select id, name from ${table} where id = ${kind === 'postgres' ? '$1' : '?'}`
