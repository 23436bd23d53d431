import { concerns } from '../../drivers/conformance/concerns.ts'
import type { DriverTraits } from '../../src/contract/driver.ts'
import { count, time } from '../../stress/measure/words.ts'
import type { Evidence, Laws, SizedFault } from './evidence.ts'
import type { Shown } from './drivers.ts'
import { promises } from './promises.ts'

/** docs/semantics.md, from what the suites have shown. */
export function semanticsPage(evidence: Evidence, drivers: readonly Shown[]): string {
  const shown = drivers.filter(({ name }) => evidence.laws[name] !== undefined)
  const heads = shown.map(({ url }) => `\`${url}\``)
  return `# What each store promises

<!-- Made by \`npm run semantics\`, which runs the suites, and \`npm run docs\` from what they left in semantics.json. -->

Nothing on this page is written by hand: it says what the conformance suite and the chaos runs have shown of each driver. Delivery is *at least once*
on every store; an effect is exactly once only where it is written in the store's own transaction ([transactions](transactions.md)).

**yes**: every law of the row holds. **no**: the driver says by its traits that it cannot, and keeps the laws of those that cannot (it refuses, or tells).
**in part**: so many of the laws that a store without any lack keeps. The row's name leads to all of them, one by one, and to what those keep that lack something: a message that RabbitMQ or SQS\ngives out again is not taken back by a sweep, for example.

${table(['promise', ...heads], [...promises.map((row) => promiseRow(row, evidence, shown)), ...traitRows(shown)])}

## Faults

What was done to real worker processes on a real store, in the middle of many jobs (\`npm run chaos -- --url STORE\`): jobs lost, executions that no fault explains, verdicts
accepted from a worker that had lost its loan. *Again* is how long it took from the fault until the jobs that it hit ran again (p99: a lease, and who sweeps), *recovery* until work went on.
*Quick* is a run with short leases, and with fewer rounds of the fault. What each cell does, and what a store has none of: [stress](../stress/README.md#chaos).

${shown.map((driver) => faultsOf(driver, evidence)).join('') || 'No run is on record yet: the tests run the quick cells, and nothing is claimed here of recovery times.\n\n'}## Law by law

Each row is a test of that name, in [drivers/conformance](../drivers/conformance/README.md). ✓ it holds; ○ the driver says that it cannot, and keeps the law of those that cannot;
· it says that it cannot, and there is nothing else to keep; a number: left out, and why stands below the table.

${promises.map(({ concern, promise }) => lawTable(concern, promise, evidence, shown)).join('\n')}`
}

function promiseRow({ concern, promise }: (typeof promises)[number], { laws }: Evidence, shown: readonly Shown[]) {
  const promised = lawsOf(concern).filter((law) => references.some((name) => laws[name]?.[law] === undefined))
  return [`[${promise}](#${anchorOf(promise)})`, ...shown.map(({ name }) => verdictOf(promised, laws[name]!))]
}

/** They claim every trait: what neither of them is asked for is a law of those who have less. */
const references = ['memory', 'sqlite']

/** All hold, none does, or how many. */
function verdictOf(names: readonly string[], laws: Laws): string {
  const held = names.filter((name) => laws[name] === undefined).length
  const failed = names.some((name) => laws[name]?.outcome === 'failed')
  if (failed) return '**broken**'
  if (held === names.length) return 'yes'
  // A law that only asks what nothing costs holds everywhere: it is no promise by itself.
  const able = names.filter((name) => laws[name] === undefined || laws[name].outcome === 'skipped').length
  if (held === 0 || able <= names.length / 10) return 'no'
  return `in part: ${held} of ${names.length}`
}

function traitRows(shown: readonly Shown[]): string[][] {
  const row = (what: string, of: (traits: DriverTraits) => string) => [
    what,
    ...shown.map(({ driver }) => of(driver.traits)),
  ]
  return [
    row('Survives', ({ durable }) =>
      durable === 'none'
        ? 'nothing'
        : `the end of the ${durable}`
            .replace('the end of the power', 'a power cut')
            .replace('the end of the system', 'a system crash'),
    ),
    row('Who holds the lease', ({ lease }) => `the ${lease}`),
    row(
      'Where a late worker is refused',
      ({ fence }) => ({ store: 'in the store', advisory: 'told, where the broker tells', none: 'nowhere' })[fence],
    ),
    row('Longest delay', ({ delayMsMax }) =>
      delayMsMax === 0 ? 'none' : `${count(Math.round(delayMsMax / 86_400_000 / 365))} years`,
    ),
  ]
}

function faultsOf({ name, url }: Shown, { faults }: Evidence): string {
  const seen = faults[name]
  if (seen === undefined || seen.length === 0) return ''
  const times = ['again, p99', 'recovery, p99']
  const heads = ['fault', 'jobs', 'executions', 'lost', 'unexplained', 'late verdicts accepted', ...times]
  return `### \`${url}\`\n\n${table(heads, seen.map(faultRow))}\n\n`
}

function faultRow(fault: SizedFault): string[] {
  const { about, ok, jobs, quick, againP99Ms, recoveryP99Ms } = fault
  const ms = (value: number | undefined) => (value === undefined ? '' : time(value))
  const numbers = [fault.executions, fault.lost, fault.unexplained, fault.staleAccepted].map(count)
  const size = `${count(jobs)}${quick ? ', quick' : ''}`
  return [ok ? about : `**broken:** ${about}`, size, ...numbers, ms(againP99Ms), ms(recoveryP99Ms)]
}

function lawTable(concern: string, promise: string, { laws }: Evidence, shown: readonly Shown[]): string {
  const reasons: string[] = []
  const noteOf = (reason: string): string => {
    if (!reasons.includes(reason)) reasons.push(reason)
    return `${reasons.indexOf(reason) + 1}`
  }
  const rows = lawsOf(concern).map((law) => [
    law,
    ...shown.map(({ name }) => {
      const told = laws[name]![law]
      if (told?.outcome === 'skipped') return noteOf(told.reason ?? '')
      return { held: '✓', instead: '○', cannot: '·', failed: '**broken**', skipped: '' }[told?.outcome ?? 'held']
    }),
  ])
  const notes = reasons.map((reason, at) => `${at + 1}. ${escaped(reason)}`).join('\n')
  const heads = ['law', ...shown.map(({ url }) => `\`${url}\``)]
  return `### ${promise}\n\n${table(heads, rows)}\n${notes === '' ? '' : `\n${notes}\n`}`
}

const lawsOf = (concern: string): string[] =>
  concerns.find(({ name }) => name === concern)!.laws.map(({ name }) => name)

/** As the sites that show Markdown make it of a heading. */
const anchorOf = (heading: string): string =>
  heading
    .toLowerCase()
    .replaceAll(/[^\p{L}\p{N} -]/gu, '')
    .replaceAll(' ', '-')

const escaped = (text: string): string => text.replaceAll('|', '\\|').replaceAll('<', '&lt;')

function table(heads: string[], rows: string[][]): string {
  const line = (cells: string[]) => `| ${cells.map(escaped).join(' | ')} |`
  return [line(heads), line(heads.map(() => '---')), ...rows.map(line)].join('\n')
}
