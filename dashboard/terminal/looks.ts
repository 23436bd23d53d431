import type { Filter, JobView, LimitsView, LogLine, QueueView } from '../../src/client.ts'
import { sampleDead } from '../model/dead-sample.ts'
import { filterFromText } from '../model/filter-text.ts'
import type { DashboardSource } from '../model/source.ts'
import { filterOf, queueOf, type View } from './view.ts'

/** Where somebody looks, and what is known there. */
export interface Where {
  view: View
  /** Whether a worker process tells of its queues. */
  hasWorker: boolean
  queues: readonly Pick<QueueView, 'queue' | 'ready' | 'running'>[]
  /** Those with dead jobs. */
  deadQueues: readonly string[]
}

/** One question that is asked again and again while somebody looks at its answer. */
interface Look<Answer> {
  everyMs: number
  /** What exactly it is about now, so that a late answer to an older question is told from the right one; undefined: nobody looks. */
  about(where: Where): string | undefined
  ask(source: DashboardSource, about: string, where: Where): Promise<Answer>
}

const look = <Answer>(one: Look<Answer>): Look<Answer> => one

const jobsMax = 200
const deadMax = 500
const groupsMax = 200
const limitedMax = 40

export const looks = {
  me: look({ everyMs: Infinity, about: () => '', ask: (source) => source.access.whoami() }),
  queues: look({
    everyMs: 1_000,
    about: ({ view, hasWorker }) => (['queues', 'groups'].includes(view.tab) || !hasWorker ? '' : undefined),
    ask: (source) => source.queues.list(),
  }),
  limits: look({
    everyMs: 3_000,
    about: ({ view, queues }) =>
      ['queues', 'groups'].includes(view.tab)
        ? queues
            .slice(0, limitedMax)
            .map(({ queue }) => queue)
            .join(' ')
        : undefined,
    async ask(source, _, { queues }): Promise<Map<string, LimitsView>> {
      const names = queues.slice(0, limitedMax).map(({ queue }) => queue)
      const answers = await Promise.all(names.map((queue) => source.queues.limits(queue)))
      return new Map(names.map((queue, index) => [queue, answers[index]!]))
    },
  }),
  jobs: look({
    everyMs: 2_000,
    about: ({ view }) => (view.tab === 'jobs' ? filterOf(view) : undefined),
    ask: (source, about) => source.jobs.list(filterFromText(about).filter, { limit: jobsMax }),
  }),
  dead: look({
    everyMs: 2_000,
    about: ({ view }) => (view.tab === 'dead' ? filterOf(view) : undefined),
    ask: (source, about, { deadQueues }) => sampleDead(source, deadFilter(about), deadQueues, { jobsMax: deadMax }),
  }),
  groups: look({
    everyMs: 1_000,
    about: ({ view, queues }) => (view.tab === 'groups' ? queueOf(view, queues) : undefined),
    ask: (source, queue) => source.queues.groups(queue, groupsMax),
  }),
  limiters: look({
    everyMs: 3_000,
    about: ({ view }) => (view.tab === 'groups' ? '' : undefined),
    ask: (source) => source.queues.limiters(),
  }),
  schedules: look({
    everyMs: 2_000,
    about: ({ view }) => (view.tab === 'schedules' ? '' : undefined),
    ask: (source) => source.schedules.list(),
  }),
  workers: look({
    everyMs: 2_000,
    about: ({ view }) => (view.tab === 'workers' ? '' : undefined),
    ask: (source) => source.workers.list(),
  }),
  definitions: look({
    everyMs: 10_000,
    about: ({ view: { mode } }) => (mode.is === 'offer' ? '' : undefined),
    ask: (source) => source.jobs.definitions(),
  }),
  job: look({
    everyMs: 1_000,
    about: ({ view: { mode } }) => (mode.is === 'inspect' ? mode.id : undefined),
    ask: (source, id) => everythingOf(source, id),
  }),
  task: look({
    everyMs: 500,
    about: ({ view }) => view.task,
    ask: (source, id) => source.bulk.get(id),
  }),
}

export type LookName = keyof typeof looks

/** What was answered last, and why there is no answer. */
export interface Looked<Answer> {
  /** What the answer is about. */
  about?: string
  value?: Answer
  /** The error of the last question. */
  error?: unknown
}

export type Data = { [Name in LookName]: Looked<Awaited<ReturnType<(typeof looks)[Name]['ask']>>> }

export function noData(): Data {
  const names = Object.keys(looks) as LookName[]
  return Object.fromEntries(names.map((name) => [name, {}])) as Data
}

/** Dead letters unless the filter says other states. */
export function deadFilter(text: string): Filter {
  return { states: ['dead', 'quarantined'], ...filterFromText(text).filter }
}

export interface JobStory {
  job: JobView
  /** What it and its facades have logged; absent where no worker of this machine knows. */
  log?: LogLine[]
  /** Why there is no log. */
  logError?: unknown
}

async function everythingOf(source: DashboardSource, id: string): Promise<JobStory> {
  const asked = source.jobs.log(id).then(
    ({ lines, kept }) => (kept ? { log: lines } : {}),
    (logError: unknown) => ({ logError }),
  )
  const [job, log] = await Promise.all([source.jobs.get(id), asked])
  return { job, ...log }
}
