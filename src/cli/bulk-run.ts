import { createInterface } from 'node:readline/promises'
import { ApiError } from '../api/client/error.ts'
import type { BulkTaskView } from '../api/operations/bulk.ts'
import { sleep, systemEnv } from '../base/env.ts'
import { plain } from '../base/text.ts'
import { exitCodes } from './exit-codes.ts'
import { showProgress } from './progress.ts'
import { showCount } from './time.ts'
import type { ApiContext } from './with-api.ts'

const units = { retry: 'retried', cancel: 'cancelled', remove: 'removed' } as const
const lookMsMin = 20
const lookMsMax = 1_000

/**
 * Shows how far an action is until it has ended, and answers how it ended. Ctrl-C: on a store it ends after the batch that it is at; at an API, which
 * goes on without us, a person is asked whether it is to end, and without a terminal it is left running. Throws what it failed of.
 */
export async function followBulk(context: ApiContext, started: BulkTaskView): Promise<BulkTaskView> {
  const { api, output, remote } = context
  const progress = showProgress(output, units[started.action], started.expected)
  const interrupt = new AbortController()
  const interrupted = () => interrupt.abort()
  process.once('SIGINT', interrupted)
  try {
    let task = started
    for (let lookMs = lookMsMin; task.state === 'running'; lookMs = Math.min(lookMsMax, lookMs * 1.5)) {
      progress.set(task.acted)
      await sleep(systemEnv, remote ? lookMs : Math.min(100, lookMs), interrupt.signal)
      if (interrupt.signal.aborted) {
        progress.end()
        return await leave(context, task)
      }
      task = await api.bulk.get(task.id)
    }
    progress.end()
    throwIfFailed(task)
    return task
  } finally {
    process.off('SIGINT', interrupted)
  }
}

async function leave({ api, output, remote }: ApiContext, task: BulkTaskView): Promise<BulkTaskView> {
  process.exitCode = exitCodes.interrupted.code
  if (!remote || (await isToEnd())) {
    const ended = await api.bulk.cancel(task.id)
    output.note(`cancelled after ${showCount(ended.acted)} jobs; what was done stays done`, 'yellow')
    return ended
  }
  output.note(`It goes on without you: fiber-work bulk status ${task.id}`, 'yellow')
  return task
}

async function isToEnd(): Promise<boolean> {
  if (!process.stdin.isTTY || !process.stderr.isTTY) return false
  const asking = createInterface({ input: process.stdin, output: process.stderr })
  // A second Ctrl-C takes the answer that changes nothing.
  const left = new Promise<string>((resolve) => asking.on('SIGINT', () => resolve('')))
  try {
    const answer = await Promise.race([asking.question('Cancel it, or leave it running? [c/L] '), left])
    return /^c/i.test(answer.trim())
  } finally {
    asking.close()
  }
}

function throwIfFailed({ id, state, acted, error }: BulkTaskView): void {
  if (state === 'failed') {
    const { code = 'FW_API_FAILED', detail = 'no reason is known' } = error ?? {}
    throw new ApiError({ code, detail: `The action ended after ${showCount(acted)} jobs: ${detail}` })
  }
  if (state === 'interrupted') {
    throw new ApiError({
      code: 'FW_API_UNREACHABLE',
      detail: `The process that did it is gone (${id}); ${showCount(acted)} jobs had been told. Start it again: what is done is passed over.`,
    })
  }
}

/** `1,200 retried, 3 running` */
export function outcomesText(outcomes: Readonly<Record<string, number>>): string {
  return Object.entries(outcomes)
    .map(([outcome, count]) => `${showCount(count)} ${plain(outcome)}`)
    .join(', ')
}
