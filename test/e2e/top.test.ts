import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { apiClient } from '../../src/client.ts'
import { type CliProject, makeCliProject, type Running } from '../support/cli-project.ts'
import { Terminal, tmuxMissing } from '../support/tmux.ts'

const whyNot = tmuxMissing()

const jobs = `
import { defineJob, defineSchedule } from 'fiber-work'
import * as z from 'zod'

export const charge = defineJob(
  'charge-card',
  {
    queue: 'payments',
    attempts: 1,
    input: z.object({ tenant: z.string(), order: z.int().min(1) }),
    group: ({ tenant }) => tenant,
  },
  async ({ tenant, order }, job) => {
    job.log.info('charging', { order })
    if (tenant === 'umbrella') throw new Error('order ' + order + ': the card of umbrella was declined')
  },
)

export const report = defineJob('render-report', { queue: 'reports' }, async () => pivot(2_500))

function pivot(ms: number): void {
  const end = Date.now() + ms
  while (Date.now() < end);
}

export const monthly = defineSchedule('monthly', report, { cron: '0 3 1 * *' })
`

/** One worker of a shop with a tenant whose cards are declined, and the dashboard on it from afar, for all of these tests. */
describe.skipIf(whyNot !== undefined)(`fiber-work top${whyNot === undefined ? '' : ` (${whyNot})`}`, () => {
  let project: CliProject
  let terminal: Terminal
  let worker: Running
  let url: string
  let pressed = 0

  const work = (address: string) => {
    worker = project.start(`work --jobs 'jobs/*.ts' --http ${address} --log-format text --concurrency 100`)
    return worker.until(/http:\/\/127\.0\.0\.1:\d+/)
  }
  const press = (...keys: string[]) => {
    pressed += keys.length
    terminal.type(...keys)
  }
  const spent = () => {
    const keys = pressed
    pressed = 0
    return keys
  }
  const home = async () => {
    terminal.type('1')
    await terminal.shows('FIBERS RUNNING')
    spent()
  }

  beforeAll(async () => {
    if (whyNot !== undefined) return
    project = makeCliProject()
    project.write('jobs/shop.ts', jobs)
    await work('127.0.0.1:0')
    url = /http:\/\/127\.0\.0\.1:\d+/.exec(worker.said.stderr + worker.said.stdout)![0]
    const cards = Array.from({ length: 60 }, (_, n) => ({ tenant: n % 5 === 0 ? 'acme' : 'umbrella', order: n + 1 }))
    await apiClient(url).jobs.submitMany(cards.map((input) => ({ name: 'charge-card', input })))
    terminal = new Terminal(120, 36)
    terminal.run(`cd ${project.folder}; export PATH=$PWD/node_modules/.bin:$PATH; clear`)
    terminal.run(`fiber-work top --api ${url}; echo ended $?`)
    await terminal.shows('48 dead jobs wait')
  }, 120_000)

  afterAll(() => {
    if (whyNot !== undefined) return
    terminal?.[Symbol.dispose]()
    project.remove()
  })

  test('one key finds the failing tenant and its error, one more pauses its group, two replay its dead jobs at 50 a second', async () => {
    await home()
    press('4')
    await terminal.shows(/charge-card +48 .* umbrella/)
    await terminal.shows(/error +Error: order \d+: the card of umbrella was declined/)
    expect(spent()).toBe(1)
    press('Space')
    await terminal.shows('umbrella in payments paused')
    expect(spent()).toBe(1)
    press('r')
    await terminal.shows('Retry 48 jobs at 50')
    press('Enter')
    await terminal.shows(/retrying .*48 retried|retrying .*\d+ of 48 at 50\/s/)
    expect(spent()).toBe(2)
    terminal.type('5', ']', ']')
    await terminal.shows(/umbrella +48 +0 +paused/)
  })

  test('two keys halve the concurrency of a queue', async () => {
    await home()
    press('2')
    await terminal.shows('at once')
    press('<')
    await terminal.shows('payments: at most 50 at once, over all workers')
    expect(spent()).toBe(2)
  })

  test('two keys run a schedule now; the home screen says what blocked the loop, and one key the line', async () => {
    await home()
    press('6')
    await terminal.shows('monthly')
    press('r')
    await terminal.shows('schedule monthly runs now')
    expect(spent()).toBe(2)
    await home()
    await terminal.shows(/render-report blocked the loop for [\d.]+ s/)
    press('7')
    await terminal.shows(/pivot \(.*jobs\/shop\.ts:\d+:\d+\)/)
    expect(spent()).toBe(1)
  })

  test('a job is enqueued through its form, and its log and timeline are there', async () => {
    await home()
    press('n')
    await terminal.shows('which job?')
    terminal.type('c', 'h', 'a', 'r', 'g', 'e', 'Enter')
    await terminal.shows('order *')
    terminal.type('a', 'c', 'm', 'e', 'Enter', '0', 'C-s')
    await terminal.shows('Must be 1 or more.')
    terminal.type('BSpace', '7', 'C-s')
    await terminal.shows('TIMELINE')
    await terminal.shows(/attempt 1 done/)
    await terminal.shows('charging {"order":7}')
    terminal.type('Escape')
  })

  test('the log tells what happens while it is looked at, and enter leads to the job', async () => {
    terminal.type('8')
    await terminal.shows('LOG')
    await project.cli(`resume payments --group umbrella --api ${url}`)
    await terminal.shows(/job\.ended .*charge-card of umbrella, dead/)
    terminal.type('Enter')
    await terminal.shows(/failed for good/)
    terminal.type('Escape')
  })

  test('a connection that is lost is shown, and mended when the API is back', async () => {
    await home()
    worker.child.kill('SIGKILL')
    await worker.ended
    await terminal.shows(/no connection for|a worker does not answer/)
    await work(url.slice('http://'.length))
    await terminal.until(() => /fiber-work \S+ +running/.test(terminal.screen()), 'runs again', 60_000)
    terminal.type('q')
    await terminal.shows('ended 0')
    expect(terminal.flag('alternate_on')).toBe('0')
    expect(terminal.flag('mouse_any_flag')).toBe('0')
  })

  test('without a terminal, or without an API, it says so before it takes the screen', async () => {
    const piped = await project.cli(`top --api ${url}`)
    expect(piped.stderr).toContain('needs a terminal')
    expect(piped.end).toBe(78)
  })
})
