import { connect } from 'node:net'
import { beforeAll, describe, expect, it } from 'vitest'
import { sharedRedis } from '../../test/support/redis.ts'
import { type Stray, strays } from '../../test/support/strays.ts'
import { loseErrors, type StrayStory } from '../../test/support/strays-run.ts'

/** Where the servers are that are there. */
async function reach(): Promise<Record<string, string>> {
  const urls = {
    redis: await sharedRedis(),
    postgres: await urlOf('POSTGRES_URL', 'postgres://postgres@127.0.0.1:5432/test'),
    mysql: await urlOf('MYSQL_URL', 'mysql://root@127.0.0.1:3306/test'),
  }
  return Object.fromEntries(Object.entries(urls).filter((entry): entry is [string, string] => entry[1] !== undefined))
}

async function urlOf(variable: string, standard: string): Promise<string | undefined> {
  const { [variable]: given } = process.env
  if (given !== undefined && given !== '') return given
  const { hostname, port } = new URL(standard)
  const isThere = await new Promise((resolve) => {
    const socket = connect({ host: hostname, port: Number(port) })
    socket.once('connect', () => resolve(true)).once('error', () => resolve(false))
    socket.once('connect', () => socket.destroy())
  })
  if (isThere) return standard
  if (process.env['FIBER_WORK_REQUIRE_SERVICES'] === '1')
    throw new Error(`needs a server at ${standard}, or ${variable}`)
  return undefined
}

/** In production mode: one worker at the level of sampling, no async hooks, the guilty one among a hundred others of its kind. */
describe('a lost error in a process of its own', () => {
  let stories: Map<string, StrayStory>

  beforeAll(async () => {
    const urls = await reach()
    const kinds = Object.entries(strays).filter(([, { server }]) => server === undefined || server in urls)
    stories = await loseErrors({ kinds: kinds.map(([name]) => name), urls })
  }, 120_000)

  for (const [name, kind] of Object.entries(strays)) {
    it(name, (context) => {
      const story = stories.get(name)
      if (story === undefined) return context.skip(`needs ${kind.server}`)
      expect(story).toEqual(expected(name, kind, story))
    })
  }

  it('there are enough kinds', () => expect(Object.keys(strays).length).toBeGreaterThanOrEqual(20))
})

/** Who is named, how sure, whether the worker has to go; and the hundred innocent all end, each once. */
function expected(name: string, kind: Stray, { culprits }: StrayStory): StrayStory {
  const { blamed, condemns = false, afterwards = false, handledLate = false, culprits: many = 1 } = kind
  const origin = condemns ? 'uncaughtException' : 'unhandledRejection'
  const who = blamed?.who ?? 'culprit'
  const failed = blamed?.sure === 'owner'
  return {
    name,
    blamed: blamed === undefined ? [] : Array(many).fill({ who, sure: blamed.sure, origin }),
    strays: afterwards ? [{ who: 'culprit', origin }] : [],
    late: handledLate ? 1 : 0,
    condemned: condemns,
    innocentsDone: 100,
    // A suspect has its attempt back, and runs again later.
    culprits: failed ? Array(many).fill('dead') : who === 'culprit' && !afterwards ? ['release'] : culprits,
  }
}
