import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { type CliProject, eventually, makeCliProject } from '../support/cli-project.ts'

interface Depth {
  ready: number
  delayed: number
  running: number
  done: number
  dead: number
  quarantined: number
}

let project: CliProject

beforeEach(() => {
  project = makeCliProject()
})

afterEach(() => project.remove())

async function depth(): Promise<Depth> {
  return (await project.json<{ queues: Depth[] }>('stats')).queues[0]!
}

/** A job that runs `body` on its first attempt, beside one that always succeeds. */
function writeJobs(body: string, top = ''): void {
  project.write(
    'jobs/pair.ts',
    `import { defineJob, unchecked } from 'fiber-work'
     import { setTimeout as sleep } from 'node:timers/promises'
     ${top}
     const backoff = { kind: 'fixed', baseMs: 10, jitter: 'none' } as const
     export const bad = defineJob('bad', { input: unchecked<unknown>(), attempts: 2, backoff }, async (_, job) => {
       if (job.attempt > 1 || job.crashes > 0) return 'second try'
       ${body}
     })
     export const good = defineJob('good', { input: unchecked<unknown>(), backoff }, async () => { await sleep(20) })`,
  )
}

const goods = Array.from({ length: 20 }, () => '{}').join('\n')

async function finish(worker: ReturnType<CliProject['start']>, done: number) {
  await eventually(`${done} done`, async () => (await depth()).done === done)
  worker.child.kill('SIGTERM')
  return worker.ended
}

describe('a handler that misbehaves fails alone', () => {
  test.each([
    ['process.exit()', `process.exit(3)`, 'FW_HANDLER_EXIT'],
    ['process.exit() inside try/catch', `try { process.exit(3) } catch {} await sleep(50)`, 'FW_HANDLER_EXIT'],
    ['process.reallyExit()', `const { reallyExit } = process as any; reallyExit(3)`, 'FW_HANDLER_EXIT'],
    ['an emitted signal', `process.emit('SIGTERM')`, 'FW_HANDLER_EXIT'],
    ['a signal to the supervisor', `process.kill(process.ppid)`, 'FW_HANDLER_EXIT'],
    ['a cut of the line to the supervisor', `process.disconnect!()`, 'FW_HANDLER_EXIT'],
    ['throw null', `throw null`, 'Thrown: null'],
    ['throw undefined', `throw undefined`, 'Thrown: undefined'],
    ['a floating rejection', `void Promise.reject(new Error('nobody awaits')); await sleep(100)`, 'nobody awaits'],
    ['a floating rejection of null', `void Promise.reject(null); await sleep(100)`, 'FW_STRAY_ERROR'],
  ])('%s', async (_, body, error) => {
    writeJobs(body)
    await project.cli('enqueue bad {}')
    await project.cli('enqueue good --lines', { input: goods })
    const worker = project.start('work --log-format text')
    const { end, stderr } = await finish(worker, 21)
    expect(end, stderr).toBe(0)
    expect(stderr).toContain('attempt failed, the job is tried again')
    expect(stderr).toContain(error)
    expect(stderr).not.toContain('restarts')
  })
})

test('isolation: strict, in a process of its own: what a job changes is undone, its attempt fails, the next ones find all as it was', async () => {
  project.write(
    'jobs/pair.ts',
    `import { defineJob, unchecked } from 'fiber-work'
     const before = [process.env.HOME, process.cwd(), JSON.stringify, process.umask(), process.exitCode].map(String).join()
     const backoff = { kind: 'fixed', baseMs: 10, jitter: 'none' } as const
     export const bad = defineJob('bad', { input: unchecked<unknown>(), attempts: 2, backoff }, async (_, job) => {
       if (job.attempt > 1) return
       process.env.HOME = '/elsewhere'
       process.chdir('/')
       JSON.stringify = () => 'mine'
       process.umask(0o777)
       process.exitCode = 9
       process.on('SIGTERM', () => {})
       typeof CompressionStream
     })
     export const good = defineJob('good', { input: unchecked<unknown>(), attempts: 1 }, () => {
       const now = [process.env.HOME, process.cwd(), JSON.stringify, process.umask(), process.exitCode].map(String).join()
       if (now !== before) throw new Error(now)
     })`,
  )
  await project.cli('enqueue bad {}')
  await project.cli('enqueue good --lines', { input: goods })
  const worker = project.start('work --isolation strict --log-format text')
  const { end, stderr } = await finish(worker, 21)
  expect(end, stderr).toBe(0)
  expect(stderr).toContain('FW_JOB_POLLUTED')
  expect(stderr).toContain('a job changed what all jobs share')
  expect(stderr.match(/what all jobs share was changed/)).toBeNull()
})

