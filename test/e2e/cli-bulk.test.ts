import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { type CliProject, eventually, makeCliProject, type Running } from '../support/cli-project.ts'
import { Terminal, tmuxMissing } from '../support/tmux.ts'

let project: CliProject
let server: Running
let url: string

beforeEach(async () => {
  project = makeCliProject()
  await project.cli('enqueue idle --lines --unchecked', { input: '{}\n'.repeat(300) })
  server = project.start('api --http 127.0.0.1:0')
  await server.until(/ at http:\/\/127\.0\.0\.1:\d+/)
  url = / at (http:\S+\d)/.exec(server.said.stderr)![1]!
})

afterEach(() => project.remove())

interface Task {
  id: string
  state: string
  acted: number
}
const newest = async () => (await project.json<{ tasks: Task[] }>(`bulk list --api ${url}`)).tasks[0]

test('a terminal that is lost stops nothing that an API does', async () => {
  const running = project.start(`cancel --queue default --rate 100 --api ${url}`)
  await eventually('it has begun', async () => ((await newest())?.acted ?? 0) > 0)
  running.child.kill('SIGKILL')
  await running.ended
  const left = await newest()
  expect(left).toMatchObject({ state: 'running' })
  await eventually('it is done', async () => (await newest())?.state === 'done')
  expect(await newest()).toMatchObject({ id: left!.id, acted: 300 })
})

test('Ctrl-C without a terminal: on a store it ends, and says how far it came', async () => {
  const running = project.start('cancel --queue default --rate 50')
  await eventually('it has begun', async () => ((await newest())?.acted ?? 0) > 0)
  running.child.kill('SIGINT')
  const { end, stderr, stdout } = await running.ended
  expect(end).toBe(130)
  expect(stderr).toMatch(/cancelled after \d+ jobs; what was done stays done/)
  expect(stdout).toMatch(/^\d+ cancelled\n$/)
  expect((await newest())?.state).toBe('cancelled')
})

const whyNot = tmuxMissing()

describe.skipIf(whyNot !== undefined)(`on a terminal${whyNot === undefined ? '' : ` (${whyNot})`}`, () => {
  test('it shows how far it is; Ctrl-C asks whether it is to end', async () => {
    using terminal = new Terminal(110, 30)
    terminal.run(`cd ${project.folder}; export PATH=$PWD/node_modules/.bin:$PATH FIBER_WORK_API=${url}; clear`)
    terminal.run('fiber-work bulk cancel --queue default --rate 30; echo ended $?')
    await terminal.shows(/Cancel 300 jobs at http:\S+ \[y\/N\]/)
    terminal.type('y', 'Enter')
    await terminal.shows(/█.* of 300 cancelled/)
    terminal.type('C-c')
    await terminal.shows('[c/L]')
    terminal.type('c', 'Enter')
    await terminal.shows('ended 130')
    expect(await newest()).toMatchObject({ state: 'cancelled' })
    terminal.run('clear; fiber-work bulk cancel --queue default --rate 30 --yes; echo ended $?')
    await terminal.shows(/█.* cancelled/)
    terminal.type('C-c')
    await terminal.shows('[c/L]')
    terminal.type('Enter')
    await terminal.shows('It goes on without you')
    await terminal.shows('ended 130')
    expect(await newest()).toMatchObject({ state: 'running' })
  })
})
