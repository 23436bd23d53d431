import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { needPromtool } from '../../../test/support/prometheus.ts'
import { root } from '../../../test/support/project.ts'
import { type Metric, metrics } from './table.ts'

const alertsFile = join(root, 'deploy/prometheus/alerts.yml')
const alerts = readFileSync(alertsFile, 'utf8')
const dashboard = readFileSync(join(root, 'deploy/grafana/fiber-work.json'), 'utf8')

/** Every metric that a text asks for, with the labels that stand in its braces. */
function asked(text: string): { name: string; labels: string[] }[] {
  return [...text.matchAll(/\b(fiber_work_\w+)(?:\{([^}]*)\})?/g)].map(([, name, braces = '']) => ({
    name: name!,
    labels: [...braces.matchAll(/(\w+)\s*(?:=~|!~|!=|=)/g)].map(([, label]) => label!),
  }))
}

describe.each([
  ['the rules', alerts],
  ['the dashboard', dashboard.replaceAll('\\"', '"')],
])('%s', (_, text) => {
  test('ask for metrics and labels that there are', () => {
    const known = new Map<string, readonly string[]>()
    for (const [name, { type, labels }] of Object.entries(metrics) as [string, Metric][]) {
      known.set(name, labels)
      if (type !== 'histogram') continue
      for (const part of ['_bucket', '_sum', '_count']) known.set(name + part, [...labels, 'le'])
    }
    const ofPrometheus = ['job', 'instance', 'process']
    const wrong = asked(text).flatMap(({ name, labels }) => {
      const has = known.get(name)
      if (has === undefined) return name
      return labels
        .filter((label) => !has.includes(label) && !ofPrometheus.includes(label))
        .map((at) => `${name}{${at}}`)
    })
    expect(asked(text).length).toBeGreaterThan(30)
    expect(wrong).toEqual([])
  })
})

test('promtool takes the rules and the example of a configuration', (context) => {
  needPromtool(context)
  for (const [what, file] of [
    ['rules', 'alerts.yml'],
    ['config', 'prometheus.yml'],
  ] as const) {
    const { status, stdout, stderr } = spawnSync('promtool', ['check', what, file], {
      cwd: join(root, 'deploy/prometheus'),
      encoding: 'utf8',
    })
    expect([what, status, stdout + stderr]).toEqual([what, 0, expect.stringContaining('SUCCESS') as string])
  }
})

interface Weather {
  name: string
  /** Series, and their values by the minute in promtool's notation. */
  series: Record<string, string>
  /** After so long, which alerts burn. */
  at: string
  firing: string[]
}

const queue = 'job="fiber-work",queue="mails"'
const started = (values: string) => ({ [`fiber_work_job_wait_seconds_count{${queue}}`]: values })
const oldest = (values: string) => ({ [`fiber_work_queue_oldest_ready_seconds{${queue}}`]: values })
const running = (values: string) => ({ [`fiber_work_queue_jobs{${queue},state="running"}`]: values })
const ready = (values: string) => ({ [`fiber_work_queue_jobs{${queue},state="ready"}`]: values })
const paused = (values: string) => ({ [`fiber_work_queue_paused{${queue}}`]: values })
const ended = (outcome: string, values: string) => ({
  [`fiber_work_jobs_total{${queue},name="send",outcome="${outcome}"}`]: values,
})

