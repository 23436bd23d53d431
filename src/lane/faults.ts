import { FiberWorkError } from '../contract/errors.ts'
import type { HandOver } from '../engine/options.ts'

/** Why a thread was lost under its job, as the job's error. */
export function threadError(hand: HandOver, error: unknown): FiberWorkError {
  const { name } = hand.handler
  if (codeOf(error) === 'ERR_WORKER_OUT_OF_MEMORY') return outOfMemory(hand)
  const reason = error instanceof Error && error.name === 'AbortError' ? error.cause : error
  return new FiberWorkError('FW_THREAD_ENDED', `The thread of "${name}" was lost: ${messageOf(reason)}`, {
    cause: reason,
  })
}

export function outOfMemory({ handler: { name, options } }: HandOver): FiberWorkError {
  const { memoryMbMax } = options
  const limit = memoryMbMax === undefined ? 'what Node gives a thread' : `its ${memoryMbMax} MiB (\`memoryMbMax\`)`
  return new FiberWorkError('FW_THREAD_MEMORY', `"${name}" needed more memory than ${limit}; its thread was ended.`)
}

/** The input could not be handed over. */
export function notCopied({ handler }: HandOver, error: unknown): FiberWorkError | undefined {
  if (!(error instanceof Error) || error.name !== 'DataCloneError') return undefined
  const message = `What the schema of "${handler.name}" made of its input cannot be copied to a thread: ${error.message}`
  return new FiberWorkError('FW_THREAD_VALUE', message, { cause: error })
}

function codeOf(error: unknown): unknown {
  return error instanceof Error && 'code' in error ? error.code : undefined
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
