import type { Command } from 'commander'
import type { ContextStyle } from '../contract/context-probe.ts'
import { plain } from '../base/text.ts'
import { FiberWorkError } from '../contract/errors.ts'
import type { ContextLoss } from '../contract/events.ts'
import type { Finding } from '../contract/finding.ts'
import type { ClientReport } from '../isolation/context/report.ts'
import { loadContext } from './context.ts'
import { exitCodes } from './exit-codes.ts'
import { collect, type Given } from './flags.ts'
import { type Format, paint } from './output.ts'
import { table } from './table.ts'

const jobs = 50
/** For opening a client, and for each way to call it. */
const deadlineMs = 10_000

export function addContextFlags(command: Command): Command {
  return command
    .option('--context', 'instead: which clients keep the job in whose name they are called, in which style')
    .option(
      '--client <NAME[=URL]>',
      'with --context: only this client, and where its server is; several times',
      collect,
    )
    .option(
      '--style <STYLE>',
      'with --context: only this style (promise, then, pooled, callback, event, stream); several times',
      collect,
    )
}

export function asksForContext({ context, client, style }: Given): boolean {
  return context === true || client !== undefined || style !== undefined
}

/** `fiber-work doctor --context`. Ends with 1 when a client bleeds that need not be used so, or when an awaited promise loses its job. */
export async function contextDoctor(given: Given): Promise<void> {
  const { loaded, settings, output } = await loadContext(given)
  for (const warning of loaded.warnings) output.warn(warning)
  const [{ contextLosses }, { targetsOf }, { reportOn, worst }] = await Promise.all([
    import('../isolation/context/canary.ts'),
    import('../isolation/context/targets.ts'),
    import('../isolation/context/report.ts'),
  ])
  const styles = await stylesOf(given['style'] as string[] | undefined)
  const targets = targetsOf({
    asked: (given['client'] as string[] | undefined) ?? [],
    own: loaded.contextProbes,
    storeUrl: settings.url,
    variables: process.env,
  })
  // What the process itself loses, no client can keep.
  const lost = await contextLosses()
  const clients: ClientReport[] = []
  for (const target of targets) {
    const report = await reportOn(target, process.cwd(), { jobs, deadlineMs, ...(styles !== undefined && { styles }) })
    if (report !== undefined) clients.push(report)
  }
  const ok = lost.length === 0 && worst(clients.map(({ state }) => state)) !== 'fail'
  output.answer({ ok, node: process.version, jobs, lost, clients }, () => textOf(clients, lost, ok))
  if (!ok) process.exitCode = exitCodes.failed.code
}

async function stylesOf(asked: string[] | undefined): Promise<ContextStyle[] | undefined> {
  if (asked === undefined) return undefined
  const { styleNames } = await import('../isolation/context/styles.ts')
  const known: readonly string[] = styleNames
  const wrong = asked.find((style) => !known.includes(style))
  if (wrong === undefined) return asked as ContextStyle[]
  throw new FiberWorkError('FW_CONFIG_INVALID', `--style is ${JSON.stringify(wrong)}; allowed are ${known.join(', ')}.`)
}

interface Row {
  client: string
  style: string
  what: string
  kept: string
  verdict: string
}

function rowsOf({ client, version, ways = [], opened }: ClientReport): Row[] {
  const name = version === undefined ? client : `${client} ${version}`
  const rows = ways.map(({ style, what, verdict, kept, of }) => ({
    client: name,
    style,
    what,
    kept: `${kept} of ${of}`,
    verdict,
  }))
  if (opened === undefined) return rows
  const { direct, outside } = opened
  const verdict =
    direct.held === 0 ? 'frees its job' : outside.held === 0 ? 'holds its job; not through outside' : 'holds its job'
  return [
    ...rows,
    {
      client: name,
      style: 'opened',
      what: 'opened inside a job',
      kept: `${direct.held} of ${direct.of} held`,
      verdict,
    },
  ]
}

function textOf(clients: readonly ClientReport[], lost: readonly ContextLoss[], ok: boolean): string {
  const shown = table(clients.flatMap(rowsOf), [
    { title: 'CLIENT', cell: ({ client }) => client },
    { title: 'STYLE', cell: ({ style }) => style },
    { title: 'HOW', cell: ({ what }) => what, stretch: true },
    { title: 'KEPT', cell: ({ kept }) => kept, align: 'right' },
    { title: 'VERDICT', cell: ({ verdict }) => verdict },
  ])
  const notes = [...lost.map(lossNote), ...clients.flatMap(notesOf)]
  const failed = clients.filter(({ state }) => state === 'fail').length
  const verdict = ok
    ? paint('green', 'No client hands one job to another.')
    : paint(
        'red',
        lost.length > 0 ? 'This process loses jobs by itself.' : `${failed} of ${clients.length} clients failed.`,
      )
  return [shown, '', ...notes, ...(notes.length === 0 ? [] : ['']), verdict].join('\n')
}

function lossNote({ what, replaced, kept, of }: ContextLoss): string {
  const who = replaced ? ', which somebody has replaced,' : ''
  return noteOn('fail', `this process: after ${what}${who} ${of - kept} of ${of} jobs were lost`)
}

function notesOf(report: ClientReport): string[] {
  const { client, skipped, error, ways = [] } = report
  return [
    ...(skipped === undefined ? [] : [noteOn(report.state, `${client}: not looked at, ${skipped}`)]),
    ...(error === undefined ? [] : [noteOn(report.state, `${client}: ${error}`)]),
    ...ways
      .filter(({ verdict }) => verdict !== 'kept')
      .map(({ state, what, verdict, advice, error: why }) =>
        noteOn(
          state,
          `${client}: ${what} ${verdict === 'bleeds' ? 'goes on in another job' : verdict === 'lost' ? 'goes on in no job' : `failed: ${why ?? ''}`}${advice === undefined ? '' : `; ${advice}`}`,
        ),
      ),
  ]
}

const marks: Record<Finding['state'], [string, Format]> = {
  ok: ['note', 'dim'],
  warn: ['warn', 'yellow'],
  fail: ['FAIL', 'red'],
}

function noteOn(state: Finding['state'], text: string): string {
  const [mark, format] = marks[state]
  return `${paint(format, mark)} ${plain(text)}`
}
