/**
 * How closely jobs are watched for what they do to the process that they share:
 *
 * - `off`: not at all.
 * - `sample`: the first jobs of each definition, then one in some hundreds, and stretches of time for timers and sockets left behind. At most
 *   1 µs a job on average.
 * - `warn`: every job; what it changed or left behind is told.
 * - `strict`: one job at a time; what it changed is undone, and the job fails.
 */
export const isolationLevels = ['off', 'sample', 'warn', 'strict'] as const
export type Isolation = (typeof isolationLevels)[number]
