import type { Keep, StoredJob } from '../../src/contract/index.ts'
import { removeAll } from './actions.ts'
import type { Change } from './book.ts'
import { listAll } from './book.ts'
import type { Intent } from './enqueue.ts'
import { knownOf } from './fate.ts'
import { lastOf } from './keys.ts'
import { jobPiecesOf } from './place.ts'
import type { Presence } from './presence.ts'
import { sealed } from './ticket.ts'

/** Records that one call trims, at most. */
const trimMax = 500
/** Calls that one sweep finishes, at most. */
const intentsMax = 20

/**
 * Finishes calls that were broken off between the ledger and the broker: what still waits is published once more, in messages of
 * its own. If the first ones are there after all, they are strays.
 */
export async function finishIntents(presence: Presence): Promise<void> {
  const { place } = presence
  const { ledger, keys, book, settings } = place
  const records = await ledger.list(keys.intents(), intentsMax)
  for (const { key } of records) {
    const [page] = await book.read([key])
    const intent = page && (JSON.parse(page.text) as Intent)
    if (intent === undefined || intent.atMs > place.nowMs() - settings.leaseMs) continue
    const messages = await place.persist(() => readdress(presence, intent.ids))
    if (messages.length > 0) {
      await presence.inside((ask) => ask('enqueue', (call) => place.broker.enqueue(call, messages)))
    }
    await book.write([{ key, pieces: page!.pieces }])
  }
}

/** New messages for those that wait; undefined when somebody wrote in between. */
async function readdress({ place }: Presence, ids: string[]): Promise<StoredJob[] | undefined> {
  const { book, keys } = place
  const pages = await book.read(ids.flatMap((id) => [keys.job(id), keys.fate(id)]))
  const found = ids.flatMap((_, i) => {
    const known = knownOf(pages[2 * i + 1])
    const page = pages[2 * i]
    if (page === undefined || known?.fate.state !== 'waiting') return []
    const { dueAtMs } = known.fate
    const job = { ...(JSON.parse(page.text) as StoredJob), ...(dueAtMs !== undefined && { due: { atMs: dueAtMs } }) }
    return [{ job, known, after: { ...known.fate, copy: place.env.id() } }]
  })
  const changes: Change[] = []
  const heads = found.map(({ job, known, after }) => {
    const head = changes.length
    changes.push(...place.changesOf({ job, before: known, after, jobPieces: jobPiecesOf(job) }))
    return head
  })
  const versions = await book.write(changes)
  return versions && found.map(({ job, after }, i) => sealed(job, after, versions[heads[i]!]!, false))
}

/** How many done jobs are kept, by queue, as the newest verdicts say; trimmed now or with the next sweep. */
export class Trimmer {
  readonly #keeps = new Map<string, number>()

  /** A short line is trimmed at once, a long one by the sweeps: it may be longer by what they find. */
  async kept(presence: Presence, keeps: ReadonlyMap<string, Keep>): Promise<void> {
    for (const [queue, { count }] of keeps) {
      this.#keeps.set(queue, count)
      if (count <= trimMax) await trim(presence, queue, count)
    }
  }

  async sweep(presence: Presence): Promise<void> {
    for (const [queue, count] of this.#keeps) await trim(presence, queue, count)
    this.#keeps.clear()
  }
}

async function trim(presence: Presence, queue: string, count: number): Promise<void> {
  const { ledger, keys } = presence.place
  const records = await listAll(ledger, keys.shelf('done', queue), count + trimMax)
  await removeAll(
    presence,
    records.slice(count).map(({ key }) => lastOf(key)),
  )
}
