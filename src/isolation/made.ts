import { sep } from 'node:path'
import { fileURLToPath } from 'node:url'

/** Frames that are taken down: those of Node stand in front of the caller's. Each costs half a microsecond. */
const framesMax = 10
/** Frames that are told. */
const toldMax = 5

/** Ours, wherever the package lies: tests and examples beside them are not. */
const root = fileURLToPath(new URL('../../', import.meta.url))
const own = ['src', 'drivers', 'facades'].map((folder) => `${root}${folder}${sep}`)

/** A stack that is only written out when somebody asks: most of what is made ends before. */
export interface Made {
  readonly stack?: string
}

/** Where the caller of `above` is. Whatever the host does with stacks stays as it is. */
export function madeHere(above: Caller): Made {
  const { stackTraceLimit } = Error
  Error.stackTraceLimit = framesMax
  const made = {}
  Error.captureStackTrace(made, above)
  Error.stackTraceLimit = stackTraceLimit
  return made
}

/** Any function. */
export type Caller = (...args: never[]) => unknown

export interface Place {
  /** `sendMail (jobs/mail.ts:12:5)`; undefined where no code of a user is on the stack. */
  at: string | undefined
  /** Innermost first, without what is Node's or ours. */
  stack: string[]
  /** What made it is ours: it is none of the job's. */
  ours: boolean
}

/** Frames as the guardian writes them: `name (file:line:column)`, files relative to the working folder. */
export function placeOf({ stack }: Made): Place {
  const frames = (typeof stack === 'string' ? stack : '')
    .split('\n')
    .filter((line) => /^\s+at /.test(line))
    .map((line) => line.trim().replace(/^at (?:async )?/, ''))
    .filter((frame) => !/\bnode:/.test(frame) && !frame.includes('<anonymous>)') && /:\d+:\d+\)?$/.test(frame))
  const ours = frames[0] !== undefined && isOurs(frames[0])
  const theirs = frames.filter((frame) => !isOurs(frame))
  const at = theirs.find((frame) => !frame.includes(`${sep}node_modules${sep}`)) ?? theirs[0]
  return { at: at === undefined ? undefined : short(at), stack: theirs.slice(0, toldMax).map(short), ours }
}

function isOurs(frame: string): boolean {
  const path = plainPath(frame)
  return own.some((folder) => path.includes(folder))
}

const plainPath = (frame: string) => frame.replace('file://', '')

function short(frame: string): string {
  return plainPath(frame).replace(`${process.cwd()}${sep}`, '')
}
