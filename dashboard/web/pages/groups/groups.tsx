import { useHeld } from '../../data/held.ts'
import { useQueryState } from '../../data/query.ts'
import { useQueues } from '../../data/queues.ts'
import { Answer } from '../../parts/answer.tsx'
import { Empty } from '../../parts/notes.tsx'
import { Search } from '../../parts/search.tsx'
import { GroupsTable } from './groups-table.tsx'
import { HeldBack } from './held-back.tsx'

/** Who is throttled and why, and what limits whom. */
export function Groups() {
  const queues = useQueues()
  const held = useHeld()
  const [asked, setQueue] = useQueryState('queue')
  const [search, setSearch] = useQueryState('q')
  const known = held.state.value.value
  // Where somebody is held back one looks first.
  const first =
    known?.queues.find(({ groups }) => groups.some((group) => group.held !== undefined))?.queue ??
    known?.queues[0]?.queue ??
    queues.state.value.value?.[0]?.queue
  const queue = asked || first
  return (
    <>
      <header class="head">
        <h1>Groups &amp; limits</h1>
        <div class="head-end">
          <Answer of={queues} what="queues">
            {(rows) => (
              <select aria-label="Queue" value={queue} onChange={(event) => setQueue(event.currentTarget.value)}>
                {rows.map((row) => (
                  <option key={row.queue}>{row.queue}</option>
                ))}
              </select>
            )}
          </Answer>
          <Search value={search} change={setSearch} label="Groups whose name contains" />
        </div>
      </header>
      <Answer of={held} what="what is held back">
        {(value) => <HeldBack held={value} shown={queue} changed={held.refresh} choose={setQueue} />}
      </Answer>
      {queue === undefined ? (
        queues.state.value.value !== undefined && (
          <Empty title="There is no queue yet.">Groups are parts of queues.</Empty>
        )
      ) : (
        <GroupsTable key={queue} queue={queue} search={search} />
      )}
    </>
  )
}
