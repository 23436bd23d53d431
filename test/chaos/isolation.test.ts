import { spawn } from 'node:child_process'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { runCell } from '../../stress/isolation/cell.ts'
import { kindNamed } from '../../stress/isolation/kinds/index.ts'
import type { TenantsReport } from '../../stress/isolation/tenants/run.ts'
import { root } from '../support/project.ts'

/** A few of each class. All of them, at full size and in strict mode: `npm run isolation`. */
const some = [
  'rejection',
  'rejection-frozen',
  'throw-timeout',
  'exit-caught',
  'ignores-abort',
  'sync-loop',
  'late-http',
  'enter-ours',
  'body-unread',
]

test.for(some.map((name) => kindNamed(name)!))('beside a job that $about', async (kind) => {
  expect((await runCell(kind, { mode: 'production', innocents: 50, concurrency: 40 })).problems).toEqual([])
})

test('tenants see only what is theirs, also while connections break', { timeout: 300_000 }, async () => {
  const args = ['tenants', '--tenants', '20', '--jobs', '25', '--concurrency', '60', '--json']
  const child = spawn(process.execPath, [join(root, 'stress/isolation/main.ts'), ...args])
  let said = ''
  child.stdout.on('data', (chunk: Buffer) => (said += chunk.toString()))
  const code = await new Promise((resolve) => child.once('close', resolve))
  const reports = JSON.parse(said) as TenantsReport[]
  expect(reports.map(({ problems, foreign }) => ({ problems, foreign }))).toEqual([
    { problems: [], foreign: [] },
    { problems: [], foreign: [] },
  ])
  expect(code).toBe(0)
})
