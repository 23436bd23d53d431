import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { type CliProject, eventually, makeCliProject } from '../support/cli-project.ts'
import { Terminal, tmuxMissing } from '../support/tmux.ts'

const whyNot = tmuxMissing()

let project: CliProject
let terminal: Terminal

interface Depth {
  ready: number
  running: number
  done: number
}

beforeEach(() => {
  if (whyNot !== undefined) return
  project = makeCliProject()
  project.write(
    'jobs/nap.ts',
    `import { setTimeout as sleep } from 'node:timers/promises'
     import { defineJob } from 'fiber-work'
     export default defineJob('nap', { input: undefined }, async (_, job) => { await sleep(60_000, undefined, { signal: job.signal }) })`,
  )
  terminal = new Terminal(110, 30)
  terminal.run(`cd ${project.folder}; export PATH=$PWD/node_modules/.bin:$PATH; clear`)
})

afterEach(() => {
  if (whyNot !== undefined) return
  terminal[Symbol.dispose]()
  project.remove()
})

async function depth(): Promise<Depth> {
  return (await project.json<{ queues: Depth[] }>('stats')).queues[0]!
}

/** Starts a worker there; answers the worker process's id once it has told the store and runs the job. */
async function worksOn(command: string): Promise<number> {
  await project.cli('enqueue nap')
  terminal.run(command)
  let pid: number | undefined
  await eventually('the job runs', async () => (pid = (await pids())[0]) !== undefined && (await depth()).running === 1)
  return pid!
}

async function pids(): Promise<number[]> {
  const { workers } = await project.json<{ workers: { about?: { pid: number } }[] }>('stats')
  return workers.flatMap(({ about }) => about?.pid ?? [])
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0)
  } catch {
    return false
  }
}

describe.skipIf(whyNot !== undefined)(`on a real terminal${whyNot === undefined ? '' : ` (${whyNot})`}`, () => {
  test('one Ctrl-C reaches supervisor and worker, and drains; a second one means now', async () => {
    const pid = await worksOn('fiber-work --grace 60s; echo ended $?')
    terminal.type('C-c')
    await terminal.shows('is stopping')
    // Taken for two signals it would be over by now: the job sleeps on.
    await new Promise((resolve) => setTimeout(resolve, 1_500))
    expect(isAlive(pid)).toBe(true)
    terminal.type('C-c')
    await terminal.shows('ended 0')
    expect(await depth()).toMatchObject({ ready: 1, running: 0 })
  })

  test('a closed terminal drains', async () => {
    const pid = await worksOn('fiber-work --grace 500ms')
    terminal.kill()
    await eventually('the worker is gone', () => !isAlive(pid))
    expect(await depth()).toMatchObject({ ready: 1, running: 0 })
  })

  test('a closed terminal drains under the dashboard too', async () => {
    const pid = await worksOn('fiber-work --dashboard --grace 500ms')
    terminal.kill()
    await eventually('the worker is gone', () => !isAlive(pid))
    expect(await depth()).toMatchObject({ ready: 1, running: 0 })
  })

  test('the dashboard is left with q: all ends with 0, the terminal is clean', async () => {
    await worksOn('fiber-work --dashboard --grace 500ms; echo ended $?')
    await eventually('the dashboard has the screen', () => terminal.flag('alternate_on') === '1')
    terminal.type('q')
    await eventually(
      'it is over, or asks',
      () => terminal.flag('alternate_on') === '0' || /\by\b|again|drain/i.test(terminal.screen()),
    )
    await terminal.shows('ended 0')
    expect([terminal.flag('alternate_on'), terminal.flag('cursor_flag')]).toEqual(['0', '1'])
    expect(await depth()).toMatchObject({ ready: 1, running: 0 })
  })

  test('a dashboard whose process is killed: the terminal is given back, and the next process takes it', async () => {
    const pid = await worksOn('fiber-work --dashboard --grace 500ms --lease 1s; echo ended $?')
    await eventually('the dashboard has the screen', () => terminal.flag('alternate_on') === '1')
    process.kill(pid, 'SIGKILL')
    await eventually(
      'the next one has it',
      async () => terminal.flag('alternate_on') === '1' && (await pids()).some((other) => other !== pid),
    )
    terminal.type('q')
    await terminal.shows('ended 0')
    expect([terminal.flag('alternate_on'), terminal.flag('cursor_flag')]).toEqual(['0', '1'])
    terminal.run('echo typed | tr a-z A-Z')
    await terminal.shows('TYPED')
  })

  test('purge asks, and takes no for an answer', async () => {
    await project.cli('enqueue nap')
    terminal.run('fiber-work purge default --state ready; echo ended $?')
    await terminal.shows('[y/N]')
    terminal.type('Enter')
    await terminal.shows('Nothing was removed.')
    terminal.run('clear; fiber-work purge default --state ready; echo ended $?')
    await terminal.until(
      () => terminal.screen().includes('[y/N]') && !terminal.screen().includes('Nothing'),
      'asks again',
    )
    terminal.type('y', 'Enter')
    await terminal.shows('1 removed.')
    terminal.run('clear; fiber-work purge default --state ready; echo ended $?')
    await terminal.shows(/Forget 0 [^]*\[y\/N\]/)
    terminal.type('C-c')
    await terminal.shows('ended 130')
  })

  test('colours on a terminal, none with NO_COLOR, none in a pipe', async () => {
    await project.cli('enqueue nap')
    terminal.run('fiber-work stats')
    await terminal.shows('No worker is running')
    expect(terminal.colours()).toContain('\x1b[1m')
    terminal.run('clear; NO_COLOR=1 fiber-work stats; fiber-work stats | cat')
    await terminal.shows(/No worker is running[^]*No worker is running/)
    expect(terminal.colours()).not.toContain('\x1b[1m')
  })
})
