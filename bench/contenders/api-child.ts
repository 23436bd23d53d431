import { fork } from 'node:child_process'
import { once } from 'node:events'
import { setTimeout as sleep } from 'node:timers/promises'

/** What a child tells of itself whenever it is asked. */
interface Figures {
  /** Jobs that have run here. */
  ran: number
  /** CPU of the whole process since its start. */
  cpuUs: number
}

/** A server or a worker of a contender, in a process of its own. */
export interface Child extends AsyncDisposable {
  /** Where it serves, if it does. */
  url: string
  pid: number
  figures(): Promise<Figures>
}

const endMsMax = 15_000

/** Starts a script of this folder as `role`; answers when it says that it is ready. It ends with us, however we end. */
export async function startChild(
  script: string,
  role: 'server' | 'worker',
  given: object,
  nodeFlags: string[] = [],
): Promise<Child> {
  const profiled = process.execArgv.some((flag) => flag.startsWith('--cpu-prof'))
  const child = fork(new URL(`${script}.js`, import.meta.url), [JSON.stringify({ ...given, role })], {
    execArgv: [...process.execArgv, ...nodeFlags, ...(profiled ? [`--cpu-prof-name=${role}.cpuprofile`] : [])],
    // Stdout is for the metrics.
    stdio: ['ignore', 2, 2, 'ipc'],
  })
  const ended = once(child, 'exit').then(([code, signal]) => {
    throw new Error(`the ${role} of ${script} ended with ${signal ?? code}`)
  })
  ended.catch(() => {})
  const heard = async () => (await Promise.race([once(child, 'message'), ended]))[0]
  const { url } = (await heard()) as { url: string }
  return {
    url,
    pid: child.pid!,
    async figures() {
      child.send('figures')
      return (await heard()) as Figures
    },
    async [Symbol.asyncDispose]() {
      if (child.connected) child.send('end')
      const late = sleep(endMsMax, undefined, { ref: false }).then(() => child.kill('SIGKILL'))
      await Promise.race([ended.catch(() => {}), late])
    },
  }
}

interface Answering {
  url?: string
  ran?: () => number
  end: () => Promise<unknown>
}

/** The child's end of it: ready from now on. */
export function answerParent({ url = '', ran = () => 0, end }: Answering): void {
  process.on('disconnect', () => process.exit(1))
  process.on('message', (asked) => {
    if (asked === 'figures') {
      const { user, system } = process.cpuUsage()
      process.send!({ ran: ran(), cpuUs: user + system })
    } else void end().then(() => process.exit())
  })
  process.send!({ url })
}
