import type { Command } from 'commander'

/** What a command's file exports. */
export interface CommandModule {
  /** Give the command its arguments, options and action. Its name and summary are set already. */
  register(command: Command): void
}

export interface CommandEntry {
  name: string
  /** One line of `fiber-work --help`. */
  summary: string
  load: () => Promise<CommandModule>
}

/** Every command, in the order of the help. A command's file is loaded only when it is asked for. */
export const commands: readonly CommandEntry[] = [
  { name: 'work', summary: 'run a worker (the default command)', load: () => import('./work.ts') },
  {
    name: 'reload',
    summary: 'new worker processes in the place of the old ones, one after the other',
    load: () => import('./reload.ts'),
  },
  { name: 'top', summary: 'the dashboard, on workers elsewhere', load: () => import('./top.ts') },
  {
    name: 'console',
    summary: 'pick a job, fill in its form, enqueue it and see it run',
    load: () => import('./console.ts'),
  },
  { name: 'api', summary: 'serve the HTTP API of a store, without a worker', load: () => import('./serve-api.ts') },
  { name: 'enqueue', summary: 'enqueue a job, or one for each line of stdin', load: () => import('./enqueue.ts') },
  { name: 'status', summary: 'all that is known of one job', load: () => import('./status.ts') },
  { name: 'list', summary: 'jobs, newest first, by filters', load: () => import('./list.ts') },
  { name: 'export', summary: 'any number of jobs as CSV, JSON or NDJSON', load: () => import('./export.ts') },
  { name: 'stats', summary: 'how full the queues are, and who works them', load: () => import('./stats.ts') },
  { name: 'history', summary: 'what was, minute by minute or hour by hour', load: () => import('./history.ts') },
  { name: 'dead', summary: 'what has failed for good, by kind of error', load: () => import('./dead.ts') },
  { name: 'peek', summary: 'the next jobs of a queue', load: () => import('./peek.ts') },
  { name: 'groups', summary: 'whose jobs wait in a queue, and what holds them', load: () => import('./groups.ts') },
  { name: 'workers', summary: 'who works, and how', load: () => import('./workers.ts') },
  { name: 'cancel', summary: 'cancel jobs, by ids or filters', load: () => import('./cancel.ts') },
  { name: 'retry', summary: 'let jobs run again, by ids or filters', load: () => import('./retry.ts') },
  {
    name: 'rerun',
    summary: 'run a job once more as a new one, its input edited or as it was',
    load: () => import('./rerun.ts'),
  },
  {
    name: 'bulk',
    summary: 'retry, cancel or remove all jobs that filters mean, and watch it',
    load: () => import('./bulk.ts'),
  },
  { name: 'purge', summary: 'forget jobs of a queue for good', load: () => import('./purge.ts') },
  { name: 'purge-dead', summary: 'forget dead letters for good', load: () => import('./purge-dead.ts') },
  { name: 'pause', summary: 'take nothing more from queues, or from a group', load: () => import('./pause.ts') },
  { name: 'resume', summary: 'take from them again', load: () => import('./resume.ts') },
  { name: 'limits', summary: 'see and set what limits a queue and its groups', load: () => import('./limits.ts') },
  { name: 'limiters', summary: 'what is held back now, and by what', load: () => import('./limiters.ts') },
  { name: 'schedules', summary: 'what is enqueued by itself, and when', load: () => import('./schedules.ts') },
  { name: 'audit', summary: 'who did what, newest first', load: () => import('./audit.ts') },
  { name: 'tokens', summary: 'who may use the HTTP API, and as what', load: () => import('./tokens.ts') },
  { name: 'doctor', summary: 'check configuration, store and machine', load: () => import('./doctor.ts') },
  {
    name: 'demo',
    summary: 'deliver 10,000 webhooks through a slow service, and tell what it took',
    load: () => import('./demo.ts'),
  },
  { name: 'stress', summary: 'good and bad jobs at once, and a verdict', load: () => import('./stress.ts') },
  {
    name: 'completion',
    summary: 'the script with which a shell completes commands, flags and names',
    load: () => import('./completion.ts'),
  },
]

/** What those scripts call; no help shows it. */
export const completing: CommandEntry = {
  name: '__complete',
  summary: 'what may come next on a command line',
  load: () => import('./complete.ts'),
}

/** What runs when the first argument is not a command's name. */
export const defaultCommand = 'work'
