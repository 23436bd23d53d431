import type { ComponentChildren } from 'preact'
import type { JobView } from '../../../../src/client.ts'
import { duration, plural } from '../../../model/format.ts'
import { type AttemptEntry, jobTimeline, type TimelineEntry } from '../../../model/job-timeline.ts'
import { Badge, StateBadge } from '../../parts/badge.tsx'
import { ErrorText } from '../../parts/error-text.tsx'
import { Since, Time } from '../../parts/time.tsx'
import { Progress } from './progress.tsx'

/** The life of a job, from the enqueue to what comes next. */
export function Timeline({ job }: { job: JobView }) {
  const entries = jobTimeline(job)
  const lastAttempt = entries.findLast(({ kind }) => kind === 'attempt')
  return (
    <ol class="timeline">
      {entries.map((entry, at) => (
        <Entry key={at} entry={entry} isLast={entry === lastAttempt} />
      ))}
      {job.state === 'ready' && <Step tone="plain">Waits for its turn.</Step>}
      {job.state === 'blocked' && <Step tone="plain">Waits for other jobs.</Step>}
    </ol>
  )
}

function Entry({ entry, isLast }: { entry: TimelineEntry; isLast: boolean }) {
  switch (entry.kind) {
    case 'enqueued':
      return (
        <Step tone="plain" at={entry.atMs}>
          Enqueued
        </Step>
      )
    case 'due':
      return (
        <Step tone="watch" at={entry.atMs}>
          {entry.retry ? 'Is tried again' : 'Is due'}
        </Step>
      )
    case 'again':
      return <Step tone="plain">Retried: its attempts are counted anew</Step>
    case 'unknown':
      return <Step tone="plain">{plural(entry.attempts, 'attempt')}, of which nothing is kept</Step>
    case 'ended':
      return (
        <Step tone={entry.state === 'dead' || entry.state === 'quarantined' ? 'bad' : 'plain'} at={entry.atMs}>
          <StateBadge state={entry.state} />
          {entry.reason !== undefined && <ErrorText error={entry.reason} />}
        </Step>
      )
    case 'attempt':
      return <Attempt entry={entry} isLast={isLast} />
  }
}

const attemptTones = {
  running: 'live',
  done: 'good',
  failed: 'watch',
  dead: 'bad',
  quarantined: 'bad',
  cancelled: 'plain',
} as const

function Attempt({ entry, isLast }: { entry: AttemptEntry; isLast: boolean }) {
  const { attempt, outcome, error, startedAtMs, durationMs, waitedMs, atMs } = entry
  return (
    <>
      {waitedMs !== undefined && waitedMs >= 1 && <li class="timeline-wait">waited {duration(waitedMs)}</li>}
      <Step tone={attemptTones[outcome]} at={atMs}>
        <div class="timeline-title">
          <strong>Attempt {attempt}</strong>{' '}
          {outcome === 'failed' ? <Badge tone="amber">failed</Badge> : <StateBadge state={outcome} />}{' '}
          {durationMs !== undefined && <span class="faint">after {duration(durationMs)}</span>}
          {outcome === 'running' && startedAtMs !== undefined && (
            <span class="faint">
              for <Since at={startedAtMs} />
            </span>
          )}
        </div>
        {entry.progress !== undefined && <Progress value={entry.progress} />}
        {entry.cancelling === true && <p class="amber">It was told to stop, and has not answered yet.</p>}
        {error !== undefined &&
          (isLast ? (
            <ErrorText error={error} />
          ) : (
            <details class="timeline-error">
              <summary>{error.split('\n', 1)[0]!.slice(0, 300)}</summary>
              <ErrorText error={error} />
            </details>
          ))}
      </Step>
    </>
  )
}

type StepTone = 'plain' | 'good' | 'live' | 'watch' | 'bad'

function Step({ tone, at, children }: { tone: StepTone; at?: number; children: ComponentChildren }) {
  return (
    <li class={`step step-${tone}`}>
      <div class="step-body">{children}</div>
      {at !== undefined && (
        <div class="step-time faint">
          <Time at={at} />
        </div>
      )}
    </li>
  )
}
