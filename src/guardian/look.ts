import type { Block } from '../contract/events.ts'
import type { Receipt } from '../contract/verdict.ts'
import type { Fiber } from '../sandbox/fiber.ts'
import { outside, peekFiber } from '../sandbox/storage.ts'

/** What the main thread answers when it is asked what it does; as JSON. */
export interface Answer extends Pick<Block, 'job' | 'at'> {
  receipt?: Receipt
  /** How long the job may block the loop, where its definition says so. */
  blockMsMax?: number
  /** Innermost first. */
  stack: string[]
}

/** What is known of a running fiber's handler. */
export interface HandlerFacts {
  source?: string | undefined
  blockMsMax?: number | undefined
}

interface Desk {
  look(): string
  exit(code: number): void
}

const shared = globalThis as { [key]?: Map<string, Desk> }
const key = Symbol.for('fiber-work.guardian')
const framesMax = 20

/** Where a guardian thread asks this one. Answers the end of it. */
export function openDesk(name: string, factsOf: (fiber: Fiber) => HandlerFacts): () => void {
  const desks = (shared[key] ??= new Map<string, Desk>())
  desks.set(name, {
    look: () => JSON.stringify(look(factsOf)),
    // Outside of the job that it is called on top of: a job may not end the process.
    exit: (code) => outside(() => process.exit(code)),
  })
  return () => void desks.delete(name)
}

const ask = (desk: string, call: string): string =>
  `globalThis[Symbol.for('fiber-work.guardian')]?.get(${JSON.stringify(desk)})?.${call}`

/** The expressions that the thread has evaluated here. */
export const lookExpression = (desk: string): string => ask(desk, 'look()')
export const exitExpression = (desk: string, code: number): string => ask(desk, `exit(${code})`)

function look(factsOf: (fiber: Fiber) => HandlerFacts): Answer {
  const stack = stackHere()
  const fiber = peekFiber()
  const { source, blockMsMax } = fiber === undefined ? {} : factsOf(fiber)
  const at = lineOf(stack, source)
  const answer: Answer = { stack, ...(at !== undefined && { at }), ...(blockMsMax !== undefined && { blockMsMax }) }
  if (fiber === undefined) return answer
  const { job, attempts: attempt, receipt } = fiber.loan
  const { id, name, queue, group } = job
  return { ...answer, receipt, job: { id, name, queue, attempt, ...(group !== undefined && { group }) } }
}

/** What this thread was doing when it was asked: without the frames of the question, and whatever the host does with stacks. */
function stackHere(): string[] {
  const { stackTraceLimit } = Error
  // As it was, not only what it was: a property that comes back otherwise is a change that nobody made.
  const prepares = Object.getOwnPropertyDescriptor(Error, 'prepareStackTrace')
  Error.stackTraceLimit = framesMax + 5
  delete (Error as { prepareStackTrace?: unknown }).prepareStackTrace
  const { stack = '' } = new Error('asked')
  Error.stackTraceLimit = stackTraceLimit
  if (prepares !== undefined) Object.defineProperty(Error, 'prepareStackTrace', prepares)
  const frames = stack.split('\n').slice(1)
  const question = frames.findIndex((frame) => /^\s+at <anonymous>:1:\d+$/.test(frame))
  return frames.slice(question + 1, question + 1 + framesMax).map((frame) => frame.trim().replace(/^at /, ''))
}

/** The line to show: of the handler's own file, else the first of anybody's code. */
function lineOf(stack: string[], source: string | undefined): string | undefined {
  const own = source === undefined ? undefined : stack.find((frame) => frame.includes(source))
  return own ?? stack.find((frame) => !frame.includes('node:') && /:\d+:\d+\)?$/.test(frame)) ?? stack[0]
}
