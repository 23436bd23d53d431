import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Report } from '../../stress/measure/report.ts'
import { linkCheckout, makeProject, type Project } from '../support/project.ts'

let project: Project

beforeAll(() => {
  project = makeProject()
  linkCheckout(project, [])
})

afterAll(() => project.remove())

describe('stress', () => {
  test.each(['', '--url memory:', '--url sqlite:./own.db'])(
    'every job is accounted for exactly once: %s',
    async (store) => {
      const { stdout, stderr, end } = await project.run(
        `fiber-work stress --jobs 600 --latency 300ms --mix sleep=40,http=20,fail=15,timeout=10,leak=14,block=1 --seed 7 ${store} --json`,
      )
      expect(stderr).toBe('')
      const report = JSON.parse(stdout) as Report
      expect(report).toMatchObject({ jobs: 600, lost: 0, duplicated: 0, verdict: 'passed' })
      expect(report.done + report.dead).toBe(600)
      expect(report.dead).toBeGreaterThan(0)
      expect(report.retried).toBeGreaterThan(0)
      expect(end).toBe(0)
    },
  )

  test('says for people what it did, and the seed that does it again', async () => {
    const { stdout, end } = await project.run(
      'fiber-work stress --jobs 100 --latency 100ms --mix sleep=1,leak=1 --seed 12',
    )
    expect(stdout).toMatch(/^\n100 jobs, every one accounted for exactly once\.\n/)
    expect(stdout).toMatch(/seed +12\n/)
    expect(stdout).toMatch(/isolated +\d+ stray errors/)
    expect(end).toBe(0)
  })

  test('a mix that nobody knows is refused with the nearest name', async () => {
    const { stderr, end } = await project.run('fiber-work stress --mix slep=1')
    expect(stderr).toContain('There is no kind of job "slep". Did you mean "sleep"?')
    expect(end).toBe(78)
  })
})
