import { connectionTo } from '../redis-common/calls.ts'
import { Lines } from '../redis-common/lines.ts'
import type { Script } from '../redis-common/scripts.ts'
import { factsOf, type ServerFacts } from '../redis-common/server.ts'
import type { Settings } from '../redis-common/settings.ts'
import { Lookout, type Places } from './lookout.ts'

/** How long a blocking read lasts: what an idle process sends, and how soon a dead connection is noticed (and a second more). */
const readWaitMs = 2_500

/** The way to one server, for all drivers of a process: one connection for calls, and one that waits at streams. */
export interface Link {
  /** What all keys begin with. Holds the hash tag. */
  readonly prefix: string
  /** Connects, and says what the server is like; as often as `close`. */
  open(): Promise<ServerFacts>
  /** Runs a script with the prefix as its one key. */
  run(script: Script, args: readonly (string | number)[]): Promise<unknown>
  /** Calls `wake` once when something comes to one of these places, or when that may have been missed. Answers what ends it. */
  watch(places: Places, wake: () => void): () => void
  close(): Promise<void>
}

export function linkTo(settings: Settings): Link {
  const { env, prefix } = settings
  const bell = `${prefix}bell:${env.id()}`
  const lines: Lines<Lookout> = new Lines(settings, {
    facts: (calls) => factsOf(calls, prefix, [[tryStreams, `${prefix}trial`]]),
    ear: () => {
      const connection = connectionTo(settings, 'fiber-work:streams', readWaitMs + 1_000)
      const ring = async () => void (await lines.calls.command('EVAL', ringBell, 1, bell))
      return new Lookout({ env, connection, bell, ring, waitMs: readWaitMs })
    },
  })
  return {
    prefix,
    open: () => lines.open(),
    run: async (script, args) => lines.calls.run(script, args),
    watch: (places, wake) => lines.ear.watch(places, wake),
    close: () => lines.close(),
  }
}

/** A stream of one entry, which goes with the process that reads it. */
const ringBell = `redis.call('XADD', KEYS[1], 'MAXLEN', 1, '*', 'r', 1) return redis.call('PEXPIRE', KEYS[1], 60000)`

/** Who may not read streams hears so when the driver is opened. */
const tryStreams = `
local answer = redis.pcall('XREAD', 'COUNT', 1, 'STREAMS', KEYS[1], '0-0')
if type(answer) == 'table' and answer.err then return redis.error_reply('NOPERM XREAD is what the user may not: ' .. answer.err) end
return 1`
