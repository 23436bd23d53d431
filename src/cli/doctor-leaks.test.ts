import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { InsideProject } from '../../test/support/cli-inside.ts'

vi.mock('./process.ts', () => ({
  leave: (code: number | undefined) => (process.exitCode = code ?? 0),
  survivePipes: () => {},
}))

let project: InsideProject

beforeAll(() => {
  project = new InsideProject()
  // Handlers as any copy of fiber-work makes them, without resolving one from here.
  project.write(
    'jobs/all.mjs',
    `const kept = []
     const input = { '~standard': { version: 1, vendor: 'test', validate: (value) => ({ value }) } }
     const handler = (name, run) => ({ name, queue: { name: 'default', options: {} }, options: { input }, source: undefined, handle: () => {}, run })
     export default [
       handler('clean', async () => { await null }),
       handler('leaky', async ({ count }, job) => { kept.push(new Array(count).fill(0), job); setTimeout(() => {}, 300) }),
       handler('fails', () => { throw new Error('never') }),
     ]`,
  )
})
afterAll(() => project.remove())

interface Answer {
  ok: boolean
  heap: { low: number; high: number; points: unknown[] }
  sandboxes: { followed: number; kept: number }
  zombies: { count: number; newest: string }
  failed: number
  checks: { name: string; state: string; text: string }[]
}

test('a job that leaks in three ways is found out', { timeout: 120_000 }, async () => {
  const { code, stdout } = await project.run(
    `doctor --leaks leaky --input '{"count":1000}' --runs 2400 --concurrency 20 --json`,
  )
  const answer = JSON.parse(stdout) as Answer
  expect(code).toBe(1)
  expect(answer).toMatchObject({ ok: false, definition: 'leaky', runs: 2_400, concurrency: 20, failed: 0 })
  // A list of a thousand numbers is 8 kB.
  expect(answer.heap.low).toBeGreaterThan(4_000)
  expect(answer.heap.points).toHaveLength(13)
  expect(answer.sandboxes.kept).toBe(answer.sandboxes.followed)
  expect(answer.zombies.newest).toMatch(/^a timer of 300 ms, made at .*all\.mjs:\d+:\d+\)?$/)
  expect(answer.checks.filter(({ state }) => state === 'fail').map(({ name }) => name)).toEqual([
    'heap',
    'sandboxes',
    'zombies',
  ])
})

test('what does not leak is not accused, though all its runs fail', { timeout: 120_000 }, async () => {
  const { stdout } = await project.run('doctor --leaks fails --runs 1200')
  expect(stdout).toMatch(/ok {3}sandboxes {2}0 of [\d,]+ are still there/)
  expect(stdout).toContain('ok   zombies    nothing was left running')
  expect(stdout).toContain('warn runs       1,500 of 1,500 failed: Error: never')
})

test.each([
  ['doctor --leaks cleen', 65, /No handler is named "cleen".*Did you mean "clean"\?/],
  ['doctor --leaks clean --input {', 65, /--input is not JSON/],
  ['doctor --leaks clean --runs 3', 78, /--runs is "3"; allowed is a whole number from 12/],
])('%s', async (line, code, says) => {
  const ran = await project.run(line)
  expect(ran.stderr).toMatch(says)
  expect(ran.code).toBe(code)
})