const weathers: Weather[] = [
  {
    name: 'a queue that nobody works is no progress',
    series: { ...started('5x20'), ...oldest('0+60x20'), ...running('0x20'), ...paused('0x20') },
    ...{ at: '8m', firing: ['FiberWorkNoProgress'] },
  },
  {
    name: 'a paused one is meant to be so, for an hour',
    series: { ...started('5x20'), ...oldest('0+20x20'), ...running('0x20'), ...paused('1x20') },
    ...{ at: '12m', firing: [] },
  },
  {
    name: 'one whose jobs take long makes progress',
    series: { ...started('5x20'), ...oldest('0+20x20'), ...running('3x20'), ...paused('0x20') },
    ...{ at: '12m', firing: [] },
  },
  {
    name: 'more comes in than is worked',
    series: { ...started('0+600x60'), ...oldest('0+20x60'), ...running('100x60'), ...ready('0+500x60') },
    ...{ at: '40m', firing: ['FiberWorkBacklogGrows'] },
  },
  {
    name: 'one job in a hundred dies: the objective',
    series: { ...ended('done', '0+990x120'), ...ended('dead', '0+10x120') },
    ...{ at: '100m', firing: [] },
  },
  {
    name: 'one in ten dies: the budget burns, not fast',
    series: { ...ended('done', '0+900x420'), ...ended('dead', '0+100x420') },
    ...{ at: '400m', firing: ['FiberWorkErrorBudgetBurns'] },
  },
  {
    name: 'every fifth dies',
    series: { ...ended('done', '0+800x120'), ...ended('dead', '0+200x120') },
    ...{ at: '100m', firing: ['FiberWorkErrorBudgetBurns', 'FiberWorkErrorBudgetBurnsFast'] },
  },
  {
    name: 'a retry is no failure of a job',
    series: { ...ended('done', '0+800x120'), ...ended('retry', '0+800x120'), ...ended('dead', '0x120') },
    ...{ at: '100m', firing: [] },
  },
  {
    name: 'the only job of the day dies',
    series: { ...ended('done', '0x120'), ...ended('dead', '0x60 1x60') },
    ...{ at: '62m', firing: [] },
  },
  {
    name: 'one job is quarantined',
    series: { ...ended('done', '0+5x41'), ...ended('quarantined', '0x20 1x20') },
    ...{ at: '25m', firing: ['FiberWorkQuarantine'] },
  },
  {
    name: 'a lease is lost, and an hour later it is history',
    series: { 'fiber_work_sessions_revoked_total{job="fiber-work",instance="a"}': '0x20 1x100' },
    ...{ at: '25m', firing: ['FiberWorkLeaseLost'] },
  },
  {
    name: 'history',
    series: { 'fiber_work_sessions_revoked_total{job="fiber-work",instance="a"}': '0x20 1x100' },
    ...{ at: '80m', firing: [] },
  },
  {
    name: 'a worker does not answer',
    series: { 'up{job="fiber-work",instance="a"}': '1x10 0x10', 'up{job="node",instance="b"}': '0x20' },
    ...{ at: '15m', firing: ['FiberWorkDown'] },
  },
  {
    name: 'all workers are paused',
    series: { 'fiber_work_worker_state{job="fiber-work",state="running"}': '0x20' },
    ...{ at: '10m', firing: ['FiberWorkNobodyWorks'] },
  },
  {
    name: 'a definition blocks the loop',
    series: {
      'fiber_work_loop_blocked_seconds_total{job="fiber-work",queue="mails",name="send",sure="exact"}': '0+3x20',
    },
    ...{ at: '15m', firing: ['FiberWorkLoopBlocked'] },
  },
]

test('each alert burns when it should, and not when it should not', (context) => {
  needPromtool(context)
  const names = [...alerts.matchAll(/- alert: (\w+)/g)].map(([, name]) => name!)
  const watched = names.filter((name) => weathers.some(({ firing }) => firing.includes(name)))
  expect(watched.length).toBeGreaterThanOrEqual(9)
  const folder = mkdtempSync(join(tmpdir(), 'fiber-work-alerts-'))
  try {
    const tests = weathers.map(({ name, series, at, firing }) => ({
      ...{ name, interval: '1m' },
      input_series: Object.entries(series).map(([of, values]) => ({ series: of, values })),
      // What burns is compared by name: the words of an alert are not what is tested here.
      promql_expr_test: names.map((alert) => ({
        expr: `count(ALERTS{alertname="${alert}",alertstate="firing"}) or vector(0)`,
        eval_time: at,
        exp_samples: [{ labels: '{}', value: firing.includes(alert) ? 1 : 0 }],
      })),
    }))
    const file = join(folder, 'tests.yml')
    writeFileSync(file, JSON.stringify({ rule_files: [alertsFile], evaluation_interval: '1m', tests }))
    const { status, stdout, stderr } = spawnSync('promtool', ['test', 'rules', file], { encoding: 'utf8' })
    expect([status, stderr], stdout).toEqual([0, ''])
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
})
