import type { WorkerView } from '../../../src/client.ts'
import { age, bytes, duration, percent } from '../../model/format.ts'
import { heapShare, loopIsLate } from '../../model/health.ts'
import type { ProcessRow } from '../../model/merge.ts'
import { matches, sorted } from '../../model/rows.ts'
import { whyNothing } from '../error-text.ts'
import { fitLine, say, wrap, type Line } from '../line.ts'
import { table, type Column } from '../table.ts'
import { filterOf, orderOf } from '../view.ts'
import type { World } from '../world.ts'
import { number, outside, time } from './cells.ts'
import { content, type PanelContent } from './panel.ts'

export function processesPanel(world: World): PanelContent {
  const { processes, view, snapshot } = world
  return content(world, {
    panel: 'processes',
    title: 'WORKER PROCESSES HERE',
    empty: 'No worker process stands beside this API: its store is worked elsewhere, or not at all.',
    rows: sorted(
      processes.filter((row) => matches(filterOf(view), [String(row.pid), row.snapshot.worker.state])),
      orderOf(view, 'processes'),
      {
        place: (row) => -row.process,
        cpu: (row) => row.snapshot.cpu,
        memory: (row) => row.snapshot.memory.rssBytes,
        loop: (row) => row.snapshot.loopDelayMs.p99,
      },
    ),
    key: ({ process, pid }) => `${process} ${pid}`,
    columns: processColumns(snapshot.atMs),
  })
}

function processColumns(nowMs: number): Column<ProcessRow>[] {
  return [
    { title: 'pid', width: 22, keep: 9, cell: ({ pid }) => say(`pid ${pid}`) },
    {
      title: 'state',
      width: 9,
      keep: 8,
      cell: ({ snapshot: { worker } }) => say(worker.state, worker.state === 'running' ? 'blue' : 'orange'),
    },
    {
      title: 'up',
      align: 'right',
      width: 4,
      keep: 2,
      cell: ({ snapshot: one }) => say(age(nowMs - one.worker.startedAtMs), 'dim'),
    },
    {
      title: 'fibers',
      align: 'right',
      width: 7,
      keep: 8,
      cell: ({ snapshot: one }) => number(one.fibers.running, 'blue'),
    },
    { title: 'of', align: 'right', width: 7, keep: 7, cell: ({ snapshot: one }) => number(one.fibers.allowed) },
    { title: 'done', align: 'right', width: 7, keep: 4, cell: ({ snapshot: one }) => number(one.totals.done) },
    { title: 'p99', align: 'right', width: 7, keep: 4, cell: ({ snapshot: one }) => time(one.runMs?.p99) },
    {
      title: 'loop p99',
      align: 'right',
      width: 8,
      keep: 7,
      cell: ({ snapshot: one }) => time(one.loopDelayMs.p99, loopIsLate(one) ? 'orange' : 'text'),
    },
    {
      title: 'busy',
      align: 'right',
      width: 5,
      keep: 3,
      cell: ({ snapshot: one }) => say(percent(one.loopUtilisation)),
    },
    { title: 'cpu', align: 'right', width: 5, keep: 5, cell: ({ snapshot: one }) => say(percent(one.cpu)) },
    {
      title: 'memory',
      align: 'right',
      width: 8,
      keep: 6,
      cell: ({ snapshot: one }) => say(bytes(one.memory.rssBytes)),
    },
    {
      title: 'heap',
      align: 'right',
      width: 5,
      keep: 3,
      cell: ({ snapshot: one }) => say(percent(heapShare(one)), heapShare(one) > 0.85 ? 'red' : 'text'),
    },
  ]
}

/** What is wrong with the processes, and who else works the store. */
export function belowProcesses(world: World, columns: number, rows: number): Line[] {
  const lines = [...troubles(world, columns)]
  const { data, glyphs } = world
  const here = new Set(world.processes.map(({ snapshot }) => snapshot.worker.session))
  const others = (data.workers.value ?? []).filter(({ session }) => !here.has(session))
  const error = data.workers.error
  const elsewhere = table(workerColumns(world), others, {
    columns,
    rows: Math.max(rows - lines.length, 0),
    title: [say('WORKERS ELSEWHERE', 'strong', { bold: true }), say(` ${others.length}`, 'dim')],
    empty: error === undefined ? 'Nobody else works this store.' : whyNothing(error),
    ...(error !== undefined && { emptyTone: 'orange' as const }),
    selected: -1,
    mark: glyphs.mark,
  })
  return [...lines, ...elsewhere].slice(0, rows)
}

/** Who does not answer, and what blocked a loop: the job and the line. */
function troubles({ processes, missing, snapshot, glyphs }: World, columns: number): Line[] {
  const lines: Line[] = []
  for (const text of missing)
    lines.push(fitLine([say(`${glyphs.warning} `, 'red'), say(text, 'red')], columns, glyphs.mark))
  for (const { pid, snapshot: one } of processes) {
    const { blocked } = one
    if (blocked === undefined) continue
    const ago = `${age(snapshot.atMs - blocked.atMs)} ago`
    const who =
      blocked.name === undefined ? 'by no job' : `by ${blocked.sure === 'exact' ? '' : 'perhaps '}${blocked.name}`
    lines.push(
      fitLine(
        [
          say('BLOCKED LOOP', 'strong', { bold: true }),
          say(` pid ${pid}: for ${duration(blocked.blockedMs)} ${who}, ${ago}`, 'orange'),
        ],
        columns,
        glyphs.mark,
      ),
    )
    for (const text of wrap(
      blocked.at?.replace('file://', '') ?? 'at a line that could not be told',
      columns - 4,
      3,
      glyphs.mark,
    ))
      lines.push(fitLine([say('    '), outside(text)], columns, glyphs.mark))
  }
  return lines.length === 0 ? [] : [...lines, []]
}

function workerColumns({ snapshot }: World): Column<WorkerView>[] {
  return [
    { title: 'worker', width: { least: 22, grow: 1, most: 60 }, keep: 9, cell: ({ session }) => say(session) },
    { title: 'holds', align: 'right', width: 7, keep: 8, cell: ({ held }) => number(held, 'blue') },
    {
      title: 'up',
      align: 'right',
      width: 4,
      keep: 6,
      cell: ({ openedAt }) => say(age(snapshot.atMs - Date.parse(openedAt)), 'dim'),
    },
    {
      title: 'lease for',
      align: 'right',
      width: 9,
      keep: 7,
      cell: ({ leaseUntil }) => {
        const leftMs = Date.parse(leaseUntil) - snapshot.atMs
        return leftMs < 0 ? say('lapsed', 'red') : say(duration(leftMs))
      },
    },
  ]
}
