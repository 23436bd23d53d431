import type { ComponentChildren } from 'preact'
import type { Snapshot, WorkerState } from '../../../../src/contract/dashboard.ts'
import { type SeenProcess, silentMs } from '../../../model/fleet.ts'
import { count, duration } from '../../../model/format.ts'
import type { Sample } from '../../../model/history.ts'
import { cutReason, heapShare, heapShareMax, loopIsLate, shortPlace } from '../../../model/health.ts'
import { nowMs } from '../../data/clock.ts'
import { Badge, type BadgeTone } from '../../parts/badge.tsx'
import { Bytes, Count, Duration, Percent } from '../../parts/numbers.tsx'
import { Copy } from '../../parts/copy.tsx'
import { Level } from '../../parts/level.tsx'
import { Spark } from '../../parts/spark.tsx'
import { Since, Time } from '../../parts/time.tsx'

const shownSeconds = 60

interface Props {
  worker: SeenProcess
  /** Who stands in its place now, itself or another. */
  successor: SeenProcess | undefined
}

/** One process: how it is, and what it is at. One that is gone stays, and says so. */
export function WorkerCard({ worker, successor }: Props) {
  const { process, pid, snapshot, gone, seenAtMs } = worker
  const { worker: about } = snapshot
  const silent = nowMs.value - seenAtMs
  const isSilent = gone === undefined && silent > silentMs
  return (
    <article
      class={`card ${gone !== undefined && !gone.asked ? 'card-red' : ''} ${gone === undefined ? '' : 'card-gone'}`}
      aria-label={`Worker ${process}, pid ${pid}`}
    >
      <header class="card-head">
        <h2>Worker {process}</h2>
        <span class="faint">pid {pid}</span>
        {gone === undefined ? (
          <State state={about.state} />
        ) : (
          <Badge tone={gone.asked ? 'grey' : 'red'}>{gone.asked ? 'ended' : 'gone'}</Badge>
        )}
      </header>
      {gone !== undefined && (
        <p class={gone.asked ? 'faint' : 'red'} role="alert">
          {gone.asked ? 'It ended' : 'It is gone'} <Time at={gone.atMs} />
          {gone.how !== undefined && `: ${gone.how}`}.{' '}
          {successor === undefined ? 'Nobody has taken its place yet.' : `Pid ${successor.pid} has taken its place.`}{' '}
          Its jobs go back to their queues.
        </p>
      )}
      {isSilent && (
        <p class="amber" role="status">
          It has said nothing for {duration(silent)}: its event loop may be blocked.
        </p>
      )}
      {gone === undefined && <Now snapshot={snapshot} />}
      <Blocked snapshot={snapshot} />
      <Figures worker={worker} />
      <p class="card-foot faint">
        {hostOf(about.session)} <Copy text={about.session} what="session" /> · fiber-work {about.version} ·{' '}
        {about.driver} ·{' '}
        {gone === undefined ? (
          <>
            up <Since at={about.startedAtMs} />
          </>
        ) : (
          <>
            started <Time at={about.startedAtMs} />
          </>
        )}
      </p>
    </article>
  )
}

function Figures({ worker: { snapshot, history } }: { worker: SeenProcess }) {
  const series = (of: (sample: Sample) => number) => history.samples.slice(-shownSeconds).map(of)
  return (
    <dl class="card-figures">
      <Figure
        title="Loop delay, p99"
        spark={
          <Spark
            label="Loop delay, lately"
            tone={loopIsLate(snapshot) ? 'amber' : 'grey'}
            values={series(({ loopP99Ms }) => loopP99Ms)}
          />
        }
      >
        <Duration value={snapshot.loopDelayMs.p99} tone={loopIsLate(snapshot) ? 'amber' : undefined} />
      </Figure>
      <Figure
        title="CPU, of a core"
        spark={<Spark label="CPU, lately" tone="grey" values={series(({ cpu }) => cpu * 100)} />}
      >
        <Percent value={snapshot.cpu} />
      </Figure>
      <Figure
        title="Memory"
        spark={<Spark label="Memory, lately" tone="grey" values={series(({ rssBytes }) => rssBytes)} />}
      >
        <Bytes value={snapshot.memory.rssBytes} />
      </Figure>
      <Figure title="Heap, of limit">
        <Percent value={heapShare(snapshot)} tone={heapShare(snapshot) > heapShareMax ? 'red' : undefined} />
      </Figure>
      <Figure title="Done">
        <Count value={snapshot.totals.done} />
      </Figure>
      <Figure title="Retried">
        <Count value={snapshot.totals.retried} tone="amber" />
      </Figure>
      <Figure title="Dead">
        <Count value={snapshot.totals.dead + snapshot.totals.quarantined} tone="red" />
      </Figure>
      <Figure title="Zombies, stuck">
        <Count value={snapshot.totals.zombies + snapshot.totals.stuck} tone="amber" />
      </Figure>
    </dl>
  )
}

function Now({ snapshot }: { snapshot: Snapshot }) {
  const { running, waiting, concurrency, allowed } = snapshot.fibers
  const why = cutReason(snapshot)
  return (
    <p class="card-now">
      <span class={`card-running ${running > 0 ? 'blue' : 'faint'}`}>{count(running)}</span> in flight of{' '}
      {count(concurrency)}
      <Level value={running} most={concurrency} label="In flight" />
      {waiting > 0 && <span class="faint">{count(waiting)} about to start</span>}
      {why !== undefined && allowed < concurrency && (
        <span class="amber">
          takes only {count(allowed)}: {why}
        </span>
      )}
    </p>
  )
}

/** Who held up the event loop last: the job, and the line. */
function Blocked({ snapshot: { blocked } }: { snapshot: Snapshot }) {
  if (blocked === undefined) return null
  const recent = nowMs.value - blocked.atMs < 120_000
  const who = blocked.name ?? 'something'
  return (
    <p class={recent ? 'red' : 'faint'}>
      {blocked.sure === 'exact' || blocked.name === undefined ? who : `perhaps ${who}`} blocked the loop for{' '}
      {duration(blocked.blockedMs)}, <Time at={blocked.atMs} />
      {blocked.at !== undefined && (
        <>
          {' '}
          <span class="card-place">
            at <code title={blocked.at}>{shortPlace(blocked.at)}</code>
          </span>
        </>
      )}
    </p>
  )
}

const tones: Record<WorkerState, BadgeTone> = {
  starting: 'grey',
  running: 'blue',
  paused: 'amber',
  draining: 'amber',
  stopped: 'grey',
}

function State({ state }: { state: WorkerState }) {
  return <Badge tone={tones[state]}>{state}</Badge>
}

function Figure({ title, spark, children }: { title: string; spark?: ComponentChildren; children: ComponentChildren }) {
  return (
    <div class="card-figure">
      <dt>{title}</dt>
      <dd>
        {children}
        {spark}
      </dd>
    </div>
  )
}

/** A session is `host:pid:nonce`. */
export function hostOf(session: string): string {
  return session.split(':').slice(0, -2).join(':') || session
}
