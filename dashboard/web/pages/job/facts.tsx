import type { ComponentChildren } from 'preact'
import { Link } from 'wouter-preact'
import type { JobView } from '../../../../src/client.ts'
import { duration } from '../../../model/format.ts'
import { api } from '../../data/api.ts'
import { useResource } from '../../data/resource.ts'
import { Badge } from '../../parts/badge.tsx'
import { Copy } from '../../parts/copy.tsx'
import { Long } from '../../parts/long.tsx'
import { Since, Time } from '../../parts/time.tsx'
import { jobHref, jobsHref } from '../jobs/filter-state.ts'

/** What stands in its record. What is not set is left out. */
export function Facts({ job }: { job: JobView }) {
  const definitions = useResource(() => api.jobs.definitions(), ['definitions'])
  const definition = definitions.state.value.value?.find(({ name, queue }) => name === job.name && queue === job.queue)
  const { group, tags = [], unique } = job
  return (
    <dl class="facts">
      <Fact name="Queue">
        <Link href={`/queues/${encodeURIComponent(job.queue)}`}>{job.queue}</Link>
      </Fact>
      {group !== undefined && (
        <Fact name="Group">
          <Link href={jobsHref({ queue: job.queue, group })}>{group}</Link>
        </Fact>
      )}
      <Fact name="Priority">{job.priority}</Fact>
      <Fact name="Attempts">
        {job.attempts}
        {definition !== undefined && <span class="faint"> of {definition.attempts}</span>}
        {job.crashes > 0 && <span class="amber"> · its worker died {job.crashes}×</span>}
      </Fact>
      {tags.length > 0 && (
        <Fact name="Tags">
          {tags.map((tag) => (
            <Link key={tag} href={jobsHref({ tag })} class="tag">
              {tag}
            </Link>
          ))}
        </Fact>
      )}
      {unique !== undefined && (
        <Fact name="Unique key">
          <Long text={unique.key} max={80} /> <span class="faint">{unique.mode}</span>
        </Fact>
      )}
      <Times job={job} />
      {job.session !== undefined && (
        <Fact name="Worker">
          <code>{job.session}</code>
        </Fact>
      )}
      <Headers job={job} />
      {job.encrypted !== undefined && (
        <Fact name="Encrypted">
          <Badge tone="amber">{job.encrypted}</Badge>
        </Fact>
      )}
    </dl>
  )
}

function Times({ job: { state, enqueuedAt, startedAt, settledAt, dueAt } }: { job: JobView }) {
  return (
    <>
      <Fact name="Enqueued">
        <Time at={enqueuedAt} />
      </Fact>
      {state === 'delayed' && dueAt !== undefined && (
        <Fact name="Due">
          <Time at={dueAt} />
        </Fact>
      )}
      {startedAt !== undefined && (
        <Fact name="Started">
          <Time at={startedAt} />
        </Fact>
      )}
      {state === 'running' && startedAt !== undefined && (
        <Fact name="Running for">
          <Since at={startedAt} />
        </Fact>
      )}
      {settledAt !== undefined && (
        <Fact name="Ended">
          <Time at={settledAt} />
          {startedAt !== undefined && (
            <span class="faint"> after {duration(Math.max(0, Date.parse(settledAt) - Date.parse(startedAt)))}</span>
          )}
        </Fact>
      )}
    </>
  )
}

/** What headers say that is of use to a reader. */
function Headers({ job: { headers = {}, group } }: { job: JobView }) {
  const trace = headers['traceparent']?.split('-')[1]
  const from = headers['fiber-work-rerun-of']
  const tenant = headers['fiber-work-tenant']
  return (
    <>
      {tenant !== undefined && tenant !== group && <Fact name="Tenant">{tenant}</Fact>}
      {trace !== undefined && (
        <Fact name="Trace">
          <code class="cut">{trace}</code>
          <Copy text={trace} what="the trace id" />
        </Fact>
      )}
      {from !== undefined && (
        <Fact name="Made from">
          <Link href={jobHref(from)} class="long">
            {from}
          </Link>
        </Fact>
      )}
    </>
  )
}

function Fact({ name, children }: { name: string; children: ComponentChildren }) {
  return (
    <div class="fact">
      <dt>{name}</dt>
      <dd>{children}</dd>
    </div>
  )
}
