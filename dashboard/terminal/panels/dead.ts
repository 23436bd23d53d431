import type { JobView } from '../../../src/client.ts'
import { isCut } from '../../model/dead-sample.ts'
import { failureGroups, failureKey, type FailureGroup } from '../../model/failure-groups.ts'
import { age, count, plural } from '../../model/format.ts'
import { deadCount } from '../../model/health.ts'
import { jobRows } from '../../model/rows.ts'
import { say } from '../line.ts'
import type { Column } from '../table.ts'
import { deadFilter } from '../looks.ts'
import { filterOf, orderOf } from '../view.ts'
import type { World } from '../world.ts'
import { outside, shortId } from './cells.ts'
import { firstLine, jobTarget } from './jobs.ts'
import { content, type PanelContent, type Target } from './panel.ts'

const grouped = new WeakMap<JobView[], FailureGroup[]>()

/** The same list is sorted out once, however often it is drawn. */
export function kindsOf({ data }: World): FailureGroup[] {
  const jobs = data.dead.value?.jobs ?? none
  const known = grouped.get(jobs) ?? failureGroups(jobs)
  grouped.set(jobs, known)
  return known
}

const none: JobView[] = []

/** What has failed for good, by kind of failure; enter leads to the jobs of one. */
export function kindsPanel(world: World): PanelContent {
  const { snapshot, data, view, glyphs } = world
  const jobs = data.dead.value?.jobs ?? []
  const cut = data.dead.value?.cut ?? []
  const columns: Column<FailureGroup>[] = [
    {
      title: 'kind',
      width: { least: 14, grow: 1, most: 26 },
      keep: 9,
      cell: ({ names }) => say(names[0]?.value ?? ''),
    },
    {
      title: 'jobs',
      align: 'right',
      width: 6,
      keep: 9,
      // There may be more than were looked at.
      cell: (row) => say(`${count(row.jobs)}${isCut(row, cut) ? '+' : ''}`, 'red'),
    },
    {
      title: 'last',
      align: 'right',
      width: 5,
      keep: 6,
      cell: ({ newestAt }) => say(age(snapshot.atMs - Date.parse(newestAt)), 'dim'),
    },
    {
      title: 'group',
      width: { least: 14, grow: 1, most: 28 },
      keep: 7,
      cell: ({ groups, jobs: all }) => {
        const [most, ...others] = groups
        if (most === undefined) return say('', 'dim')
        const share = most.jobs === all ? '' : ` ${Math.round((most.jobs / all) * 100)} %`
        return [say(most.value), say(share + (others.length > 0 ? ` and ${others.length} more` : ''), 'dim')]
      },
    },
    { title: 'error', width: { least: 20, grow: 5 }, keep: 8, cell: ({ message }) => outside(message) },
    {
      title: 'queue',
      width: { least: 8, grow: 1, most: 18 },
      keep: 3,
      cell: ({ queues }) => say(queues[0]?.value ?? '', 'dim'),
    },
  ]
  const kinds = kindsOf(world)
  const all = Math.max(deadCount(snapshot), jobs.length)
  const of = cut.length === 0 ? '' : `, told by the newest ${count(jobs.length)}`
  return content(world, {
    panel: 'kinds',
    title: 'KINDS OF FAILURE',
    more: ` ${glyphs.dot} ${plural(all, 'dead job')}${of}`,
    looked: data.dead,
    empty: 'No dead job: nothing waits for you here.',
    rows: kinds,
    key: ({ key }) => key,
    target: (kind) => kindTarget(kind, filterOf(view)),
    columns,
  })
}

/** Exactly its jobs, as far as a filter of the store can say so: what only some have in common is left out. */
function kindTarget({ key, jobs, names, queues, groups, text }: FailureGroup, filter: string): Target & { is: 'kind' } {
  const only = (shares: { value: string; jobs: number }[]) => (shares[0]?.jobs === jobs ? shares[0].value : undefined)
  const [name, queue, group] = [only(names), only(queues), only(groups)]
  return {
    is: 'kind',
    key,
    queue: queues[0]?.value ?? '',
    group: groups[0]?.value,
    filter: {
      ...deadFilter(filter),
      ...(name !== undefined && { name }),
      ...(queue !== undefined && { queue }),
      ...(group !== undefined && { group }),
      ...(text !== undefined && { error: text }),
    },
  }
}

/** The jobs of one kind of failure. */
export function deadPanel(world: World): PanelContent {
  const { snapshot, data, view, glyphs } = world
  const columns: Column<JobView>[] = [
    { title: 'job', width: { least: 14, grow: 1, most: 24 }, keep: 9, cell: ({ name }) => say(name) },
    {
      title: 'died',
      align: 'right',
      width: 5,
      keep: 6,
      cell: ({ settledAt }) => say(settledAt === undefined ? '' : age(snapshot.atMs - Date.parse(settledAt)), 'dim'),
    },
    { title: 'try', align: 'right', width: 3, keep: 4, cell: ({ attempts }) => say(String(attempts), 'text') },
    { title: 'group', width: { least: 8, grow: 1, most: 20 }, keep: 5, cell: ({ group }) => say(group ?? '', 'dim') },
    {
      title: 'error',
      width: { least: 16, grow: 4 },
      keep: 8,
      cell: ({ state, error }) => [
        say(state === 'quarantined' ? 'quarantined ' : '', 'red'),
        outside(firstLine(error)),
      ],
    },
    { title: 'id', width: 13, keep: 2, cell: ({ id }) => say(shortId(id, glyphs.mark), 'faint') },
  ]
  const all = data.dead.value?.jobs ?? []
  const rows = view.kind === undefined ? all : all.filter(({ error }) => failureKey(error) === view.kind)
  return content(world, {
    panel: 'dead',
    title: 'DEAD',
    more: view.kind === undefined ? '' : ` ${glyphs.dot} of this kind`,
    looked: data.dead,
    empty: 'No dead job of this kind any more. esc leads back.',
    rows: jobRows(rows, orderOf(view, 'dead')),
    key: ({ id }) => id,
    target: jobTarget,
    columns,
  })
}
