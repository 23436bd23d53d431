import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { type Env, systemEnv } from '../base/env.ts'
import type { Supervised } from '../../test/support/supervised.ts'
import { lives, pidsOf, quick, supervise, urlIn } from '../../test/support/supervising.ts'

let folder: string

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'fiber-work-reload-'))
})

afterEach(() => rmSync(folder, { recursive: true, force: true }))

const file = () => join(folder, 'next.json')
/** What the processes that start from now on are like. */
const next = (options: Supervised) => writeFileSync(file(), JSON.stringify(options))

describe('a reload', () => {
  test('puts a new process at each place; the old ones have drained', async () => {
    next({ wanted: { processes: 2, api: false } })
    const { supervisor, said } = supervise({ file: file() }, { processes: 2 })
    const before = await pidsOf(supervisor, 2)
    const reloading = supervisor.reload()
    let over = false
    void reloading.then(() => (over = true))
    // Never fewer at work: whenever they are asked, two answer.
    while (!over) {
      const { answers, missing } = await supervisor.ask('health', undefined)
      expect([answers.length, missing]).toEqual([2, []])
      await new Promise((resolve) => setTimeout(resolve, 5))
    }
    expect(await reloading).toEqual({ replaced: 2, processes: 2 })
    const after = await pidsOf(supervisor, 2)
    expect(after.filter((pid) => before.includes(pid))).toEqual([])
    expect(before.filter(lives)).toEqual([])
    expect(said).toEqual([expect.stringContaining('reloading: 2 worker'), 'reloaded: 2 worker processes are new'])
    supervisor.stop(1, 'enough')
    // All four have told what they did, and none of it counts as a restart.
    expect(await supervisor.ended).toMatchObject({ code: 0, restarts: 0, summaries: [{}, {}, {}, {}] })
  })

  test('a process that ends while it is asked is not missed: the one that took over answers', async () => {
    const { supervisor } = supervise({ file: file() })
    const [before] = await pidsOf(supervisor, 1)
    process.kill(before!, 'SIGSTOP')
    // The new one is up and has not taken over yet: it is still the old one that is asked.
    const asked = new Promise<ReturnType<typeof supervisor.ask<'health'>>>((resolve) => {
      const leave = supervisor.watch(() => {
        leave()
        resolve(supervisor.ask('health', undefined))
        process.kill(before!, 'SIGKILL')
      }, 'all')
    })
    expect(await supervisor.reload()).toEqual({ replaced: 1, processes: 1 })
    const { answers, missing } = await asked
    expect([answers.map(({ pid }) => pid), missing]).toEqual([await pidsOf(supervisor, 1), []])
  })

  test.each<[string, Supervised, RegExp]>([
    ['cannot start', { up: false, failed: 'concurrency is -1', exit: 78 }, /ended with 78: concurrency is -1/],
    ['is killed', { up: false, kill: 'SIGKILL' }, /was killed by SIGKILL/],
  ])('is refused when the new process %s: the old one goes on', async (_, broken, why) => {
    const { supervisor, said } = supervise({ file: file() }, { processes: 2 })
    const before = await pidsOf(supervisor, 2)
    next(broken)
    expect(await supervisor.reload()).toEqual({ replaced: 0, processes: 2, refused: expect.stringMatching(why) })
    expect(said.at(-1)).toMatch(/the reload was refused \(nothing was replaced\)/)
    expect(await pidsOf(supervisor, 2)).toEqual(before)
    next({ wanted: { processes: 2, api: false } })
    expect(await supervisor.reload()).toEqual({ replaced: 2, processes: 2 })
  })

  test('is refused when the new process does not come up within a minute', async () => {
    const hasty: Env = {
      ...systemEnv,
      setTimer: (run, delayMs, kind) => systemEnv.setTimer(run, delayMs === 60_000 ? 500 : delayMs, kind),
    }
    const { supervisor } = supervise({ file: file() }, { env: hasty })
    const before = await pidsOf(supervisor, 1)
    next({ up: false })
    expect(await supervisor.reload()).toMatchObject({
      replaced: 0,
      refused: expect.stringMatching(/killed by SIGKILL/),
    })
    expect(await pidsOf(supervisor, 1)).toEqual(before)
  })

  test('stops at the first that does not come up; those before are new', async () => {
    const { supervisor } = supervise({ file: file() }, { processes: 2 })
    const before = await pidsOf(supervisor, 2)
    next({ place: 1, up: false, exit: 69, wanted: { processes: 2, api: false } })
    expect(await supervisor.reload()).toMatchObject({ replaced: 1, processes: 2 })
    const after = await pidsOf(supervisor, 2)
    expect([after[0] === before[0], after[1] === before[1]]).toEqual([false, true])
  })

  test('more and fewer processes, as the new configuration wants', async () => {
    const { supervisor } = supervise({ file: file() }, { processes: 1 })
    const [first] = await pidsOf(supervisor, 1)
    next({ wanted: { processes: 3, api: false } })
    expect(await supervisor.reload()).toEqual({ replaced: 1, processes: 1 })
    const three = await pidsOf(supervisor, 3)
    expect(three).not.toContain(first)
    next({ wanted: { processes: 1, api: false } })
    expect(await supervisor.reload()).toEqual({ replaced: 3, processes: 3 })
    const [last] = await pidsOf(supervisor, 1)
    await vi.waitFor(() => expect(three.filter(lives)).toEqual([]), 5_000)
    supervisor.stop(1, 'enough')
    await supervisor.ended
    expect(lives(last!)).toBe(false)
  })

  test('an API that is wanted from now on, and one that is not any more', async () => {
    const { supervisor, said } = supervise({ file: file() })
    await pidsOf(supervisor, 1)
    next({ wanted: { processes: 1, api: true } })
    await supervisor.reload()
    const url = await urlIn(said)
    expect((await fetch(`${url}/readyz`)).status).toBe(200)
    next({ wanted: { processes: 1, api: false } })
    await supervisor.reload()
    await vi.waitFor(async () => expect(await fetch(url).catch(() => 'gone')).toBe('gone'), 5_000)
  })

  test('the API comes last; one that cannot prepare itself leaves the old one where it is', async () => {
    next({ wanted: { processes: 1, api: true } })
    const { supervisor, said } = supervise({ file: file() }, { api: true })
    const url = await urlIn(said)
    await pidsOf(supervisor, 1)
    next({ wanted: { processes: 1, api: true }, api: { up: false, exit: 78 } })
    expect(await supervisor.reload()).toMatchObject({
      replaced: 1,
      refused: expect.stringMatching(/API process \d+ ended with 78/),
    })
    expect((await fetch(`${url}/readyz`)).status).toBe(200)
    next({ wanted: { processes: 1, api: true } })
    expect(await supervisor.reload()).toEqual({ replaced: 1, processes: 1 })
    await vi.waitFor(async () => expect(await urlIn(said)).not.toBe(url), 5_000)
    expect((await fetch(`${await urlIn(said)}/readyz`)).status).toBe(200)
    expect(await fetch(url).catch(() => 'gone')).toBe('gone')
  })

  test('who asks while one is under way is answered by one more, all of them by the same', async () => {
    const { supervisor, said } = supervise({})
    await pidsOf(supervisor, 1)
    const first = supervisor.reload()
    await vi.waitFor(() => expect(said).toHaveLength(1))
    const second = supervisor.reload()
    const third = supervisor.reload()
    expect(third).toBe(second)
    await Promise.all([first, second])
    expect(said.filter((text) => text.startsWith('reloading'))).toHaveLength(2)
  })

  test('the old one falls while the new one starts: that one takes its place', async () => {
    const { supervisor, said } = supervise({ file: file() })
    const [before] = await pidsOf(supervisor, 1)
    const reloading = supervisor.reload()
    await vi.waitFor(() => expect(said).toHaveLength(1))
    process.kill(before!, 'SIGKILL')
    expect(await reloading).toEqual({ replaced: 1, processes: 1 })
    expect(said.join('\n')).toContain('the one that was to take over from it is starting')
    expect(await pidsOf(supervisor, 1)).not.toEqual([before])
  })

  test('both fall: it is started anew, and a reload that was refused ends nothing', async () => {
    const { supervisor, said } = supervise({ file: file() }, { env: quick })
    const [before] = await pidsOf(supervisor, 1)
    next({ up: false, exit: 78 })
    const reloading = supervisor.reload()
    await vi.waitFor(() => expect(said).toHaveLength(1))
    process.kill(before!, 'SIGKILL')
    expect(await reloading).toMatchObject({ replaced: 0, refused: expect.stringContaining('78') })
    await vi.waitFor(
      () => expect(said.filter((text) => text.includes('ended with 78 after')).length).toBeGreaterThan(1),
      10_000,
    )
    next({})
    await pidsOf(supervisor, 1)
  })

  test('a stop while it is under way ends all', async () => {
    const { supervisor, said } = supervise({}, { processes: 2 })
    await pidsOf(supervisor, 2)
    const reloading = supervisor.reload()
    await vi.waitFor(() => expect(said).toHaveLength(1))
    supervisor.stop(1, 'SIGTERM')
    expect(await reloading).toMatchObject({ refused: expect.any(String) })
    expect(await supervisor.ended).toMatchObject({ code: 0 })
    expect(await supervisor.reload()).toMatchObject({ refused: 'the supervisor is stopping' })
  })

  test('where it must not be, nothing happens', async () => {
    const { supervisor } = supervise({}, { refusesReload: 'the dashboard has the terminal' })
    const before = await pidsOf(supervisor, 1)
    expect(await supervisor.reload()).toEqual({ replaced: 0, processes: 1, refused: 'the dashboard has the terminal' })
    expect(await pidsOf(supervisor, 1)).toEqual(before)
  })
})
