import { createWriteStream } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type CliProject, eventually, makeCliProject } from '../support/cli-project.ts'

const jobs = 30_000
let project: CliProject

beforeAll(async () => {
  project = makeCliProject()
  const line = `${JSON.stringify({ text: 'x'.repeat(600) })}\n`
  const { end, stdout } = await project.cli('enqueue note --lines --unchecked', { input: line.repeat(jobs) })
  expect([end, stdout]).toEqual([0, '30,000 added\n'])
})

afterAll(() => project.remove())

test.each(['ndjson', 'json', 'csv'])(
  'export as %s of any number of jobs needs the memory of a page',
  async (format) => {
    const path = join(project.folder, 'out')
    // 18 MB of inputs, and several times as much as objects, do not fit in this heap.
    const running = project.start(`export --format ${format}`, { env: { NODE_OPTIONS: '--max-old-space-size=40' } })
    running.child.stdout!.removeAllListeners('data').pipe(createWriteStream(path))
    const { end, stderr } = await running.ended
    expect([end, stderr]).toEqual([0, ''])
    const text = project.read('out')
    if (format === 'json') expect((JSON.parse(text) as unknown[]).length).toBe(jobs)
    else expect(text.trimEnd().split('\n')).toHaveLength(jobs + (format === 'csv' ? 1 : 0))
  },
)

test('a reader that goes away ends an export, and is no error', async () => {
  const running = project.start('export')
  await running.until('"note"')
  running.child.stdout!.destroy()
  const { end, stderr } = await running.ended
  expect([end, stderr]).toEqual([0, ''])
})

test('stats --watch goes on until it is stopped: a document a line', async () => {
  const running = project.start('stats --watch 200ms --json')
  await eventually('three looks', () => running.said.stdout.split('\n').length > 3)
  running.child.kill('SIGINT')
  expect((await running.ended).end).toBe('SIGINT')
  const [first] = running.said.stdout.split('\n')
  expect(JSON.parse(first!)).toMatchObject({ queues: [{ queue: 'default', ready: jobs }], workers: [] })
})
