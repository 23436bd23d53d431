import { readFileSync } from 'node:fs'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { InsideProject } from '../../test/support/cli-inside.ts'
import { connect } from '../connect/connect.ts'

vi.mock('./process.ts', () => ({
  leave: (code: number | undefined) => (process.exitCode = code ?? 0),
  survivePipes: () => {},
}))

let project: InsideProject
const signals = ['SIGTERM', 'SIGINT', 'SIGHUP', 'uncaughtException', 'unhandledRejection'] as const
let before: Map<string, unknown[]>

beforeEach(() => {
  before = new Map(signals.map((name) => [name, process.listeners(name as 'SIGTERM')]))
  project = new InsideProject()
  project.write(
    'jobs/job.mjs',
    `import { appendFileSync } from 'node:fs'
     const job = (name, run) => ({ name, queue: { name: 'default', options: {} }, options: { keep: { count: 10, ageMs: 60_000 } }, source: undefined, handle() {}, run })
     export default [
       job('last', () => { console.log('noise'); appendFileSync('ran.txt', 'x'); setTimeout(() => globalThis.stopTest(), 50) }),
     ]`,
  )
})

afterEach(() => {
  for (const name of signals) {
    for (const listener of process.listeners(name as 'SIGTERM'))
      if (!before.get(name)!.includes(listener)) process.off(name, listener)
  }
  project.remove()
})

/** What a signal does, without ending the tests. */
function send(signal: 'SIGTERM' | 'SIGHUP'): void {
  for (const listener of process.listeners(signal))
    if (!before.get(signal)!.includes(listener)) (listener as (name: string) => void)(signal)
}

describe('a worker in this process', () => {
  test('works until it is asked to stop, and says what it did', async () => {
    Object.assign(globalThis, { stopTest: () => send('SIGTERM') })
    await project.run('enqueue last')
    const { code, stdout, stderr } = await project.run(
      'work --no-supervisor --json --log-format text --http 127.0.0.1:0',
    )
    expect([code, stderr]).toEqual([
      0,
      expect.stringMatching(
        /works sqlite:\.\/fiber-work\.db: 1 job \(last\) in 1 queue[^]*http:\/\/127[^]*stopped \(SIGTERM\): 1 done/,
      ),
    ])
    expect(JSON.parse(stdout)).toMatchObject({ done: 1, exitCode: 0 })
    expect(readFileSync('ran.txt', 'utf8')).toBe('x')
  })

  test.each([
    ['', 1],
    ['--no-history', 0],
  ])('writes down what happened: work %s', async (flags, records) => {
    Object.assign(globalThis, { stopTest: () => send('SIGTERM') })
    await project.run('enqueue last')
    expect((await project.run(`work --no-supervisor --log-format text ${flags}`)).code).toBe(0)
    await using client = await connect('sqlite:./fiber-work.db')
    expect(await client.driver.ledger!.list('history:', 10)).toHaveLength(records)
    const { points } = await client.history({ fromMs: Date.now() - 60_000, toMs: Date.now() + 60_000 })
    expect(points.reduce((sum, { done }) => sum + done, 0)).toBe(records)
  })

  test('lets go of what its handlers have shared, also where that fails', async () => {
    Object.assign(globalThis, { stopTest: () => send('SIGTERM') })
    // As another copy of the package would declare them.
    project.write(
      'jobs/shared.mjs',
      `import { appendFileSync } from 'node:fs'
       const all = (globalThis[Symbol.for('fiber-work.singletons')] ??= new Set())
       const shared = (dispose) => { const one = { dispose: async () => { all.delete(one); dispose() } }; all.add(one) }
       shared(() => appendFileSync('ran.txt', 'closed'))
       shared(() => { throw new Error('stuck at postgres://me:secret@db') })
       export default { name: 'other', queue: { name: 'default', options: {} }, options: {}, source: undefined, handle() {}, run() {} }`,
    )
    await project.run('enqueue last')
    const { code, stderr } = await project.run('work --no-supervisor --log-format text')
    expect(code).toBe(0)
    expect(readFileSync('ran.txt', 'utf8')).toBe('xclosed')
    expect(stderr).toContain('a singleton could not be disposed of: stuck at postgres://me:***@db')
  })

  test('the dashboard without a terminal is a warning', async () => {
    Object.assign(globalThis, { stopTest: () => send('SIGHUP') })
    await project.run('enqueue last')
    const { code, stderr } = await project.run('--no-supervisor --dashboard --log-format text')
    expect([code, stderr]).toEqual([0, expect.stringContaining('the dashboard needs a terminal')])
  })

  test.each([
    ['work --no-supervisor --jobs none', 78, 'There is nothing to work: none match no file'],
    ['work --no-supervisor --queue defualt', 78, 'Did you mean "default"?'],
    ['work --no-supervisor --queue zzzzzzzzzz', 78, 'There are default.'],
    ['work --no-supervisor --url sqlite:./no/folder.db', 69, 'FW_'],
    ['work --no-supervisor --http 0.0.0.0:80', 78, '--tls-cert'],
    ['work --http 0.0.0.0:80', 78, '--behind-proxy'],
    ['work --no-supervisor --ledger redis://me:pw@127.0.0.1:1', 78, '`ledger` is for brokers'],
    ['work --no-supervisor --ledger memory:', 78, '--ledger redis://127.0.0.1'],
    ['work --no-supervisor --ledger nonsense', 78, '--ledger is not a URL'],
    ['work --url memory: --processes 2', 78, 'lives inside one process'],
  ])('%s: %i', async (args, code, says) => {
    const ran = await project.run(args)
    expect([ran.code, ran.stderr]).toEqual([code, expect.stringContaining(says)])
  })
})
