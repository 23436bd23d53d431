import { systemEnv } from '../base/env.ts'
import type { Settings } from '../config/options.ts'
import { Supervisor } from '../supervisor/supervisor.ts'
import { watchStops } from '../supervisor/stops.ts'
import { exitCodes } from './exit-codes.ts'
import { openLog } from './log.ts'
import type { Output } from './output.ts'
import { serveOptionsOf } from './serving.ts'
import { sumOf, summaryText } from './tally.ts'

/** Supervises as many worker processes as the settings say, each of which runs this very command line. */
export async function superviseWorkers(settings: Settings, output: Output): Promise<{ code: number }> {
  const env = systemEnv
  const sinceMonoMs = env.monoMs()
  const log = await openLog(settings)
  const health: { ask?: Supervisor['health'] } = {}
  const server = await serveHealth(settings, () => health.ask?.())
  if (server !== undefined) log.say(`health is served at ${server.url}`)
  const supervisor = new Supervisor({
    env,
    processes: settings.processes,
    script: process.argv[1]!,
    args: process.argv.slice(2),
    terminal: settings.dashboard,
    quietStdout: output.json,
    say: (text) => log.say(text),
  })
  health.ask = () => supervisor.health()
  let forced: number | undefined
  watchStops(undefined, {
    onStop: (level, reason) => supervisor.stop(level, reason),
    onThird(signal) {
      forced = signal === 'SIGTERM' ? 143 : exitCodes.interrupted.code
      supervisor.kill()
    },
  })
  const end = await supervisor.ended
  await server?.close()
  const code = forced ?? end.code
  const summary = sumOf(end.summaries, Math.round(env.monoMs() - sinceMonoMs))
  if (settings.processes > 1 || end.restarts > 0) {
    log.say(`all stopped: ${summaryText(summary)}${end.restarts === 0 ? '' : `, ${end.restarts} restarts`}`)
  }
  log.end()
  output.answer(
    end.failure === undefined ? { ...summary, restarts: end.restarts, exitCode: code } : { error: end.failure },
    '',
  )
  return { code }
}

async function serveHealth(settings: Settings, ask: () => ReturnType<Supervisor['health']> | undefined) {
  const starting = { ok: true, ready: false, reasons: ['the worker processes are starting'], workers: [] }
  const options = await serveOptionsOf(
    settings,
    [],
    async () => (await ask()) ?? starting,
    () => {},
  )
  return options && (await import('../api/server.ts')).serve(options)
}
