/** How a trial's job writes its effects and its `done`. Only the first way is right: the others have to be caught. */
export const ways = {
  commit: 'effects and done in job.commit',
  outside: 'an effect written before job.commit, in no transaction',
  apart: 'effects in a transaction of their own, done settled after it',
} as const
export type Way = keyof typeof ways

/** Where the process is killed, in the order of a job's life. */
export const points = [
  'before begin',
  'after begin',
  'after the first statement',
  'after the second statement',
  'before settle',
  'after settle, before commit',
  'during commit',
  'after commit, before its reply',
  'after the reply',
  'after the handler',
] as const
export type Point = (typeof points)[number]

/** Points at which the wrong ways do their harm: the effect is there, and the done is not. */
export const telling: Point[] = ['after begin', 'before settle', 'after commit, before its reply']
