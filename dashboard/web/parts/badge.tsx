import type { JobState } from '../../../src/contract/job.ts'

export type BadgeTone = 'grey' | 'blue' | 'amber' | 'red' | 'plain'

export function Badge({ tone = 'grey', children, title }: { tone?: BadgeTone; children: string; title?: string }) {
  return (
    <span class={`badge badge-${tone}`} {...(title !== undefined && { title })}>
      {children}
    </span>
  )
}

const tones: Record<JobState, BadgeTone> = {
  blocked: 'grey',
  ready: 'plain',
  delayed: 'plain',
  running: 'blue',
  done: 'blue',
  dead: 'red',
  quarantined: 'red',
  cancelled: 'grey',
}

/** The state of a job; red only where it waits for a human. */
export function StateBadge({ state }: { state: JobState }) {
  return <Badge tone={tones[state]}>{state}</Badge>
}