describe('an exception that nobody catches condemns the process', () => {
  const inTimer = `setTimeout(() => { throw new Error('from a timer') }, 10); await sleep(5_000)`

  test('it drains, ends with 70, is restarted, and all is done', async () => {
    writeJobs(inTimer)
    await project.cli('enqueue bad {}')
    await project.cli('enqueue good --lines', { input: goods })
    const worker = project.start('work --grace 1s --log-format text')
    await worker.until(/ended with 70/)
    const { end, stderr } = await finish(worker, 21)
    expect(end, stderr).toBe(0)
    expect(stderr).toContain('stopped after an uncaught exception')
    expect(stderr).toMatch(/1 restarts/)
  })

  test('alone it ends with 70', async () => {
    writeJobs(inTimer)
    await project.cli('enqueue bad {}')
    const { end, stderr } = await project.cli('work --no-supervisor --grace 1s')
    expect(end, stderr).toBe(70)
    expect(await depth()).toMatchObject({ running: 0 })
  })

  test('throw null in a timer is one too', async () => {
    writeJobs(`setTimeout(() => { throw null }, 10); await sleep(5_000)`)
    await project.cli('enqueue bad {}')
    expect((await project.cli('work --no-supervisor --grace 1s')).end).toBe(70)
  })

  test('several of them are one: the drain is not hurried', async () => {
    // The good ones have begun by then, on a busy machine too.
    writeJobs(
      `setTimeout(() => { throw new Error('one') }, 250); setTimeout(() => { throw new Error('two') }, 290); await sleep(650)`,
    )
    await project.cli('enqueue bad {}')
    await project.cli('enqueue good --lines', { input: goods })
    expect((await project.cli('work --no-supervisor')).end).toBe(70)
    expect((await depth()).done).toBeGreaterThanOrEqual(20)
  })
})

describe('what dies at once', () => {
  test('abort() beyond our traps: restarted, and everything is done', async () => {
    writeJobs(`reallyExit(5)`, `const { reallyExit } = process as unknown as { reallyExit: (code: number) => void }`)
    await project.cli('enqueue bad {}')
    await project.cli('enqueue good --lines', { input: goods })
    const worker = project.start('work --lease 1s --log-format text')
    await worker.until('ended with 5')
    const { end, stderr } = await finish(worker, 21)
    expect(end, stderr).toBe(0)
  })
})

test('one poison job beside hundreds of innocents: exactly it is quarantined, the rest is done', async () => {
  project.write(
    'jobs/pair.ts',
    `import { defineJob, unchecked } from 'fiber-work'
     import { setTimeout as sleep } from 'node:timers/promises'
     const { reallyExit } = process as unknown as { reallyExit: (code: number) => void }
     export const poison = defineJob('poison', { input: unchecked<unknown>() }, async () => { await sleep(30); reallyExit(9) })
     export const good = defineJob('good', { input: unchecked<unknown>() }, async () => { await sleep(100) })`,
  )
  await project.cli('enqueue good --lines', { input: Array.from({ length: 300 }, () => '{}').join('\n') })
  await project.cli('enqueue poison {} --priority 9')
  const worker = project.start('work --lease 500ms --concurrency 50 --log-format text')
  await eventually(
    'all accounted for',
    async () => {
      const { done, quarantined } = await depth()
      return done + quarantined === 301
    },
    90_000,
  )
  worker.child.kill('SIGTERM')
  const { end, stderr } = await worker.ended
  expect(end, stderr).toBe(0)
  expect(await depth()).toMatchObject({ done: 300, quarantined: 1, dead: 0, ready: 0 })
  const { jobs } = await project.json<{ jobs: { name: string; error: string }[] }>('list --state quarantined')
  expect(jobs).toMatchObject([{ name: 'poison' }])
})

