/** A worker process without work, for the tests of the supervisor: `node supervised.ts OPTIONS-AS-JSON`. As the API process it serves health. */
import { existsSync, readFileSync } from 'node:fs'
import { systemEnv } from '../../src/base/env.ts'
import { healthOfFleet } from '../../src/api/health.ts'
import type { EventWish, StreamEvent } from '../../src/contract/fleet.ts'
import { answerOver } from '../../src/supervisor/answering.ts'
import { fleetOverLink } from '../../src/supervisor/fleet.ts'
import { linkToSupervisor } from '../../src/supervisor/link.ts'
import { watchStops } from '../../src/supervisor/stops.ts'
import { type Answers, answersOf } from '../../src/worker/answers.ts'

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
  /** Only in the process at this place, if one is given. */
  place?: number
  /** More of these, as a file has them when it starts. */
  file?: string
  /** What it says that the configuration asks for. */
  wanted?: { processes: number; api: boolean }
  /** So many events in each batch, while somebody watches. */
  events?: number
  /** The API process watches, and says among the reasons what it has heard. */
  watch?: boolean
  /** The API process reloads all when it serves, and says what came of it on the standard error. */
  reload?: boolean
  /** Only the API process is so. */
  api?: Supervised
}

const link = linkToSupervisor()!
const { role } = link

function read(): Supervised {
  const given = JSON.parse(process.argv[2] ?? '{}') as Supervised
  const { api = {}, ...all } = given
  const filed =
    all.file !== undefined && existsSync(all.file) ? (JSON.parse(readFileSync(all.file, 'utf8')) as Supervised) : {}
  if (role.kind === 'api') return { ...api, ...filed.api }
  const options = { ...all, ...filed }
  return options.place === undefined || options.place === role.place ? options : {}
}

const options = read()
const summary = { done: 1, retried: 0, dead: 0, cancelled: 0, quarantined: 0, released: 0, wallMs: 1 }
const wanted = options.wanted ?? { processes: 1, api: false }
const leave = async (code: number) => {
  await link.send({ kind: 'ended', summary: { ...summary, done: role.kind === 'api' ? 0 : 1 } })
  link.close()
  process.exit(code)
}

function answers(): Answers {
  const health = {
    ok: true,
    reasons: [],
    state: 'running',
    running: 0,
    answeredMsAgo: 0,
    leaseKeptBy: 'beats' as const,
  }
  return {
    ...answersOf(() => undefined),
    health: () => health,
    setConcurrency: ({ concurrency }) => concurrency,
    jobLog: ({ id }) => (id === 'large' ? [{ atMs: 0, level: 'info', message: 'x'.repeat(17_000_000) }] : undefined),
  }
}

function stream(hear: (events: StreamEvent[]) => void): (wish: EventWish | undefined) => void {
  const tell = () =>
    hear(
      Array.from({ length: options.events ?? 1 }, (_, n) => ({
        event: 'job.ended',
        atMs: n,
        data: { pid: process.pid },
      })),
    )
  let timer: NodeJS.Timeout | undefined
  return (wish) => {
    clearInterval(timer)
    timer = wish === undefined ? undefined : setInterval(tell, 20)
  }
}

async function beApi(): Promise<void> {
  const fleet = fleetOverLink(link, systemEnv)
  const turn = new Promise<void>((resolve) => link.hear('go', () => resolve()))
  await link.send({ kind: 'prepared' })
  await turn
  const { serve } = await import('../../src/api/server.ts')
  const heard = new Set<string>()
  if (options.watch === true)
    fleet.watch((events) => {
      for (const { event } of events) heard.add(event)
    }, 'all')
  const source = async () => {
    const report = await healthOfFleet(fleet)
    return { ...report, reasons: [...report.reasons, ...heard] }
  }
  const { url } = await serve({ address: { host: '127.0.0.1', port: 0 }, health: source })
  await link.send({ kind: 'up', graceMs: 0, wanted, url })
  if (options.reload === true) void fleet.reload!().then((reloaded) => heard.add(JSON.stringify(reloaded)))
}

watchStops(link, {
  onStop() {
    if (options.deaf !== true) void leave(0)
  },
  onThird: () => {},
})
if (role.kind === 'worker') answerOver(link, answers(), systemEnv, stream)
if (options.up !== false) {
  if (role.kind === 'api') await beApi()
  else await link.send({ kind: 'up', graceMs: 100, wanted })
}
if (options.failed !== undefined)
  await link.send({ kind: 'failed', error: { code: undefined, message: options.failed, remedy: '' } })
if (options.quit === true) await link.send({ kind: 'quit', level: 1 })
if (options.exit !== undefined) await leave(options.exit)
if (options.kill !== undefined) process.kill(process.pid, options.kill)
if (options.blocked === true) for (;;);
setInterval(() => {}, 1_000)
