import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { parseDuration } from '../../src/base/duration.ts'
import { commands } from '../../src/cli/commands.ts'
import { exitCodes } from '../../src/cli/exit-codes.ts'
import { type OptionName, options } from '../../src/config/options.ts'
import { type CliProject, eventually, makeCliProject } from '../support/cli-project.ts'
import { root } from '../support/project.ts'

const path = join(root, 'deploy/fiber-work.service')
const unit = parse(readFileSync(path, 'utf8'))

/** A unit file: sections of `Name=value`, in order; a name may occur several times. */
function parse(text: string): Map<string, string[]> {
  const values = new Map<string, string[]>()
  let section = ''
  for (const [index, line] of text.split('\n').entries()) {
    const header = /^\[(\w+)\]$/.exec(line)
    if (header !== null) section = header[1]!
    else if (line !== '' && !line.startsWith('#')) {
      const pair = /^([A-Z]\w*)=(.*)$/.exec(line)
      if (pair === null) throw new Error(`line ${index + 1} is no setting: ${line}`)
      const key = `${section}.${pair[1]}`
      values.set(key, [...(values.get(key) ?? []), pair[2]!])
    }
  }
  return values
}

function only(key: string): string {
  const found = unit.get(key) ?? []
  expect(found, key).toHaveLength(1)
  return found[0]!
}

const args = only('Service.ExecStart').split(' ').slice(2)

test('stops with what the command line understands, and leaves it the time', () => {
  expect(only('Service.KillSignal')).toBe('SIGTERM')
  expect(only('Service.KillMode')).toBe('mixed')
  const graceMs = parseDuration(args[args.indexOf('--grace') + 1]!)
  expect(Number(only('Service.TimeoutStopSec')) * 1_000).toBeGreaterThanOrEqual(graceMs + 20_000)
})

test('restarts for ever, except after what would fail again', () => {
  expect(only('Service.Restart')).toBe('always')
  expect(only('Unit.StartLimitIntervalSec')).toBe('0')
  const never = only('Service.RestartPreventExitStatus').split(' ').map(Number)
  expect(never).toEqual([exitCodes.badInput.code, exitCodes.config.code])
})

test('uses flags that exist', () => {
  const known = new Set((Object.keys(options) as OptionName[]).map((name) => `--${options[name].flag}`))
  expect(args[0]).toBe('work')
  expect(args.filter((arg) => arg.startsWith('--')).filter((flag) => !known.has(flag))).toEqual([])
})

test('reloads with a command that exists, by the pid that systemd knows, in time', async () => {
  const [, script, name, ...flags] = only('Service.ExecReload').split(' ')
  expect([script, name, flags]).toEqual([only('Service.ExecStart').split(' ')[1], 'reload', ['--pid', '$MAINPID']])
  expect(commands.map((command) => command.name)).toContain(name)
  expect(parseDuration(only('Service.TimeoutStartSec').replace('min', 'm'))).toBeGreaterThanOrEqual(600_000)
  expect(unit.has('Service.RuntimeDirectory')).toBe(true)
})

test('systemd takes it', (context) => {
  context.skip(spawnSync('systemd-analyze', ['--version']).status !== 0, 'needs systemd-analyze')
  const folder = mkdtempSync(join(tmpdir(), 'fiber-work-unit-'))
  try {
    const here = readFileSync(path, 'utf8')
      .replace('/usr/bin/node', process.execPath)
      .replaceAll(/^(User|Group)=.*\n/gm, '')
    writeFileSync(join(folder, 'fiber-work.service'), here)
    const { status, stdout, stderr } = spawnSync(
      'systemd-analyze',
      ['verify', '--man=no', join(folder, 'fiber-work.service')],
      { encoding: 'utf8' },
    )
    const ours = (stdout + stderr).split('\n').filter((line) => line.includes('fiber-work.service'))
    expect([status, ours]).toEqual([0, []])
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
})

// Without a running systemd: do what it does. Start the very command, send the KillSignal to the main process, and count.
test('its command drains within TimeoutStopSec, and ends with 0', async () => {
  const project: CliProject = makeCliProject()
  try {
    project.write(
      'jobs/nap.ts',
      `import { setTimeout as sleep } from 'node:timers/promises'
       import { defineJob } from 'fiber-work'
       export default defineJob('nap', {}, async (_, job) => { await sleep(2_000) })`,
    )
    for (let n = 0; n < 3; n++) await project.cli('enqueue nap')
    const flags = args.join(' ').replace('127.0.0.1:7077', '127.0.0.1:0')
    const worker = project.start(flags, { env: { NODE_ENV: 'production' } })
    const running = async () =>
      (await project.json<{ queues: { running: number; done: number }[] }>('stats')).queues[0]!
    await eventually('three run', async () => (await running()).running === 3)
    const sentAt = performance.now()
    worker.child.kill(only('Service.KillSignal') as NodeJS.Signals)
    expect((await worker.ended).end).toBe(0)
    expect(performance.now() - sentAt).toBeLessThan(Number(only('Service.TimeoutStopSec')) * 1_000)
    expect(await running()).toMatchObject({ running: 0, done: 3 })
  } finally {
    project.remove()
  }
})
