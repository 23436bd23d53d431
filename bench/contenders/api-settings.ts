import { bullmqSettings } from './bullmq.ts'

/** What a submitting contender hands to its children. */
export const apiSettings = {
  role: 'server',
  store: 'redis',
  redis: '',
  /** The place of this run. */
  url: '',
  /** Our own endpoint, with nothing behind it. */
  storeless: false,
  /** Connections of a peer's Postgres pool. */
  poolMax: 10,
  ...bullmqSettings,
  keep: 0,
  concurrency: 200,
}

/** What is submitted: some 200 bytes. */
export const submission = { name: 'noop', input: { n: 1, pad: 'x'.repeat(180) } }

/** A Postgres place as its peers take it. */
export function placeOf(url: string): { connectionString: string; schema: string } {
  const place = new URL(url)
  const schema = place.searchParams.get('schema')!
  place.searchParams.delete('schema')
  return { connectionString: place.href, schema }
}
