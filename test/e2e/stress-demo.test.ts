import { mkdirSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Report } from '../../stress/measure/report.ts'
import { linkCheckout, makeProject, type Project } from '../support/project.ts'

const keys = [
  'jobs',
  'done',
  'retried',
  'dead',
  'lost',
  'duplicated',
  'wallMs',
  'idealMs',
  'jobsPerSecond',
  'overheadMs',
  'inFlightPeak',
  'rssPeakBytes',
  'heapPeakBytes',
  'cpuMs',
  'loopDelayMs',
  'verdict',
]

let project: Project
let temporary: string

beforeAll(() => {
  project = makeProject()
  linkCheckout(project, [])
  temporary = join(project.folder, 'tmp')
  mkdirSync(temporary)
})

afterAll(() => project.remove())

function run(command: string, before = '') {
  return project.run(`${before} export TMPDIR='${temporary}'; ${command}`)
}

describe('demo', () => {
  test('--json prints one object with exactly the promised fields, and leaves nothing behind', async () => {
    const { end, stdout, stderr } = await run('fiber-work demo --jobs 500 --concurrency 250 --latency 200ms --json')
    expect(stderr).toBe('')
    const report = JSON.parse(stdout) as Report
    expect(Object.keys(report)).toEqual(keys)
    expect(report).toMatchObject({
      jobs: 500,
      done: 500,
      retried: 10,
      dead: 0,
      lost: 0,
      duplicated: 0,
      verdict: 'passed',
    })
    expect(report.idealMs).toBe(400)
    expect(report.wallMs).toBeGreaterThanOrEqual(400)
    expect(report.inFlightPeak).toBe(250)
    expect(report.overheadMs.p50).toBeGreaterThan(0)
    expect(end).toBe(0)
    expect(readdirSync(temporary)).toEqual([])
  })

  test('says for people what it did', async () => {
    const { end, stdout } = await run('fiber-work demo --jobs 100 --latency 50ms')
    expect(stdout).toMatch(/^\n100 webhooks delivered in .*, each exactly once\.\n/)
    for (const label of ['wall time', 'at once', 'over 50 ms', 'memory', 'event loop', 'retries', 'failures']) {
      expect(stdout).toContain(`  ${label}`)
    }
    expect(end).toBe(0)
  })

  test('--keep keeps the jobs, and says how to look at them', async () => {
    const { stdout } = await run('fiber-work demo --jobs 20 --latency 10ms --keep')
    const command = /fiber-work list --url sqlite:\S+/.exec(stdout)?.[0] ?? ''
    expect(command).not.toBe('')
    const listed = await run(`${command} --json`)
    expect(listed.stdout).toContain('deliver-webhook')
    await run(`rm -r '${temporary}'/*`)
  })

  test('works on a store of the user, and takes its jobs away again', async () => {
    const { end } = await run('fiber-work demo --jobs 50 --latency 20ms --url sqlite:./own.db --json')
    expect(end).toBe(0)
    const stats = await run('fiber-work stats --url sqlite:./own.db --json')
    expect(stats.stdout).not.toContain('"done": 50')
  })

  test('a signal lets what runs finish, gives nothing up, and leaves nothing behind', async () => {
    const { stdout, end } = await run(
      'fiber-work demo --jobs 20000 --concurrency 500 --latency 300ms & pid=$!; sleep 2; kill -TERM $pid; wait $pid',
    )
    expect(stdout).toMatch(/ of 20,000 webhooks delivered: interrupted\./)
    expect(stdout).toMatch(/0 dead · 0 lost · 0 delivered twice/)
    expect(end).toBe(130)
    expect(readdirSync(temporary)).toEqual([])
  })

  test('killed outright, it leaves no service behind', async () => {
    const { stdout } = await run(
      'fiber-work demo --jobs 20000 --concurrency 100 --latency 300ms & pid=$!; sleep 2; ' +
        'service=$(pgrep -P $pid -f service.child); kill -9 $pid; sleep 1; ' +
        '[ -n "$service" ] && echo "it ran"; ps -o stat= -p $service | grep -v Z; true',
    )
    expect(stdout).toBe('it ran\n')
    await run(`rm -rf '${temporary}'/*`)
  })

  test('asks for no more sockets than the process may open, and says so', async () => {
    const { stdout, stderr, end } = await run(
      // So long that none ends before the last of them begins.
      'fiber-work demo --jobs 400 --concurrency 400 --latency 1s --json',
      'ulimit -n 256;',
    )
    expect(stderr).toContain('this process may open 256 files (ulimit -n), so 192 jobs run at once instead of 400')
    expect(JSON.parse(stdout)).toMatchObject({ done: 400, inFlightPeak: 192, idealMs: 3_000, verdict: 'passed' })
    expect(end).toBe(0)
  })

  test.each([
    ['--jobs 0', '--jobs is "0"; allowed is a whole number from 1 to 1000000.'],
    ['--latency 5', '--latency is "5"; write a duration like 250ms, 30s, 5m, 1h30m or 2d.'],
    ['--latency 1h', '--latency is "1h"; the most is 10m.'],
  ])('%s is refused', async (flags, message) => {
    const { stderr, end } = await run(`fiber-work demo ${flags}`)
    expect(stderr).toContain(message)
    expect(end).toBe(78)
  })
})
