import { rmSync } from 'node:fs'
import type { Command } from 'commander'
import { FiberWorkError } from '../contract/errors.ts'
import type { Reloaded } from '../contract/fleet.ts'
import { askControl } from '../supervisor/control.ts'
import { findControls, type Found } from '../supervisor/control-path.ts'
import { addOutputFlags, addSettings, type Given } from './flags.ts'
import { type Output, outputOf } from './output.ts'
import { withApi } from './with-api.ts'

interface Flags extends Given {
  api?: string
  pid?: string
  control?: string
}

/** `fiber-work reload`: new worker processes in the place of the old ones, one after the other. */
export function register(command: Command): void {
  addOutputFlags(addSettings(command, ['api', 'token']))
    .option('--pid <PID>', 'the supervisor with this process id, instead of the one that works in this folder')
    .option('--control <PATH>', 'the supervisor that was started with this --control')
  command.action(async (flags: Flags) => {
    const output = outputOf(flags)
    // A variable that names an API for the other commands means none for this one: it is about this machine unless it is told otherwise.
    if (flags.api !== undefined) {
      return withApi(flags, {}, async ({ api }) => report(output, await api.workers.reload()))
    }
    report(output, await ask(flags))
  })
}

async function ask({ pid, control }: Flags): Promise<Reloaded> {
  const path = control ?? (await find(pid)).path
  const { reloaded, error } = await askControl(path, 'reload').catch((cause: unknown) => {
    const why = cause instanceof Error ? cause.message : String(cause)
    throw new FiberWorkError('FW_SUPERVISOR_ABSENT', `The supervisor at ${path} does not answer: ${why}.`, { cause })
  })
  if (reloaded === undefined) throw new FiberWorkError('FW_RELOAD_REFUSED', `The supervisor says: ${error}.`)
  return reloaded
}

async function find(pid: string | undefined): Promise<Found> {
  if (pid !== undefined && !/^\d{1,10}$/.test(pid))
    throw new FiberWorkError('FW_CONFIG_INVALID', `--pid is ${JSON.stringify(pid)}; allowed is a process id.`)
  const found = findControls({ pid: pid === undefined ? undefined : Number(pid) }).filter(isAlive)
  if (found.length === 1) return found[0]!
  const where = pid === undefined ? `works in ${process.cwd()}` : `has the process id ${pid}`
  if (found.length === 0)
    throw new FiberWorkError(
      'FW_SUPERVISOR_ABSENT',
      `No supervisor of this user ${where}. Run it there, as the user of the service, or name it with --pid or --control; SIGUSR2 to the supervisor reloads too.`,
    )
  throw new FiberWorkError(
    'FW_SUPERVISOR_ABSENT',
    `${found.length} supervisors work in ${process.cwd()}: name one, ${found.map((one) => `--pid ${one.pid}`).join(' or ')}.`,
  )
}

/** What a process that was killed left behind is cleared away. */
function isAlive({ pid, path }: Found): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EPERM') return true
    rmSync(path, { force: true })
    return false
  }
}

function report(output: Output, reloaded: Reloaded): void {
  const { replaced, processes, refused } = reloaded
  const whole = `${replaced} of ${processes} worker processes ${replaced === 1 ? 'is' : 'are'} new.`
  if (refused === undefined) return output.answer(reloaded, whole)
  throw new FiberWorkError(
    'FW_RELOAD_REFUSED',
    `${replaced === 0 ? 'Nothing was replaced' : whole.slice(0, -1)}: ${refused}`,
  )
}
