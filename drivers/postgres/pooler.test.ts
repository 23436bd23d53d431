import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test, type TestContext, vi } from 'vitest'
import { freePort } from '../../stress/servers/redis.ts'
import { job, world } from '../../test/support/postgres-world.ts'
import { withClient } from '../../test/support/postgres-harness.ts'
import type { PostgresDriver } from './index.ts'

vi.setConfig({ testTimeout: 60_000 })

const needs = 'needs pgbouncer on the PATH'

function requirePooler(context: TestContext): void {
  try {
    execFileSync('pgbouncer', ['--version'], { stdio: 'ignore' })
  } catch {
    if (process.env['FIBER_WORK_REQUIRE_SERVICES'] === '1') throw new Error(needs)
    context.skip(needs)
  }
}

/** PgBouncer in transaction mode before the shared server: its URL. */
async function pooled(server: string): Promise<string> {
  const { hostname, port, username, password, pathname } = new URL(server)
  const folder = mkdtempSync(join(tmpdir(), 'fiber-work-pgbouncer-'))
  chmodSync(folder, 0o777)
  const listens = await freePort()
  const login = `user=${username}${password === '' ? '' : ` password=${password}`}`
  const config = [
    '[databases]',
    `jobs = host=${hostname} port=${port || 5432} dbname=${pathname.slice(1)} ${login}`,
    '[pgbouncer]',
    `listen_addr = 127.0.0.1\nlisten_port = ${listens}\nunix_socket_dir =\nauth_type = any`,
    'pool_mode = transaction\ndefault_pool_size = 3\nignore_startup_parameters = extra_float_digits',
  ]
  const file = join(folder, 'pgbouncer.ini')
  writeFileSync(file, `${config.join('\n')}\n`)
  const user = process.getuid?.() === 0 ? ['-u', 'postgres'] : []
  const child: ChildProcess = spawn('pgbouncer', [...user, file], { stdio: 'ignore' })
  onTestFinished(() => {
    child.kill('SIGKILL')
    rmSync(folder, { recursive: true, force: true })
  })
  const url = `postgres://${username}@127.0.0.1:${listens}/jobs`
  await vi.waitFor(() => withClient(url, (client) => client.query('select 1')), { timeout: 10_000, interval: 100 })
  return url
}

test('through PgBouncer in transaction mode jobs are taken, settled and waited for, by a poll', async (context) => {
  requirePooler(context)
  const { url, open } = await world(context)
  const through = await pooled(url)
  const [worker, producer] = [await open({ url: through }), await open()]
  const findings = await (worker.driver as PostgresDriver).diagnose()
  expect(findings.find(({ name }) => name === 'connection')?.data).toEqual({ pooled: true, listens: false })
  const waiting = worker.reserve('q', 1, { waitMs: 10_000 })
  await producer.add(job('a', { group: 'g', unique: { key: 'k', mode: 'keep' } }))
  const { jobs } = await waiting
  expect(jobs.map((taken) => taken.job.id)).toEqual(['a'])
  expect(await worker.settleOne(jobs[0]!, { kind: 'done', keep: { count: 1, ageMs: 60_000 } })).toBe('settled')
  expect((await worker.beat({ renew: true })).session).toBe('alive')
  // More calls at once than the pooler has connections.
  const lanes = Array.from({ length: 15 }, (_, i) => i + 1)
  await Promise.all(lanes.map((lane) => worker.driver.enqueue({ lane, seq: 1_000 }, [job(`b${lane}`)])))
  expect((await worker.take('q', 100)).length).toBe(15)
})