describe('it does not start', () => {
  const cases: [what: string, file: string, text: string, message: RegExp][] = [
    [
      'a syntax error in TypeScript',
      'jobs/a.ts',
      'export default 1\nconst x: = 3\n',
      /jobs\/a\.ts:2 has a syntax error/,
    ],
    [
      'a syntax error in JavaScript',
      'jobs/a.js',
      'export default 1\nconst x = (\n}\n',
      /jobs\/a\.js:3 has a syntax error/,
    ],
    ['no default export', 'jobs/a.ts', 'export const x = 1\n', /jobs\/a\.ts exports no handler/],
    [
      'a default export that is no handler',
      'jobs/a.ts',
      'export default () => {}\n',
      /default export of jobs\/a\.ts is function and not a handler/,
    ],
    [
      'a definition without a function',
      'jobs/a.ts',
      `import { defineJob } from 'fiber-work'\nexport default defineJob('x', {})\n`,
      /the definition "x" without a function/,
    ],
    ['a throw at its top', 'jobs/a.ts', `\nthrow new Error('boom')\n`, /jobs\/a\.ts:2 could not be loaded: boom/],
    [
      'a package that is missing',
      'jobs/a.ts',
      `import 'no-such-package'\n`,
      /could not be loaded: Cannot find package 'no-such-package'/,
    ],
    [
      'a wrong option of a job',
      'jobs/a.ts',
      `import { defineJob } from 'fiber-work'\nexport default defineJob('x', { priorty: 1 } as object, () => {})\n`,
      /Did you mean `priority`/,
    ],
    ['no jobs at all', 'other.txt', '', /nothing to work: \.\/jobs\S+ match no file/],
  ]
  test.each(cases)('%s: 78, and it says where', async (_, file, text, message) => {
    project.write(file, text)
    const { end, stderr, stdout } = await project.cli('work')
    expect(stderr).toMatch(message)
    expect([end, stdout]).toEqual([78, ''])
    expect(stderr).not.toMatch(/\n\s+at /)
  })

  test('with --json the error is the document', async () => {
    const { error } = await project.json<{ error: { code: string } }>('work')
    expect(error.code).toBe('FW_CONFIG_UNREADABLE')
  })

  test('a store that cannot be opened: 69', async () => {
    project.write('jobs/a.ts', `import { defineJob } from 'fiber-work'\nexport default defineJob('x', {}, () => {})\n`)
    const { end, stderr } = await project.cli('work --url sqlite:./no/such/folder/x.db')
    expect(end, stderr).toBe(69)
    expect(stderr).toMatch(/^error FW_/m)
  })

  test('a file that is no store: 69', async () => {
    project.write('jobs/a.ts', `import { defineJob } from 'fiber-work'\nexport default defineJob('x', {}, () => {})\n`)
    project.write('broken.db', 'this is not SQLite, whatever its name says'.repeat(100))
    const { end, stderr } = await project.cli('work --url sqlite:./broken.db')
    expect(end, stderr).toBe(69)
    expect(stderr).toContain('FW_STORE_CORRUPT')
  })
})

describe('job files', () => {
  test('TypeScript that Node cannot strip, an import without an ending, named exports, a list, CommonJS', async () => {
    project.write('lib/tone.ts', `export enum Tone { Loud = 'loud' }\n`)
    project.write(
      'jobs/enum.ts',
      `import { defineJob } from 'fiber-work'\nimport { Tone } from '../lib/tone'\nexport default defineJob('enum', {}, () => Tone.Loud)\n`,
    )
    project.write(
      'jobs/named.ts',
      `import { defineJob } from 'fiber-work'\nexport const one = defineJob('one', {}, () => 1)\nexport const two = defineJob('two', {}, () => 2)\nexport const helper = () => {}\n`,
    )
    project.write(
      'jobs/deep/list.mjs',
      `import { defineJob } from 'fiber-work'\nexport default [defineJob('three', {}, () => 3), defineJob('four', {}, () => 4)]\n`,
    )
    project.write(
      'jobs/old.cjs',
      `const { defineJob } = require('fiber-work')\nmodule.exports = defineJob('five', {}, () => 5)\n`,
    )
    project.write('jobs/enum.test.ts', `throw new Error('a test is no job')\n`)
    project.write('jobs/_shared/util.ts', `throw new Error('not loaded by itself')\n`)
    project.write('jobs/types.d.ts', `declare const x: number\n`)
    for (const name of ['enum', 'one', 'two', 'three', 'four', 'five'])
      expect((await project.cli(`enqueue ${name}`)).end).toBe(0)
    const worker = project.start('work --log-format text')
    const { end, stderr } = await finish(worker, 6)
    expect(end, stderr).toBe(0)
    expect(stderr).toContain('6 jobs')
  })

  test('a name that no handler has is left alone, reported, and worked by a build that has it', async () => {
    writeJobs('')
    await project.cli('enqueue later {} --unchecked')
    const worker = project.start('work')
    await worker.until('no handler of this build has this name')
    worker.child.kill('SIGTERM')
    expect((await worker.ended).end).toBe(0)
    const { jobs } = await project.json<{ jobs: { attempts: number; state: string; id: string }[] }>('list')
    // It waits for about a second: by now that may be over.
    expect(jobs).toMatchObject([{ attempts: 0, state: expect.stringMatching(/^(?:delayed|ready)$/) as string }])
  })
})
