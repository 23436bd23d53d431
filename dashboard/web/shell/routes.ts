import type { ComponentType } from 'preact'
import { may, type Right } from '../data/session.ts'
import { Overview } from '../pages/overview/overview.tsx'
import { Queues } from '../pages/queues/queues.tsx'

export interface PageRoute {
  /** From where the page is mounted; `:name` is a part that the page gets as `params`. */
  path: string
  /** In the browser's title. */
  title: string
  // Each page knows its own parameters.
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
  { path: '/queues', title: 'Queues', page: Queues, nav: 'Queues', key: 'q' },
]

export function visiblePages(): readonly PageRoute[] {
  return routes.filter(({ nav, right }) => nav !== undefined && (right === undefined || may(right)))
}
