import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { type CliProject, makeCliProject } from '../support/cli-project.ts'

interface Doctor {
  ok: boolean
  config: { file: string | null; options: { name: string; value: string; origin: string }[] }
  checks: { name: string; state: string; text: string }[]
}

let project: CliProject

beforeEach(() => {
  project = makeCliProject()
  project.write('jobs/a.ts', `import { defineJob } from 'fiber-work'\nexport default defineJob('a', {}, () => {})\n`)
})

afterEach(() => project.remove())

async function option(name: string, args = '', env: Record<string, string> = {}) {
  const { config } = await project.json<Doctor>(`doctor ${args}`, { env })
  const { value, origin } = config.options.find((each) => each.name === name)!
  return [value, origin.replace(project.folder, '.')]
}

test('flags win over variables, variables over the file, the file over the defaults', async () => {
  expect(await option('concurrency')).toEqual(['1000', 'default'])
  project.write('fiber-work.config.ts', `export default { concurrency: 11, graceMs: 5_000 as number }\n`)
  expect(await option('concurrency')).toEqual(['11', './fiber-work.config.ts'])
  const env = { FIBER_WORK_CONCURRENCY: '12' }
  expect(await option('concurrency', '', env)).toEqual(['12', 'FIBER_WORK_CONCURRENCY'])
  expect(await option('concurrency', '--concurrency 13', env)).toEqual(['13', '--concurrency'])
  expect(await option('graceMs', '', env)).toEqual(['5000 ms', './fiber-work.config.ts'])
  expect(await option('graceMs', '', { FIBER_WORK_GRACE: '1m' })).toEqual(['60000 ms', 'FIBER_WORK_GRACE'])
})

test.each([
  ['js', `export default { concurrency: 21 }`],
  ['mjs', `export default async () => ({ concurrency: 21 })`],
  ['cjs', `module.exports = { concurrency: 21 }`],
  ['json', `{ "concurrency": 21 }`],
])('fiber-work.config.%s', async (ending, text) => {
  project.write(`fiber-work.config.${ending}`, text)
  expect(await option('concurrency')).toEqual(['21', `./fiber-work.config.${ending}`])
})

test('--config names another file', async () => {
  project.write('etc/worker.ts', `export default { concurrency: 31 }\n`)
  expect(await option('concurrency', '--config etc/worker.ts')).toEqual(['31', './etc/worker.ts'])
  expect(await option('concurrency', '', { FIBER_WORK_CONFIG: 'etc/worker.ts' })).toEqual(['31', './etc/worker.ts'])
})

describe('what is wrong is said with the option, its value, what is allowed, and where it came from', () => {
  test.each([
    [`export default { concurency: 5 }`, ['fiber-work.config.ts', '`concurency`', 'Did you mean `concurrency`?']],
    [
      `export default { concurrency: 'many' }`,
      ['fiber-work.config.ts', '`concurrency` is "many"', 'an integer from 1 to 100000'],
    ],
    [`export default { graceMs: '30s' }`, ['`graceMs` is "30s"', 'milliseconds as a number in a file']],
    [`export default { queues: { mails: { wieght: 2 } } }`, ['`queues`']],
    [`export default { url: 'hunter2' }`, ['`url` is not a URL']],
    [`export default 5`, ['must export an object']],
    [`export default {\n  concurrency: \n}`, ['fiber-work.config.ts:3', 'syntax error']],
    [`throw new Error('boom')`, ['fiber-work.config.ts:1', 'boom']],
  ])('%s', async (text, says) => {
    project.write('fiber-work.config.ts', text)
    const { end, stderr } = await project.cli('work')
    expect(end).toBe(78)
    for (const part of says) expect(stderr).toContain(part)
    expect(stderr).not.toContain('hunter2')
  })

  test('all problems at once', async () => {
    project.write('fiber-work.config.json', `{ "concurrency": 0, "processes": -1 }`)
    const { stderr } = await project.cli('work --grace forever', { env: { FIBER_WORK_LOG_LEVEL: 'loud' } })
    for (const part of [
      '`concurrency` is 0',
      '`processes` is -1',
      '--grace is "forever"',
      'FIBER_WORK_LOG_LEVEL is "loud"',
    ])
      expect(stderr).toContain(part)
  })

  test('an unknown variable is a warning', async () => {
    const { stderr } = await project.cli('enqueue a', { env: { FIBER_WORK_CONCURENCY: '5' } })
    expect(stderr).toContain(
      'warning: environment: there is no option `FIBER_WORK_CONCURENCY`. Did you mean FIBER_WORK_CONCURRENCY?',
    )
  })

  test('a queue that no handler works', async () => {
    const { end, stderr } = await project.cli('work --queue defualt')
    expect([end, stderr]).toEqual([78, expect.stringContaining('Did you mean "default"?')])
  })

  test('a memory store cannot be shared', async () => {
    const { end, stderr } = await project.cli('work --url memory: --processes 2')
    expect([end, stderr]).toEqual([78, expect.stringContaining('lives inside one process')])
  })
})

describe('doctor', () => {
  test('all is well', async () => {
    await project.cli('enqueue a')
    const { ok, checks } = await project.json<Doctor>('doctor')
    expect(ok).toBe(true)
    expect(checks.map(({ name }) => name)).toEqual([
      'version',
      'node',
      'files',
      'clock',
      'jobs',
      'store',
      'durable',
      'driver',
    ])
    const { stdout, end } = await project.cli('doctor')
    expect(end).toBe(0)
    expect(stdout).toContain('All is well.')
    expect(stdout).toContain('durable')
  })

  test('does not make the store', async () => {
    expect((await project.cli('doctor')).stdout).toContain('is not there yet')
    expect((await project.cli('stats')).end).toBe(78)
  })

  test('durability', async () => {
    const flags = '--url sqlite:./full.db?durability=full'
    await project.cli(`enqueue a ${flags}`)
    expect((await project.cli(`doctor ${flags}`)).stdout).toContain('power: what was acknowledged survives a power cut')
  })

  test('ends with 1 when something is wrong, and shows all of it', async () => {
    project.write('jobs/b.ts', 'export default 5\n')
    project.write('broken.db', 'no store'.repeat(1_000))
    const { end, stdout } = await project.cli('doctor --url sqlite:./broken.db --http 0.0.0.0:7077')
    expect(end).toBe(1)
    for (const part of ['FAIL jobs', 'FAIL store', 'FAIL http', '3 of']) expect(stdout).toContain(part)
  })

  test('never shows a password', async () => {
    const { stdout, stderr } = await project.cli('doctor', {
      env: { FIBER_WORK_URL: 'postgres://me:hunter2@db/x?password=hunter2' },
    })
    expect(stdout).toContain('postgres://me:***@db/x?password=***')
    expect(stdout + stderr).not.toContain('hunter2')
  })
})
