import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { promisify } from 'node:util'
import type { Contender } from './case.ts'
import { runFolder } from './prepare.ts'

const run = promisify(execFile)
const runMsMax = 300_000

/** Run one contender once, in a process of its own, and read the metrics it prints. */
export async function contend(contender: Contender, extra: Record<string, unknown>): Promise<Record<string, number>> {
  const script = join(runFolder, `${contender.script}.js`)
  const args = [...(contender.nodeFlags ?? []), script, JSON.stringify({ ...contender.args, ...extra })]
  const { stdout } = await run(process.execPath, args, { timeout: runMsMax, maxBuffer: 1e7 })
  return JSON.parse(stdout) as Record<string, number>
}
