import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import type { Contender } from './case.ts'
import { runFolder } from './prepare.ts'

const runMsMax = 300_000

export interface Running {
  /** Handed to the contender over its own arguments. */
  args: Record<string, unknown>
  /** Where V8 writes a CPU profile of the contender. */
  profileTo?: string
}

/** Run one contender once, in a process of its own, and read the metrics it prints; what it says on stderr is passed on. */
export async function contend(contender: Contender, running: Running): Promise<Record<string, number>> {
  const script = join(runFolder, `${contender.script}.js`)
  const profile = running.profileTo === undefined ? [] : ['--cpu-prof', `--cpu-prof-dir=${running.profileTo}`]
  const flags = [...(contender.nodeFlags ?? []), ...profile]
  const child = spawn(process.execPath, [...flags, script, JSON.stringify({ ...contender.args, ...running.args })], {
    stdio: ['ignore', 'pipe', 'inherit'],
    timeout: runMsMax,
    killSignal: 'SIGKILL',
  })
  const [stdout, [code, signal]] = await Promise.all([text(child.stdout), once(child, 'close')])
  if (code !== 0) throw new Error(`${contender.name} ended with ${signal ?? code}`)
  const metrics = JSON.parse(stdout) as Record<string, number>
  if ((metrics.missed ?? 0) !== 0) throw new Error(`${contender.name} missed ${metrics.missed} jobs`)
  return metrics
}
