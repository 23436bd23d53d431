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
  { name: 'enqueue', summary: 'enqueue a job, or one for each line of stdin', load: () => import('./enqueue.ts') },
  { name: 'status', summary: 'all that is known of one job', load: () => import('./status.ts') },
  { name: 'list', summary: 'jobs, newest first, by filters', load: () => import('./list.ts') },
  { name: 'stats', summary: 'how full the queues are, and who works them', load: () => import('./stats.ts') },
  { name: 'peek', summary: 'the next jobs of a queue', load: () => import('./peek.ts') },
  { name: 'cancel', summary: 'cancel jobs, by ids or filters', load: () => import('./cancel.ts') },
  { name: 'retry', summary: 'run jobs again, by ids or filters', load: () => import('./retry.ts') },
  { name: 'purge', summary: 'forget jobs of a queue for good', load: () => import('./purge.ts') },
  { name: 'pause', summary: 'take nothing more from queues', load: () => import('./pause.ts') },
  { name: 'resume', summary: 'take from them again', load: () => import('./resume.ts') },
  { name: 'schedules', summary: 'what is enqueued by itself, and when', load: () => import('./schedules.ts') },
  {
    name: 'reload',
    summary: 'new worker processes in the place of the old ones, one after the other',
    load: () => import('./reload.ts'),
  },
  { name: 'doctor', summary: 'check configuration, store and machine', load: () => import('./doctor.ts') },
  {
    name: 'demo',
    summary: 'deliver 10,000 webhooks through a slow service, and tell what it took',
    load: () => import('./demo.ts'),
  },
  { name: 'stress', summary: 'good and bad jobs at once, and a verdict', load: () => import('./stress.ts') },
]

/** What runs when the first argument is not a command's name. */
export const defaultCommand = 'work'
