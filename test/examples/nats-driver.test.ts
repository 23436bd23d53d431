import { spawn } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { read } from '../architecture/sources.ts'
import { type CliProject, makeCliProject } from '../support/cli-project.ts'
import { sharedNats } from '../support/nats.ts'
import { root } from '../support/project.ts'

const server = await sharedNats()
const folder = join(root, 'examples/nats-driver')

test('it is written with the public doors alone', () => {
  const imports = read(['examples/nats-driver/*.ts']).flatMap(({ text: code }) =>
    [...code.matchAll(/ from '([^']+)'/g)].map(([, from = '']) => from),
  )
  const doors = ['fiber-work', 'fiber-work/driver', 'fiber-work/conformance']
  const others = imports.filter((from) => !/^(?:\.\/|node:|@nats-io\/)/.test(from) && !doors.includes(from))
  expect(others).toEqual([])
  expect(new Set(imports.filter((from) => from.startsWith('fiber-work')))).toEqual(new Set(doors))
})

describe.skipIf(server === undefined)('with NATS', () => {
  const env = { NATS_URL: server! }

  test('its own tests hold, the conformance suite among them', { timeout: 300_000 }, async () => {
    const files = ['conformance.test.ts', 'nats.test.ts'].map((name) => join(folder, name))
    const child = spawn(process.execPath, ['--test', '--test-reporter=tap', ...files], {
      cwd: root,
      env: { ...process.env, ...env },
    })
    const ended = new Promise<number | null>((resolve) => child.once('close', resolve))
    const [printed, code] = await Promise.all([text(child.stdout), ended, text(child.stderr)])
    const failures = printed.match(/^ *not ok[^]*?\.\.\.$/gm) ?? []
    expect(code, failures.join('\n')).toBe(0)
    expect(Number(/^# pass (\d+)/m.exec(printed)?.[1])).toBeGreaterThan(90)
  })

  describe('on the command line', () => {
    const prefix = `test-cli-${process.pid}`
    const url = `${server}?prefix=${prefix}`
    let project: CliProject
    beforeAll(() => {
      project = makeCliProject()
      project.write(
        'jobs/greet.ts',
        `import { defineJob, unchecked } from 'fiber-work'
        export default defineJob('greet', { input: unchecked<string>() }, (name) => console.log('hello ' + name))`,
      )
    })
    afterAll(async () => {
      project.remove()
      const { removeStreams } = (await import(
        join(folder, 'harness.ts')
      )) as typeof import('../../examples/nats-driver/harness.ts')
      const { placeOf } = (await import(join(folder, 'url.ts'))) as typeof import('../../examples/nats-driver/url.ts')
      await removeStreams(placeOf(url))
    })
    const driver = `--driver ${join(folder, 'index.ts')}`

    test('enqueue, work, doctor', async () => {
      const sent = await project.json<{ outcome: string }>(`enqueue greet '"Ada"' ${driver} --url ${url}`)
      expect(sent.outcome).toBe('added')
      const worker = project.start(`work ${driver} --url ${url}`)
      await worker.until('hello Ada')
      worker.child.kill('SIGTERM')
      expect((await worker.ended).end).toBe(0)
      const doctor = await project.cli(`doctor ${driver} --url ${url}`)
      expect(doctor.stdout).toContain('nats: batchMax 500')
      expect(doctor.end, doctor.stdout).toBe(0)
    })

    test('from the config file', async () => {
      const settings = { drivers: [join(folder, 'index.ts')], url }
      project.write('fiber-work.config.json', JSON.stringify(settings))
      expect((await project.cli('doctor')).stdout).toContain('nats: batchMax 500')
    })

    test('without the driver: which schemes there are, and how to name it', async () => {
      project.write('fiber-work.config.json', '{}')
      const { end, stderr } = await project.cli(`enqueue greet --url ${url}`)
      expect(end).not.toBe(0)
      expect(stderr).toContain('No driver serves "nats:"')
      expect(stderr).toContain('--driver FILE')
    })
  })
})

test('the README says what to install', () => {
  expect(readFileSync(join(folder, 'README.md'), 'utf8')).toContain(
    'npm install fiber-work @nats-io/transport-node @nats-io/jetstream',
  )
})
