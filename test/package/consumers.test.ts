import { existsSync, mkdirSync, readFileSync, rmSync, symlinkSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import { type Project, root } from '../support/project.ts'
import { compile, consumer, pack, target } from './packed.ts'

const stores = ['memory:', 'sqlite:./jobs.db']
const answer = { outcome: 'added', status: 200, many: 20 }

let tarball: string
beforeAll(() => {
  tarball = pack()
})
afterAll(() => rmSync(dirname(tarball), { recursive: true, force: true }))

/** Runs the quick start and expects what it prints, once on each store. */
async function quickStart(project: Project, command: string, store: string): Promise<void> {
  const hook = await target()
  onTestFinished(() => hook.close())
  const { end, stdout, stderr } = await project.run(`${command} ${store} ${hook.url}`)
  expect({ end, stderr }).toEqual({ end: 0, stderr: '' })
  expect(JSON.parse(stdout)).toEqual(answer)
  expect(hook.hits).toBe(21)
}

function install(fixture: string, type: 'module' | 'commonjs', packages: string[]): () => Project {
  let project: Project | undefined
  beforeAll(async () => {
    project = await consumer(fixture, tarball, type, packages)
  })
  afterAll(() => project?.remove())
  return () => {
    if (project === undefined) throw new Error('not installed')
    return project
  }
}

describe('an ES module TypeScript project', () => {
  const project = install('esm-ts', 'module', ['zod'])

  test('type-checks, our declarations included', async () => {
    const { end, stdout } = await project().run(`${compile} .`)
    expect(stdout).toBe('')
    expect(end).toBe(0)
  })

  test('can import every door', async () => {
    const { exports } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as {
      exports: Record<string, unknown>
    }
    const doors = Object.keys(exports).filter((door) => door !== './package.json')
    const lines = doors.map((door, n) => `export * as door${n} from 'fiber-work${door.slice(1)}'`)
    project().write('doors.ts', `${lines.join('\n')}\n`)
    expect(await project().run('node doors.ts')).toMatchObject({ end: 0, stderr: '' })
    // The types of optional peers are needed at their doors, and nothing of them is loaded there.
    for (const name of ['bullmq', 'ioredis', 'pg', '@types/pg', 'mysql2', 'amqplib', '@aws-sdk/client-sqs']) {
      const link = join(project().folder, 'node_modules', name)
      mkdirSync(dirname(link), { recursive: true })
      if (!existsSync(link)) symlinkSync(join(root, 'node_modules', name), link)
    }
    expect(await project().run(`${compile} .`)).toMatchObject({ end: 0, stdout: '' })
  })

  test.each(stores)('runs the quick start on %s', (store) => quickStart(project(), 'node main.ts', store))
})

describe('an ES module JavaScript project', () => {
  const project = install('esm-js', 'module', [])
  test.each(stores)('runs the quick start on %s', (store) => quickStart(project(), 'node main.js', store))

  test('has the command line', async () => {
    const { end, stdout } = await project().run('npx fiber-work --version')
    expect(stdout).toMatch(/^\d+\.\d+\.\d+\n$/)
    expect(end).toBe(0)
  })
})

describe('a server that the dashboard is mounted in', () => {
  const project = install('esm-js', 'module', [])
  const script = `import { createServer } from 'node:http'
import { fiberWorkDashboard } from 'fiber-work/dashboard'
const authorize = () => ({ name: 'ada', role: 'admin' })
const dashboard = fiberWorkDashboard({ url: 'memory:', basePath: '/jobs-ui', authorize })
const server = createServer(dashboard.handler).listen(0, '127.0.0.1', async () => {
  const base = 'http://127.0.0.1:' + server.address().port + '/jobs-ui/'
  const html = await (await fetch(base, { headers: { accept: 'text/html' } })).text()
  const [, script] = /<script type="module"[^>]* src="([^"]+)"/.exec(html)
  const { status, headers } = await fetch(new URL(script, base))
  console.log(html.includes('<base href="/jobs-ui/"'), status, headers.get('content-type'))
  await dashboard.close()
  server.close()
})
`

  test('has the built page in the package', async () => {
    project().write('server.js', script)
    expect(await project().run('node server.js')).toMatchObject({
      end: 0,
      stdout: 'true 200 text/javascript; charset=utf-8\n',
    })
  })
})

describe('a CommonJS project', () => {
  const project = install('cjs', 'commonjs', [])
  test.each(stores)('runs the quick start on %s', (store) => quickStart(project(), 'node main.js', store))
})

describe('a NestJS application', () => {
  const nest = ['common', 'core', 'platform-express'].map((name) => `@nestjs/${name}@12`)
  const project = install('nest', 'commonjs', [...nest, 'reflect-metadata@0.2', 'rxjs@7'])

  test('compiles', async () => {
    expect(await project().run(`${compile} .`)).toMatchObject({ end: 0, stdout: '' })
  })
  test.each(stores)('runs the quick start on %s', (store) => quickStart(project(), 'node dist/main.js', store))
})
