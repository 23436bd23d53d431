import type { ComponentType } from 'preact'
import { may, type Right } from '../data/session.ts'
import { Audit } from '../pages/audit/audit.tsx'
import { Dead } from '../pages/dead/dead.tsx'
import { Groups } from '../pages/groups/groups.tsx'
import { Job } from '../pages/job/job.tsx'
import { Jobs } from '../pages/jobs/jobs.tsx'
import { Overview } from '../pages/overview/overview.tsx'
import { Queue } from '../pages/queues/queue.tsx'
import { Queues } from '../pages/queues/queues.tsx'
import { Schedules } from '../pages/schedules/schedules.tsx'
import { Submit } from '../pages/submit/submit.tsx'
import { Workers } from '../pages/workers/workers.tsx'

export interface PageRoute {
  /** From where the page is mounted; `:name` is a part that the page gets as `params`. */
  path: string
  /** In the browser's title. */
  title: string
  page: ComponentType<{ params: Record<string, string | undefined> }>
  /** Its name in the navigation; absent: it is reached from another page. */
  nav?: string
  /** After `g`. */
  key?: string
  /** Who has it not does not see it. */
  right?: Right
}

/** Every page, in the order of the navigation. */
export const routes: readonly PageRoute[] = [
  { path: '/', title: 'Overview', page: Overview, nav: 'Overview', key: 'o' },
  { path: '/jobs', title: 'Jobs', page: Jobs, nav: 'Jobs', key: 'j' },
  { path: '/jobs/:id', title: 'Job', page: Job },
  { path: '/submit', title: 'Submit a job', page: Submit },
  { path: '/dead', title: 'Dead letters', page: Dead, nav: 'Dead', key: 'd' },
  { path: '/queues', title: 'Queues', page: Queues, nav: 'Queues', key: 'q' },
  { path: '/queues/:queue', title: 'Queue', page: Queue },
  { path: '/groups', title: 'Groups & limits', page: Groups, nav: 'Groups & limits', key: 'l' },
  { path: '/schedules', title: 'Schedules', page: Schedules, nav: 'Schedules', key: 's' },
  { path: '/workers', title: 'Workers', page: Workers, nav: 'Workers', key: 'w' },
  { path: '/audit', title: 'Audit', page: Audit, nav: 'Audit', key: 'a', right: 'manage' },
]

export function visiblePages(): readonly PageRoute[] {
  return routes.filter(({ nav, right }) => nav !== undefined && (right === undefined || may(right)))
}
