import type { Settings } from '../config/options.ts'
import type { Worker } from '../worker/worker.ts'
import type { LocalApi } from './local-api.ts'
import type { ProcessLog } from './log.ts'

/**
 * Shows the worker, and those beside it, on this terminal, if that is wanted and there is one; without a terminal it says so and the worker works
 * on. A dashboard that was left, or whose terminal is gone, stops the worker.
 */
export async function showDashboard(
  { dashboard }: Settings,
  worker: Worker,
  openApi: () => Promise<LocalApi>,
  log: ProcessLog,
  quit: (level: 1 | 2) => void,
  isBeside = false,
): Promise<{ closed: Promise<void> } | undefined> {
  if (!dashboard) return undefined
  if (!process.stdout.isTTY || !process.stdin.isTTY) {
    // One of several, of which the first has the terminal: what this one says would tear its screen.
    if (process.stdout.isTTY && process.stdin.isTTY !== true && isBeside) return holdBack(worker, log)
    log.line('warn', 'the dashboard needs a terminal and there is none; the worker works without it')
    return undefined
  }
  const { openTerminalDashboard } = await import('../../dashboard/terminal/index.ts')
  const local = await openApi()
  log.hush(true)
  const shown = openTerminalDashboard({
    source: local.api,
    quit(how) {
      quit(how === 'drain' ? 1 : 2)
      return worker.ended
    },
  })
  let over = false
  void worker.ended.then(() => {
    over = true
    shown.close()
  })
  // Left by somebody, or its terminal is gone: nobody watches any more, and that is the worker's end. Not so the other way round:
  // a worker that has to be started anew will show itself again.
  void shown.closed.then(() => {
    log.hush(false)
    void local.close()
    if (!over) quit(1)
  })
  return { closed: shown.closed }
}

/** What a process says whose sibling has the terminal comes out when it ends. */
async function holdBack({ ended }: Worker, log: ProcessLog): Promise<undefined> {
  const { captureOutput } = await import('../../dashboard/terminal/capture.ts')
  const capture = captureOutput(process.stdout)
  log.hush(true)
  void ended.then(() => {
    log.hush(false)
    capture.release()
  })
}
