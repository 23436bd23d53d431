// `npm run isolation -- tenants [--tenants 100 --jobs 1000 --concurrency 1000 --json]`: without faults, then with broken connections.
import { parseArgs } from 'node:util'
import { count, time } from '../../measure/words.ts'
import { runTenants, type TenantsReport } from './run.ts'

/** Answers the exit code. */
export async function tenantsMain(args: string[]): Promise<number> {
  const { values } = parseArgs({
    args,
    options: {
      tenants: { type: 'string', default: '100' },
      jobs: { type: 'string', default: '1000' },
      concurrency: { type: 'string', default: '1000' },
      json: { type: 'boolean', default: false },
    },
  })
  const [tenants, jobs, concurrency] = [values.tenants, values.jobs, values.concurrency].map(Number)
  if (!(tenants! >= 2 && jobs! >= 1 && concurrency! >= 2)) {
    console.error('usage: npm run isolation -- tenants [--tenants N --jobs N --concurrency N --json]')
    return 2
  }
  const reports: TenantsReport[] = []
  for (const faults of [false, true]) {
    const report = await runTenants({ tenants: tenants!, jobs: jobs!, concurrency: concurrency!, faults })
    reports.push(report)
    if (!values.json) console.log(told(report, faults))
  }
  if (values.json) console.log(JSON.stringify(reports, undefined, 2))
  return reports.every(({ ok }) => ok) ? 0 : 1
}

function told(report: TenantsReport, faults: boolean): string {
  const { ok, jobs, wallMs, own, foreign, tenantsAtOnce, failed, problems } = report
  const values = Object.values(own).reduce((sum, times) => sum + times, 0)
  const failures = Object.entries(failed).map(([code, times]) => `${code} × ${count(times)}`)
  const lines = [
    `${ok ? 'ok  ' : 'FAIL'} ${faults ? 'with broken connections' : 'undisturbed'}, ${time(wallMs)}: ${count(jobs)} jobs, up to ${tenantsAtOnce} tenants at once`,
    `     ${count(values)} values through ${Object.keys(own).length} doors were the job's own, ${count(foreign.length)} another's`,
    ...(failures.length > 0 ? [`     calls that failed: ${failures.join(', ')}`] : []),
    ...(faults ? [`     faults: ${JSON.stringify(report.faults)}`] : []),
    ...problems.map((problem) => `       ${problem}`),
    ...foreign.map(({ door, expected, seen }) => `       ${door}: ${expected} saw ${seen}`),
  ]
  return lines.join('\n')
}
