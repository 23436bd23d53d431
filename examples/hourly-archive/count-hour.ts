import { createInterface } from 'node:readline'
import { pipeline } from 'node:stream'
import { createGunzip } from 'node:zlib'
import { defineJob, GiveUp, Http, unchecked } from 'fiber-work'

export interface Totals {
  events: number
  byType: Record<string, number>
}

export function add(total: Totals, { events, byType }: Totals): void {
  total.events += events
  for (const [type, count] of Object.entries(byType)) total.byType[type] = (total.byType[type] ?? 0) + count
}

export default defineJob(
  'count-hour',
  {
    input: unchecked<{ archive: string; hour: string }>(),
    queue: 'archive',
    unique: ({ hour }) => hour,
    timeoutMs: 600_000,
    attempts: 3,
  },
  async ({ archive, hour }, job): Promise<Totals> => {
    // The timeout of a request counts until its last byte; here the job's own limit is enough.
    const response = await Http.get(`${archive}/${hour}.json.gz`, { timeoutMs: 0 })
    if (response.status === 404) throw new GiveUp('there is no such hour') // trying again will not make one
    response.throw()

    // Unpacked in a thread of libuv, line by line: no file is ever whole in memory, and the event loop stays free. When the
    // job is told to stop, the response fails by itself, and with it the pipeline and the loop below.
    const unpacked = pipeline(response.stream(), createGunzip(), () => {})
    const totals: Totals = { events: 0, byType: {} }
    for await (const line of createInterface({ input: unpacked })) {
      const { type } = JSON.parse(line) as { type: string }
      totals.events++
      totals.byType[type] = (totals.byType[type] ?? 0) + 1
      if (totals.events % 100 === 0) job.progress({ events: totals.events })
    }
    return totals
  },
)
