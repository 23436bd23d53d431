import { writeSync } from 'node:fs'
import { sleep, systemEnv } from '../base/env.ts'
import type { Block } from '../contract/events.ts'
import { exitExpression } from './look.ts'
import { Question } from './question.ts'

/** What the main thread has for ending by itself before it is killed. */
const exitMs = 2_000

/**
 * End the process from outside of its blocked main thread: JavaScript leaves with the code on top of whatever it does; native
 * code hears nothing, and is killed.
 */
export async function endProcess(desk: string, code: number, block: Block, blockedMs: number): Promise<void> {
  write(obituary(block, blockedMs, code))
  const question = new Question(exitExpression(desk, code), () => {})
  await sleep(systemEnv, exitMs)
  question.close()
  process.kill(process.pid, 'SIGKILL')
}

/** The main thread cannot write it any more, and its streams are not ours. */
function write(text: string): void {
  try {
    writeSync(2, text)
  } catch {
    // A reader that is slow or gone: the process ends all the same.
  }
}

function obituary({ sure, job, stack = [], native, why }: Block, blockedMs: number, code: number): string {
  const who =
    job === undefined
      ? 'no job that is known'
      : `the job ${job.name} ${job.id} (queue ${job.queue}, attempt ${job.attempt})${sure === 'exact' ? '' : ', perhaps'}`
  const lines = [
    `The event loop has been blocked for ${Math.round(blockedMs / 1_000)} s by ${who}; this process ends with ${code}.`,
    ...[native, why].filter((text) => text !== undefined),
    ...stack.map((frame) => `    at ${frame}`),
  ]
  return `fiber-work: ${lines.join('\n')}\n`
}
