import { Link } from 'wouter-preact'
import { ApiError, type JobView } from '../../../../src/client.ts'
import { terminalStates } from '../../../../src/contract/job.ts'
import { api } from '../../data/api.ts'
import { useResource } from '../../data/resource.ts'
import { may } from '../../data/session.ts'
import { Answer } from '../../parts/answer.tsx'
import { Empty } from '../../parts/notes.tsx'
import { Facts } from './facts.tsx'
import { JobHead } from './head.tsx'
import { Log } from './log.tsx'
import { Payloads } from './payloads.tsx'
import { Timeline } from './timeline.tsx'

/** All that is known of a job, while it runs and after. */
export function Job({ params: { id = '' } }: { params: Record<string, string | undefined> }) {
  const job = useResource((signal) => api.jobs.get(id, { signal }), ['job', id], {
    everyMs: 1_500,
    on: ['queue.depth'],
  })
  const { value, error } = job.state.value
  if (error instanceof ApiError && error.status === 404) {
    return value === undefined ? <Unknown id={id} /> : <Whole job={value} gone changed={() => job.refresh()} />
  }
  return (
    <Answer of={job} what="the job">
      {(known) => <Whole job={known} changed={() => job.refresh()} />}
    </Answer>
  )
}

function Whole({ job, gone = false, changed }: { job: JobView; gone?: boolean; changed: () => Promise<void> }) {
  const log = useResource(
    () => (may('inspect') ? api.jobs.log(job.id) : Promise.resolve({ lines: [], kept: false })),
    ['log', job.id],
    { everyMs: 3_000 },
  )
  const { lines = [], kept = false } = log.state.value.value ?? {}
  return (
    <>
      <JobHead job={job} gone={gone} changed={changed} />
      {gone && (
        <p class="note note-watch" role="status">
          The store has no record of this job any more. What you see is the last that was known.
        </p>
      )}
      <div class="job-columns">
        <section class="panel" aria-labelledby="timeline">
          <h2 id="timeline">Timeline</h2>
          <div class="box">
            <Timeline job={job} />
          </div>
        </section>
        <section class="panel" aria-labelledby="facts">
          <h2 id="facts">About it</h2>
          <Facts job={job} />
        </section>
      </div>
      <Payloads job={job} />
      {may('inspect') && (
        <section class="panel" aria-labelledby="log">
          <h2 id="log">Log</h2>
          <div class="box">
            <Log lines={lines} kept={kept} ended={(terminalStates as readonly string[]).includes(job.state)} />
          </div>
        </section>
      )}
    </>
  )
}

function Unknown({ id }: { id: string }) {
  return (
    <>
      <h1>Job</h1>
      <Empty title="There is no job with this id.">
        <p class="long">{id}</p>
        It was never there, was removed, or has ended and its time was over: done jobs are kept for an hour by default.{' '}
        <Link href="/jobs">All jobs</Link>
      </Empty>
    </>
  )
}
