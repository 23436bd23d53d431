import type { Command } from 'commander'
import { optionNames, type Settings } from '../config/options.ts'
import { processesOf } from '../config/processes.ts'
import { FiberWorkError } from '../contract/errors.ts'
import { type Link, linkToSupervisor } from '../supervisor/link.ts'
import { loadContext } from './context.ts'
import { exitCodeOf } from './exit-codes.ts'
import { addOutputFlags, addSettings, type Given } from './flags.ts'
import { type Output, outputOf } from './output.ts'
import { leave } from './process.ts'
import { errorOf, reportError } from './report.ts'

/** `fiber-work [work]`: a worker, under a supervisor unless `--no-supervisor` says otherwise. */
export function register(command: Command): void {
  addOutputFlags(addSettings(command, optionNames))
  command.action((given: Given) => work(given))
}

async function work(given: Given): Promise<void> {
  const link = linkToSupervisor()
  if (link === undefined) return lead(given)
  try {
    const { settings } = await loadContext(given)
    leave(link.role.kind === 'api' ? await serveOnly(settings, link) : await workUnder(settings, link))
  } catch (error) {
    // The supervisor says it, once for all of its processes.
    const isHeard = link.connected && given.verbose !== true
    await link.send({ kind: 'failed', error: errorOf(error) })
    leave(isHeard ? exitCodeOf(error) : reportError(outputOf({ verbose: given.verbose === true }), error))
  } finally {
    link.close()
  }
}

async function workUnder(settings: Settings, link: Link): Promise<number> {
  const { runWorker } = await import('./worker.ts')
  const { code, summary } = await runWorker(settings, link)
  await link.send({ kind: 'ended', summary })
  return code
}

async function serveOnly(settings: Settings, link: Link): Promise<number> {
  const { runApi } = await import('./api.ts')
  await runApi(settings, link)
  return 0
}

/** The process that somebody started: it works itself, or supervises. */
async function lead(given: Given): Promise<void> {
  const { loaded, settings, output } = await loadContext(given)
  for (const warning of loaded.warnings) output.warn(warning)
  if (/^memory:/i.test(settings.url) && processesOf(settings) > 1) {
    throw new FiberWorkError(
      'FW_CONFIG_INVALID',
      `--processes is ${settings.processes}, and a memory: store lives inside one process; use 1, or a store that they can share.`,
    )
  }
  const { code } = settings.supervisor ? await supervised(settings, output, loaded.file) : await alone(settings, output)
  leave(code)
}

async function alone(settings: Settings, output: Output): Promise<{ code: number }> {
  // With --json stdout is for our one document; what handlers print goes to stderr.
  const write = process.stdout.write.bind(process.stdout)
  if (output.json) process.stdout.write = process.stderr.write.bind(process.stderr)
  try {
    const { runWorker } = await import('./worker.ts')
    const ended = await runWorker(settings, undefined)
    process.stdout.write = write
    output.answer({ ...ended.summary, restarts: 0, exitCode: ended.code }, '')
    return ended
  } finally {
    process.stdout.write = write
  }
}

async function supervised(settings: Settings, output: Output, configFile?: string): Promise<{ code: number }> {
  const { superviseWorkers } = await import('./supervise.ts')
  return superviseWorkers(settings, output, configFile)
}
