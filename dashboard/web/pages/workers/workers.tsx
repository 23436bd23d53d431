import { present } from '../../../model/fleet.ts'
import { useFleet } from '../../data/fleet.ts'
import { Empty, ErrorNote, Loading } from '../../parts/notes.tsx'
import { Elsewhere } from './elsewhere.tsx'
import { WorkerCard } from './worker-card.tsx'
import { WorkersActions } from './workers-actions.tsx'

/** The worker processes of this machine as they are now, those that are gone, and the sessions of other machines. */
export function Workers() {
  const { processes, missing, error, isAsked } = useFleet().value
  const there = present({ processes, missing })
  return (
    <>
      <header class="head">
        <h1>Workers</h1>
        {there.length > 0 && <WorkersActions processes={there} />}
      </header>
      {error !== undefined && <ErrorNote error={error} />}
      {!isAsked && <Loading what="workers" />}
      {missing.map((text) => (
        <p key={text} class="note note-watch" role="status">
          {text}
        </p>
      ))}
      {isAsked && error === undefined && processes.length === 0 && (
        <Empty title="No worker process stands beside this API.">
          <code>fiber-work api</code> serves alone; <code>fiber-work --http 127.0.0.1:7077</code> works and serves.
        </Empty>
      )}
      <div class="cards">
        {processes.map((one) => (
          <WorkerCard key={one.pid} worker={one} successor={there.find((other) => other.process === one.process)} />
        ))}
      </div>
      <Elsewhere here={processes.map(({ snapshot }) => snapshot.worker.session)} />
    </>
  )
}
