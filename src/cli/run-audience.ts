import { Definitions } from '../api/definitions.ts'
import { systemEnv, within } from '../base/env.ts'
import { answersOf } from '../worker/answers.ts'
import { fleetOfWorker } from '../worker/fleet.ts'
import type { Audience } from '../../stress/run/audience.ts'
import { openLocalApi } from './local-api.ts'
import { type Output, paint } from './output.ts'
import type { Interrupts } from './run-interrupts.ts'
import { progressLine } from './run-progress.ts'

/** How long the dashboard's last picture stays when the work is done. */
const lastLookMs = 2_500

/** An audience that must be told when everything is over, however it ended. */
export interface OpenAudience extends Audience, AsyncDisposable {
  /** Gives the terminal back; idempotent. */
  close(): Promise<void>
}

/** The dashboard on a terminal, a progress bar where only stderr is one, else nothing but warnings. */
export function audienceOf(output: Output, wantsDashboard: boolean, interrupts: Interrupts): OpenAudience {
  const warn = (text: string) => output.warn(text)
  const terminal = Boolean(process.stdin.isTTY && process.stdout.isTTY)
  if (wantsDashboard && terminal && !output.json) return dashboard(warn, interrupts)
  return process.stderr.isTTY ? progressBar(warn, process.stderr) : disposable({ warn }, async () => {})
}

function disposable(audience: Audience, close: () => Promise<void>): OpenAudience {
  return { ...audience, close, [Symbol.asyncDispose]: close }
}

function progressBar(warn: (text: string) => void, stream: NodeJS.WriteStream): OpenAudience {
  const progress: Audience['progress'] = (now) => {
    const { bar, rest, words } = progressLine(now, stream.columns)
    stream.write(`\r${paint('cyan', bar, stream)}${paint('dim', rest, stream)}  ${words}\x1b[K`)
  }
  return disposable({ warn, progress }, async () => void stream.write('\r\x1b[K'))
}

function dashboard(warn: (text: string) => void, interrupts: Interrupts): OpenAudience {
  let opening: ReturnType<typeof open> | undefined
  const open = async (...[worker, client]: Parameters<NonNullable<Audience['opened']>>) => {
    const { openTerminalDashboard } = await import('../../dashboard/terminal/index.ts')
    const fleet = fleetOfWorker(
      answersOf(() => worker),
      systemEnv,
    )
    const { api } = await openLocalApi({ client, fleet, definitions: new Definitions([]) })
    const terminal = openTerminalDashboard({
      source: api,
      refreshMs: 250,
      quit: async (how) => {
        interrupts.ask(how)
        await worker.ended
      },
    })
    // The dashboard listens to the signals itself, and asks us through `quit`.
    interrupts[Symbol.dispose]()
    return terminal
  }
  const opened: Audience['opened'] = async (...on) => void (await (opening = open(...on)))
  const finished: Audience['finished'] = async (report) => {
    const terminal = await opening
    terminal?.message(`${report}; the summary follows in a moment`)
    if (terminal !== undefined) await within(systemEnv, lastLookMs, terminal.closed)
  }
  return disposable({ warn, opened, finished }, async () => (await opening)?.close())
}
