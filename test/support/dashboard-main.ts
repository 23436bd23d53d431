/**
 * A dashboard over a worker that only exists on paper, for tests in a real terminal.
 * `node dashboard-main.ts LOGFILE [OPTIONS as JSON]`; every call to the source and the end are lines in the log file.
 */
import { appendFileSync } from 'node:fs'
import { openTerminalDashboard } from '../../dashboard/terminal/index.ts'
import { SampleWorker } from './dashboard-source.ts'

interface Options {
  fibers?: number
  hostile?: boolean
  drainMs?: number
  /** Throw this long after the start. */
  throwAfterMs?: number
  /** `process.exit` this long after the start. */
  exitAfterMs?: number
  /** Stop answering after this long. */
  silentAfterMs?: number
  /** Write to stdout and stderr as a careless handler does. */
  chatter?: boolean
  /** Log the process's CPU over this many milliseconds, then quit. */
  measureMs?: number
  /** Without the screen: what the source itself costs. */
  bare?: boolean
  refreshMs?: number
}

const [logFile = '/dev/null', json = '{}'] = process.argv.slice(2)
const options = JSON.parse(json) as Options
const log = (line: string) => appendFileSync(logFile, `${line}\n`)
const worker = new SampleWorker({
  hostile: options.hostile ?? false,
  ...(options.fibers === undefined ? {} : { fibers: options.fibers }),
})

const push = worker.calls.push.bind(worker.calls)
worker.calls.push = (...calls: string[]) => {
  for (const call of calls) log(call)
  return push(...calls)
}

if (options.silentAfterMs !== undefined) {
  setTimeout(() => {
    worker.call = () => new Promise(() => {})
  }, options.silentAfterMs)
}

async function quit(how: 'drain' | 'now'): Promise<void> {
  log(`quit ${how}`)
  worker.state = 'draining'
  worker.concurrency = Math.min(worker.concurrency, 42)
  if (how === 'drain') await new Promise((resolve) => setTimeout(resolve, options.drainMs ?? 300))
}

if (options.throwAfterMs !== undefined)
  setTimeout(() => {
    throw new Error('thrown on purpose')
  }, options.throwAfterMs)
if (options.exitAfterMs !== undefined) setTimeout(() => process.exit(3), options.exitAfterMs)
if (options.chatter === true) {
  setInterval(() => {
    console.log('a handler says \x1b[31mhello')
    console.error('and complains')
  }, 100).unref()
}

let written = 0
const write = process.stdout.write.bind(process.stdout)
process.stdout.write = ((chunk: string) => {
  written += Buffer.byteLength(chunk)
  return write(chunk)
}) as typeof process.stdout.write

// What a worker would do meanwhile: the loop must go on whatever the terminal does.
let beats = 0
setInterval(() => (beats += 1), 100).unref()
process.on('SIGUSR2', () => log(`beats ${beats}`))

const dashboard =
  options.bare === true
    ? undefined
    : openTerminalDashboard({
        source: worker.api,
        quit,
        ...(options.refreshMs === undefined ? {} : { refreshMs: options.refreshMs }),
      })
if (options.bare === true) setInterval(() => void worker.api.workers.processes(), options.refreshMs ?? 500)
log(`pid ${process.pid}`)

if (options.measureMs !== undefined) {
  const { measureMs } = options
  setTimeout(() => {
    const cpu = process.cpuUsage()
    const bytes = written
    setTimeout(() => {
      const { user, system } = process.cpuUsage(cpu)
      log(
        `cpu ${(((user + system) / 1_000 / measureMs) * 100).toFixed(2)} %, ${Math.round((written - bytes) / (measureMs / 1_000))} bytes/s`,
      )
      dashboard?.close()
      process.exit(0)
    }, measureMs)
  }, 3_000)
}

await dashboard?.closed
log('closed')
