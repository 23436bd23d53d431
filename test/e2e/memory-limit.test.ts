import { execFile } from 'node:child_process'
import { existsSync, mkdirSync, readFileSync, rmdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, expect, test } from 'vitest'

const run = promisify(execFile)
const root = join(import.meta.dirname, '..', '..')
const limitBytes = 2 ** 30

/** A memory cgroup of one's own, of either version; undefined where this process may not make one. */
function makeCgroup(): { path: string; killed: () => number } | undefined {
  for (const [parent, limitFile] of [
    ['/sys/fs/cgroup/memory', 'memory.limit_in_bytes'],
    ['/sys/fs/cgroup', 'memory.max'],
  ] as const) {
    const path = join(parent, `fiber-work-test-${process.pid}`)
    try {
      mkdirSync(path)
      if (!existsSync(join(path, limitFile))) throw new Error('the controller is not here')
      writeFileSync(join(path, limitFile), String(limitBytes))
      const eventsFile = limitFile === 'memory.max' ? 'memory.events' : 'memory.oom_control'
      return {
        path,
        killed: () => Number(/oom_kill (\d+)/.exec(readFileSync(join(path, eventsFile), 'utf8'))?.[1] ?? 0),
      }
    } catch {
      if (existsSync(path)) rmdirSync(path)
    }
  }
  return undefined
}

const cgroup = makeCgroup()
afterAll(() => {
  if (cgroup !== undefined) rmdirSync(cgroup.path)
})

test.skipIf(cgroup === undefined)(
  `10,000 HTTP jobs at once finish in a memory cgroup of 1 GB${cgroup === undefined ? ' (skipped: this process may not make a memory cgroup)' : ''}`,
  async () => {
    const enter = `echo $$ > ${cgroup!.path}/cgroup.procs; exec "$0" "$@"`
    const cli = join(root, 'src', 'cli', 'bin.js')
    const { stdout } = await run('bash', ['-c', enter, process.execPath, cli, 'demo', '--json', '--jobs', '10000'], {
      cwd: root,
    })
    expect(JSON.parse(stdout)).toMatchObject({ jobs: 10_000, done: 10_000, lost: 0, duplicated: 0, verdict: 'passed' })
    expect(cgroup!.killed()).toBe(0)
  },
)
