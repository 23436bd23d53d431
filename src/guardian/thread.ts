import { parentPort, workerData } from 'node:worker_threads'
import { sleep, systemEnv } from '../base/env.ts'
import { isFiberWorkError } from '../contract/errors.ts'
import type { MakeKeeper } from '../contract/keeper.ts'
import { endProcess } from './exit.ts'
import { type Answer, lookExpression } from './look.ts'
import type { Found, FromThread, ThreadData, ToThread } from './messages.ts'
import { NativeView } from './native.ts'
import { Question } from './question.ts'
import { Renewals } from './renewals.ts'
import { Shared } from './shared.ts'
import { Watch } from './watch.ts'

// The guardian thread: its own connection to the store, its own clock, and nothing that the main thread could block.

/** Of the shortest time to be noticed. */
const lookPart = 0.25
const lookMsMax = 200
const lineCharsMax = 300

const data = workerData as ThreadData
const port = parentPort!
const shared = new Shared(data.memory)
const end = new AbortController()
/** Nothing is renewed any more: that would take back whom the guardian has accused. */
let isDying = false
const say = (message: FromThread) => port.postMessage(message)

const renewals = new Renewals({
  env: systemEnv,
  shared,
  leaseMs: data.leaseMs,
  makeKeeper: async () => {
    const { makeKeeper } = (await import(data.keeper.module)) as { makeKeeper: MakeKeeper }
    return makeKeeper(data.keeper.settings)
  },
  health,
  kept: (session) => say({ kind: 'kept', session }),
  revoked: (session) => say({ kind: 'revoked', session }),
  failed(error) {
    const text = isFiberWorkError(error) ? `${error.code}: ${error.message}` : String(error)
    say({ kind: 'failed', text: `The guardian could not renew the lease: ${text}` })
  },
})

const watch = new Watch({
  ...data,
  shared,
  native: new NativeView(),
  ask: (onAnswer) =>
    new Question(lookExpression(data.desk), (text, answeredMs) =>
      onAnswer(text === undefined ? undefined : (JSON.parse(text) as Answer), answeredMs),
    ),
  blocked({ block }, blockedMs) {
    say({ kind: 'blocked', block, blockedMs })
    renewals.hurry()
  },
  recovered({ block }, blockedMs) {
    say({ kind: 'recovered', block, blockedMs })
    if (!isDying) renewals.resume()
    renewals.hurry()
  },
  stalled: (found, blockedMs) => void giveUp(found, blockedMs),
})

/** What whoever lists sessions sees of the main loop. */
function health(): string {
  const { current } = watch
  if (current === undefined) return '{"loop":"turns"}'
  const { sure, job, at, native } = current.found.block
  const blockedMs = Math.round(current.blockedMs)
  return JSON.stringify({ loop: 'blocked', blockedMs, sure, job, at: at?.slice(0, lineCharsMax), native })
}

/** A lease that no progress backs is not renewed for ever. The job that is to blame is told of; whom nobody saw is not blamed. */
async function giveUp({ block, receipt }: Found, blockedMs: number): Promise<void> {
  isDying = data.exitCode !== undefined
  renewals.pause()
  say({ kind: 'gaveUp', block, blockedMs })
  if (block.sure === 'exact' && receipt !== undefined) await renewals.accuse([receipt]).catch(() => {})
  if (data.exitCode !== undefined) await endProcess(data.desk, data.exitCode, block, blockedMs)
}

port.on('message', (message: ToThread) => {
  if (message.kind === 'keep') return renewals.keep(message.session)
  end.abort()
  watch.end()
  void renewals.end().finally(() => port.close())
})

const lookMs = Math.min(lookMsMax, data.askMs * lookPart)
renewals.start()
while (!end.signal.aborted) {
  watch.look()
  await sleep(systemEnv, lookMs, end.signal)
}
