import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { expect, onTestFinished, test } from 'vitest'
import { installation } from '../../test/support/redis-harness.ts'
import { connect } from './connect.ts'

const main = fileURLToPath(new URL('../../test/support/schedule-main.ts', import.meta.url))

/** Three processes on one store, of which one is killed: each second has one job, and none has two. */
async function threeProcesses(url: string): Promise<void> {
  const children: ChildProcess[] = []
  onTestFinished(() => children.forEach((child) => child.kill('SIGKILL')))
  for (let n = 0; n < 3; n++) children.push(fork(main, [url], { stdio: 'inherit' }))
  await Promise.all(children.map((child) => once(child, 'message')))
  await sleep(2_500)
  children[0]!.kill('SIGKILL')
  await sleep(3_000)
  for (const child of children) child.kill('SIGKILL')
  await using client = await connect(url)
  const { jobs } = await client.list({ name: 'tick' }, { limit: 1_000 })
  const atMs = jobs.map(({ job }) => Number(job.headers!['fiber-work-scheduled-at'])).toSorted((a, b) => a - b)
  expect(atMs.length).toBeGreaterThanOrEqual(4)
  expect(atMs).toEqual(atMs.map((_, n) => atMs[0]! + n * 1_000))
}

test('once a time with three processes, SQLite', { timeout: 120_000 }, async () => {
  const folder = mkdtempSync(join(tmpdir(), 'fiber-work-schedules-'))
  onTestFinished(() => rmSync(folder, { recursive: true }))
  await threeProcesses(`sqlite:${join(folder, 'jobs.db')}`)
})

test('once a time with three processes, Redis', { timeout: 120_000 }, async (context) => {
  const { url, name } = await installation(context)
  await threeProcesses(`${url}?installation=${name}`)
})
