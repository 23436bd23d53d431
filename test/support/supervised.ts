/** A worker process without work, for the tests of the supervisor: `node supervised.ts OPTIONS-AS-JSON`. */
import { linkToSupervisor } from '../../src/supervisor/link.ts'
import { watchStops } from '../../src/supervisor/stops.ts'

export interface Supervised {
  /** Say that it is up. */
  up?: boolean
  /** End with this code right after that. */
  exit?: number
  /** Be killed by this signal instead. */
  kill?: NodeJS.Signals
  /** Do not hear the wish to stop. */
  deaf?: boolean
  /** Block the event loop, once up. */
  blocked?: boolean
  failed?: string
  quit?: boolean
}

const options = JSON.parse(process.argv[2] ?? '{}') as Supervised
const link = linkToSupervisor()!
const summary = { done: 1, retried: 0, dead: 0, cancelled: 0, quarantined: 0, released: 0, wallMs: 1 }
link.onHealth(async () => ({ ok: true, ready: true, reasons: [], workers: [] }))
const leave = async (code: number) => {
  await link.send({ kind: 'ended', summary })
  link.close()
  process.exit(code)
}
watchStops(link, {
  onStop() {
    if (options.deaf !== true) void leave(0)
  },
  onThird: () => {},
})
if (options.up !== false) await link.send({ kind: 'up', graceMs: 100 })
if (options.failed !== undefined)
  await link.send({ kind: 'failed', error: { code: undefined, message: options.failed, remedy: '' } })
if (options.quit === true) await link.send({ kind: 'quit', level: 1 })
if (options.exit !== undefined) await leave(options.exit)
if (options.kill !== undefined) process.kill(process.pid, options.kill)
if (options.blocked === true) for (;;);
setInterval(() => {}, 1_000)
