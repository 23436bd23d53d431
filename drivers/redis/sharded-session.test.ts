import { describe, expect, test } from 'vitest'
import { jobs, scene } from '../../test/support/sharded.ts'
import type { RedisServer } from '../../test/support/redis.ts'
import { done, type Hand } from '../conformance/hand.ts'

describe('a session', () => {
  const expire = (server: RedisServer, shard: number, { session }: Hand) => {
    const part = session.slice(session.lastIndexOf(':') + 1).split('+')[shard]!
    return server.say('ZADD', `{fiber-work.${shard}}:sessions`, 1, part)
  }

  test('has one name, which names its parts, on every shard', async (context) => {
    const { hand, other } = await scene(context)
    expect(hand.session).toMatch(/^[^+]+:\d+:[^:+]+\+[^:+]+\+[^:+]+$/)
    await hand.add(...jobs(30))
    await hand.take('q')
    const sessions = await other.driver.inspector!.sessions()
    expect(new Map(sessions.map(({ session, held }) => [session, held]))).toEqual(
      new Map([
        [hand.session, 30],
        [other.session, 0],
      ]),
    )
  })

  test('ends as a whole where one shard took its part back, and a new one begins', async (context) => {
    const { server, hand, other } = await scene(context)
    await hand.add(...jobs(30))
    const loans = await hand.take('q')
    const ofOne = loans.filter(({ receipt }) => receipt.startsWith('1/')).length
    const { session } = hand
    await expire(server, 1, hand)
    expect(await other.driver.sweep(100)).toEqual({ taken: ofOne, more: false })
    expect((await hand.beat({ renew: true })).session).toBe('revoked')
    await expect(hand.reserve('q')).rejects.toMatchObject({ code: 'FW_LEASE_REVOKED' })
    await hand.open()
    expect(hand.session).not.toBe(session)
    expect((await hand.beat()).session).toBe('alive')
    expect(await other.depth('q')).toMatchObject({ ready: 30, running: 0 })
    expect((await hand.settle(loans, done)).map(({ outcome }) => outcome)).not.toContain('settled')
    const again = await hand.take('q')
    // Whoever ran where nobody died has not crashed.
    expect(again.filter(({ crashes }) => crashes === 1)).toHaveLength(ofOne)
    expect(new Set(await hand.settle(again, done).then((all) => all.map(({ outcome }) => outcome)))).toEqual(
      new Set(['settled']),
    )
  })
})
