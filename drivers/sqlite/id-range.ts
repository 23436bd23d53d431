import type { Sql } from './sql.ts'

/** Numbers of the jobs whose id begins so, by the index of ids; undefined when they are more than `most`. */
export function byPrefix(sql: Sql, prefix: string, most: number): number[] | undefined {
  // What UTF-8 cannot hold stands behind all texts, as bytes of UTF-16.
  const bytes = Buffer.from(prefix, 'utf16le')
  const blobs = sql.all<[number]>(
    'select n from fw_job where id >= ? and id < ? limit ? + 0',
    new Uint8Array(bytes),
    new Uint8Array(Buffer.concat([bytes, Buffer.alloc(8, 0xff)])),
    most + 1,
  )
  const texts = prefix.isWellFormed()
    ? sql.all<[number]>(
        'select n from fw_job where id >= ? and id < ? limit ? + 0',
        prefix,
        `${prefix}\u{10ffff}`,
        most + 1,
      )
    : []
  const ns = [...blobs, ...texts].map(([n]) => n)
  return ns.length > most ? undefined : ns
}
