import { systemEnv } from '../base/env.ts'
import type { Settings } from '../config/options.ts'
import { listenForControl } from '../supervisor/control.ts'
import { controlPathOf } from '../supervisor/control-path.ts'
import { Supervisor } from '../supervisor/supervisor.ts'
import { watchStops } from '../supervisor/stops.ts'
import { watchFile } from '../supervisor/watch-file.ts'
import { livesInside, wantedOf } from './api.ts'
import { exitCodes } from './exit-codes.ts'
import { openLog, type ProcessLog } from './log.ts'
import type { Output } from './output.ts'
import { checkServing } from './serving.ts'
import { printError } from './report.ts'
import { sumOf, summaryText } from './tally.ts'

/** Supervises as many worker processes as the settings say, each of which runs this very command line. */
export async function superviseWorkers(
  settings: Settings,
  output: Output,
  configFile?: string,
): Promise<{ code: number }> {
  const env = systemEnv
  const sinceMonoMs = env.monoMs()
  await checkServing(settings)
  const log = await openLog(settings)
  const wanted = wantedOf(settings)
  const supervisor = new Supervisor({
    env,
    ...wanted,
    script: process.argv[1]!,
    args: process.argv.slice(2),
    terminal: settings.dashboard,
    quietStdout: output.json,
    refusesReload: refusalOf(settings),
    say: (text) => log.say(text),
  })
  // The dashboard of the first worker has it until all have ended.
  log.hush(settings.dashboard && process.stdin.isTTY)
  let forced: number | undefined
  watchStops(undefined, {
    onStop: (level, reason) => supervisor.stop(level, reason),
    onThird(signal) {
      forced = signal === 'SIGTERM' ? 143 : exitCodes.interrupted.code
      supervisor.kill()
    },
  })
  const deaf = await hearReloads(supervisor, settings, log, configFile)
  const end = await supervisor.ended
  log.hush(false)
  await deaf()
  const code = forced ?? end.code
  const summary = sumOf(end.summaries, Math.round(env.monoMs() - sinceMonoMs))
  if (wanted.processes > 1 || end.restarts > 0) {
    log.say(`all stopped: ${summaryText(summary)}${end.restarts === 0 ? '' : `, ${end.restarts} restarts`}`)
  }
  log.end()
  if (end.failure !== undefined && !output.verbose) printError(end.failure)
  output.answer(
    end.failure === undefined ? { ...summary, restarts: end.restarts, exitCode: code } : { error: end.failure },
    '',
  )
  return { code }
}

/** Why nothing can be replaced while it works. */
function refusalOf({ url, dashboard }: Settings): string | undefined {
  if (livesInside(url)) return 'the store lives inside the worker process, and its jobs would be lost with it'
  return dashboard ? 'the dashboard has the terminal; start it again instead' : undefined
}

/** Everything that asks for a reload: the control socket, SIGUSR2, the config file. Answers the end of it. */
async function hearReloads(
  supervisor: Supervisor,
  { control, watchConfig }: Settings,
  log: ProcessLog,
  configFile: string | undefined,
): Promise<() => Promise<void>> {
  const onSignal = () => void supervisor.reload()
  process.on('SIGUSR2', onSignal)
  const unwatch = watchConfig ? watchConfigFile(supervisor, log, configFile) : () => {}
  const path = control ?? controlPathOf(process.pid)
  const ownFolder = control === undefined
  const listening = await listenForControl(path, { reload: () => supervisor.reload() }, { ownFolder }).catch(
    (error: unknown) => {
      const why = error instanceof Error ? error.message : String(error)
      log.line('warn', `\`fiber-work reload\` cannot reach this supervisor, SIGUSR2 can: ${why}`)
      return undefined
    },
  )
  return async () => {
    process.off('SIGUSR2', onSignal)
    unwatch()
    await listening?.close()
  }
}

function watchConfigFile(supervisor: Supervisor, log: ProcessLog, file: string | undefined): () => void {
  if (file === undefined) {
    log.line('warn', '--watch-config has nothing to watch: there is no config file')
    return () => {}
  }
  return watchFile(systemEnv, file, () => {
    log.say(`${file} has changed`)
    void supervisor.reload()
  })
}
