import { setTimeout as sleep } from 'node:timers/promises'
import { PgBoss } from 'pg-boss'
import { answerParent } from './api-child.ts'
import { serveAdding } from './api-fastify.ts'
import { apiSettings, placeOf } from './api-settings.ts'
import { input } from './input.ts'

const given = input(apiSettings)
const boss = new PgBoss({ ...placeOf(given.url), max: given.poolMax, schedule: false })
boss.on('error', () => {})
await boss.start()
await boss.createQueue('noop')
const batchSize = 1_000
const idleMs = 50
let ran = 0
let ended = false

/** Fetch and complete, as its manual tells for speed: its own loop waits half a second between fetches at least. */
async function work(): Promise<void> {
  while (!ended) {
    const fetched = await boss.fetch('noop', { batchSize })
    if (fetched.length === 0) await sleep(idleMs)
    else
      await boss.complete(
        'noop',
        fetched.map(({ id }) => id),
      )
    ran += fetched.length
  }
}

if (given.role === 'server') await serveAdding((name, data) => boss.send(name, data))
else {
  const working = work()
  answerParent({
    ran: () => ran,
    end: () => {
      ended = true
      return working
    },
  })
}
