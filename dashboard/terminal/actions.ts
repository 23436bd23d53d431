import type { BulkTaskView } from '../../src/client.ts'
import { issuesIn } from '../model/form.ts'
import { count, plural } from '../model/format.ts'
import type { DashboardSource } from '../model/source.ts'
import { errorText } from './error-text.ts'
import type { Tone } from './line.ts'
import type { Command } from './view.ts'

export interface Said {
  text: string
  tone: Tone
  /** The job that is no longer where it was listed. */
  gone?: string
  /** The bulk action that has begun. */
  task?: BulkTaskView
  /** The job that has been enqueued. */
  job?: string
  /** What is wrong with the input that was sent. */
  wrong?: { path: string; message: string }[]
}

/** What the session does by itself, and what is done at the source. */
export type Action = Exclude<Command, { do: 'quit' | 'inspect' | 'preview' }>

const answers: Record<string, Pick<Said, 'text' | 'tone'>> = {
  retried: { text: 'runs again, from its first attempt', tone: 'blue' },
  waiting: { text: 'it waits already', tone: 'text' },
  running: { text: 'it runs', tone: 'text' },
  duplicate: { text: 'another job holds its unique key', tone: 'orange' },
  unknown: { text: 'the store does not know it any more', tone: 'orange' },
  cancelled: { text: 'cancelled', tone: 'blue' },
  cancelling: { text: 'its worker is told to cancel it', tone: 'blue' },
  settled: { text: 'it has ended already', tone: 'text' },
  removed: { text: 'dropped', tone: 'blue' },
}

/** Does what a key asked for, at the source, and says what became of it. Never rejects. */
export async function carryOut(source: DashboardSource, action: Action): Promise<Said> {
  try {
    return await ask(source, action)
  } catch (error) {
    const text = errorText(error)
    const wrong = action.do === 'submit' ? { wrong: issuesIn(text) } : {}
    return { text: `${verbs[action.do] ?? action.do} failed: ${text}`, tone: 'red', ...wrong }
  }
}

const verbs: Partial<Record<Action['do'], string>> = {
  pauseSchedule: 'pause',
  resumeSchedule: 'resume',
  runSchedule: 'run',
  rerun: 'run again',
  submit: 'enqueueing it',
  stopBulk: 'stopping it',
  bulk: 'the bulk action',
}

async function ask(source: DashboardSource, action: Action): Promise<Said> {
  switch (action.do) {
    case 'pause':
    case 'resume':
      return pause(source, action)
    case 'concurrency':
      return concurrency(source, action)
    case 'retry':
    case 'remove':
    case 'cancel': {
      const { id, outcome } = await source.jobs[action.do](action.id)
      const said = answers[outcome] ?? { text: outcome, tone: 'text' as const }
      const gone = ['retried', 'removed', 'unknown'].includes(outcome) ? { gone: id } : {}
      return { text: `${id}: ${said.text}`, tone: said.tone, ...gone }
    }
    case 'rerun': {
      const { id, name } = await source.jobs.rerun(action.id)
      return { text: `${name} runs once more, as the new job ${id}`, tone: 'blue', job: id }
    }
    case 'pauseSchedule':
      await source.schedules.pause(action.id)
      return { text: `schedule ${action.id} paused; space resumes`, tone: 'orange' }
    case 'resumeSchedule':
      await source.schedules.resume(action.id)
      return { text: `schedule ${action.id} resumed`, tone: 'blue' }
    case 'runSchedule': {
      const { id } = await source.schedules.run(action.id)
      return { text: `schedule ${action.id} runs now, as the job ${id}; enter shows it`, tone: 'blue' }
    }
    case 'bulk': {
      const { filter, ratePerSecond } = action
      const task = await source.bulk.start(action.action, filter, ratePerSecond === undefined ? {} : { ratePerSecond })
      return { text: '', tone: 'blue', task }
    }
    case 'stopBulk': {
      const { acted } = await source.bulk.cancel(action.id)
      return { text: `stopped after ${plural(acted, 'job')}`, tone: 'orange' }
    }
    case 'reload':
      return reload(source)
    case 'submit': {
      const { id, outcome } = await source.jobs.submit(action.job)
      return { text: outcome === 'added' ? `enqueued as ${id}` : `${outcome}: ${id}`, tone: 'blue', job: id }
    }
  }
}

async function pause(
  source: DashboardSource,
  { do: verb, queue, group }: Action & { do: 'pause' | 'resume' },
): Promise<Said> {
  const isPause = verb === 'pause'
  if (queue === undefined) {
    const { missing } = await source.workers[verb]()
    if (missing.length > 0) return { text: `${verb}: ${missing.join('; ')}`, tone: 'red' }
  } else if (group === undefined) await source.queues[verb](queue)
  else await source.queues[isPause ? 'pauseGroup' : 'resumeGroup'](queue, group)
  const what = group !== undefined ? `${group} in ${queue}` : (queue ?? 'all worker processes here')
  return isPause
    ? { text: `${what} paused; what runs goes on, space resumes`, tone: 'orange' }
    : { text: `${what} resumed`, tone: 'blue' }
}

async function concurrency(source: DashboardSource, { value, queue }: Action & { do: 'concurrency' }): Promise<Said> {
  if (queue !== undefined) {
    await source.queues.setConcurrency(queue, value)
    const most = value === null ? 'no bound of its own any more' : `at most ${count(value)} at once, over all workers`
    return { text: `${queue}: ${most}`, tone: 'blue' }
  }
  const { processes, missing } = await source.workers.setConcurrency(value ?? 1)
  const each = processes.length > 1 ? ` in each of ${processes.length} processes` : ''
  if (missing.length > 0) return { text: `concurrency: ${missing.join('; ')}`, tone: 'red' }
  return { text: `concurrency ${count(value ?? 1)}${each}`, tone: 'blue' }
}

async function reload(source: DashboardSource): Promise<Said> {
  const { replaced, processes, refused } = await source.workers.reload()
  if (refused !== undefined) return { text: `reload: ${refused}`, tone: 'red' }
  return { text: `${replaced} of ${plural(processes, 'worker process', 'worker processes')} replaced`, tone: 'blue' }
}
