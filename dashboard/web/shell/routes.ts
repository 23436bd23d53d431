import type { ComponentType } from 'preact'
import { lacks, may, type Right } from '../data/session.ts'
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
  /** In the navigation of those only who may see nothing else. */
  isLast?: true
}

/** Every page, in the order of the navigation. */
export const routes: readonly PageRoute[] = [
  { path: '/', title: 'Overview', page: Overview, nav: 'Overview', key: 'o', right: 'see' },
  { path: '/jobs', title: 'Jobs', page: Jobs, nav: 'Jobs', key: 'j', right: 'see' },
  { path: '/jobs/:id', title: 'Job', page: Job, right: 'see' },
  { path: '/submit', title: 'Submit a job', page: Submit, nav: 'Submit', right: 'submit', isLast: true },
  { path: '/dead', title: 'Dead letters', page: Dead, nav: 'Dead', key: 'd', right: 'see' },
  { path: '/queues', title: 'Queues', page: Queues, nav: 'Queues', key: 'q', right: 'see' },
  { path: '/queues/:queue', title: 'Queue', page: Queue, right: 'see' },
  { path: '/groups', title: 'Groups & limits', page: Groups, nav: 'Groups & limits', key: 'l', right: 'see' },
  { path: '/schedules', title: 'Schedules', page: Schedules, nav: 'Schedules', key: 's', right: 'see' },
  { path: '/workers', title: 'Workers', page: Workers, nav: 'Workers', key: 'w', right: 'see' },
  { path: '/audit', title: 'Audit', page: Audit, nav: 'Audit', key: 'a', right: 'manage' },
]

export function visiblePages(): readonly PageRoute[] {
  return routes.filter(
    ({ nav, right, isLast }) => nav !== undefined && isReached(right) && (isLast === undefined || lacks('see')),
  )
}

/** Nearly everybody may see: that is not waited for. */
function isReached(right: Right | undefined): boolean {
  return right === undefined || (right === 'see' ? !lacks(right) : may(right))
}
