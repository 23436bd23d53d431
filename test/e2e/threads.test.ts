import { afterEach, beforeEach, expect, test } from 'vitest'
import { module, shouting } from '../support/wasm.ts'
import { type CliProject, makeCliProject } from '../support/cli-project.ts'

let project: CliProject

beforeEach(() => {
  project = makeCliProject()
  // Of a helper of the project, not of the file that exports the handler.
  project.write(
    'lib/define.ts',
    `import { defineJob, unchecked } from 'fiber-work'
     export const defineCompute = <In, Out>(name: string, run: (input: In) => Out) =>
       defineJob(name, { lane: 'thread', queue: 'compute', input: unchecked<In>(), attempts: 1, timeoutMs: 10_000 }, run)`,
  )
  project.write(
    'jobs/hash.ts',
    `import { createHash } from 'node:crypto'
     import { isMainThread } from 'node:worker_threads'
     import { defineCompute } from '../lib/define.ts'
     export default defineCompute('hash', ({ text }: { text: string }) => ({
       hash: createHash('sha256').update(text).digest('hex').slice(0, 8),
       isMainThread,
     }))`,
  )
  // Needs jiti: an enum, and an import without an ending.
  project.write(
    'jobs/level.ts',
    `import { isMainThread } from 'node:worker_threads'
     import { defineCompute } from '../lib/define'
     enum Level { low, high }
     export default defineCompute('level', ({ n }: { n: number }) => ({ level: Level[n > 9 ? Level.high : Level.low], isMainThread }))`,
  )
  project.write(
    'jobs/shout.ts',
    `import { defineJob, unchecked, wasm } from 'fiber-work'
     export default defineJob('shout', { lane: 'thread', queue: 'compute', input: unchecked<unknown>() }, wasm('../lib/shout.wasm'))`,
  )
  project.write('lib/shout.wasm', module(shouting))
  project.write(
    'jobs/crash.ts',
    `import { AsyncLocalStorage } from 'node:async_hooks'
     import { defineCompute } from '../lib/define.ts'
     // Out of the sandbox, where nothing traps it.
     const outside = AsyncLocalStorage.snapshot()
     export default defineCompute('crash', ({ how }: { how: string }) => {
       if (how === 'exit') outside(() => (process as unknown as { reallyExit(code: number): never }).reallyExit(9))
       if (how === 'memory') for (const kept: unknown[] = []; ; ) kept.push({ a: [1, 2, 3] })
       for (;;);
     })`,
  )
})

afterEach(() => project.remove())

test('the command line runs TypeScript and WebAssembly in threads, and outlives what they do', async () => {
  const worker = project.start('work --threads 2')
  await worker.until('works sqlite:')
  const result = async (name: string, input: unknown) =>
    project.json<{ result: unknown }>(`enqueue ${name} '${JSON.stringify(input)}' --wait 60s`)
  expect((await result('hash', { text: 'a' })).result).toEqual({ hash: 'ca978112', isMainThread: false })
  expect((await result('level', { n: 12 })).result).toEqual({ level: 'high', isMainThread: false })
  expect((await result('shout', { to: 'all' })).result).toEqual({ TO: 'ALL' })
  const crash = await project.cli(`enqueue crash '{"how":"exit"}' --wait 60s`)
  expect(crash.stdout + crash.stderr).toMatch(/FW_THREAD_ENDED/)
  expect((await result('hash', { text: 'b' })).result).toEqual({ hash: '3e23e816', isMainThread: false })
  worker.child.kill('SIGTERM')
  expect((await worker.ended).end, worker.said.stderr).toBe(0)
})

test('a handler that no thread can find keeps the worker from starting, and says why', async () => {
  project.write(
    'jobs/late.ts',
    `import { isMainThread } from 'node:worker_threads'
     import { defineJob } from 'fiber-work'
     export default isMainThread ? defineJob('late', { lane: 'thread' }, () => {}) : []`,
  )
  const { end, stderr } = await project.cli('work --no-supervisor')
  expect(end).not.toBe(0)
  expect(stderr).toMatch(/late\.ts does not define the handler "late"/)
})
