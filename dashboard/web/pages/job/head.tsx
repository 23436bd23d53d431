import type { JobView } from '../../../../src/client.ts'
import { Badge, StateBadge } from '../../parts/badge.tsx'
import { Copy } from '../../parts/copy.tsx'
import { JobActions } from './actions.tsx'

interface Props {
  job: JobView
  gone: boolean
  changed: () => Promise<void>
}

/** Which job it is, how it stands, and what may be done to it. */
export function JobHead({ job, gone, changed }: Props) {
  return (
    <div class="job-head">
      <div class="head">
        <h1>{job.name}</h1>
        <StateBadge state={job.state} />
        {job.cancelling === true && <Badge tone="amber">told to stop</Badge>}
        {gone ? null : <JobActions job={job} changed={changed} />}
      </div>
      <p class="job-id">
        <code>{job.id}</code>
        <Copy text={job.id} what="the id" />
      </p>
    </div>
  )
}
