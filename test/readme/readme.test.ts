import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { linkCheckout, makeProject, root, type Project, type Ran } from '../support/project.ts'
import { type Block, blocksOf } from './blocks.ts'
import { missingLine } from './output.ts'
import { commandsOf, stepsOf } from './shell.ts'

const { scripts } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { scripts: Record<string, string> }
const compilerOptions = {
  target: 'es2024',
  lib: ['es2024', 'esnext.disposable'],
  module: 'nodenext',
  types: ['node'],
  strict: true,
  noEmit: true,
  erasableSyntaxOnly: true,
  allowImportingTsExtensions: true,
  exactOptionalPropertyTypes: true,
}

/** Pages whose code is run as a reader would: each in a project of its own. */
const pages = [
  'README.md',
  'docs/jobs.md',
  'docs/mounted-dashboard.md',
  'docs/limits.md',
  'docs/operate.md',
  'docs/testing.md',
  'docs/threads.md',
  'docs/schedules.md',
  'docs/scopes.md',
  'docs/transactions.md',
  'docs/context.md',
  'docs/isolation.md',
  'docs/tenants.md',
  'facades/auth/README.md',
  'facades/cache/README.md',
  'facades/session/README.md',
  'docs/zombies.md',
  'docs/migrate-from-bullmq.md',
  'docs/pollution.md',
  'facades/db/README.md',
  'docs/write-a-driver.md',
]

let project: Project

describe.each(pages)('%s', (page) => {
  beforeAll(() => {
    project = makeProject()
    linkCheckout(project, ['zod', 'typescript', '@types/node', 'undici-types', 'bullmq', 'ioredis'])
    project.write('tsconfig.json', JSON.stringify({ compilerOptions }))
  })

  afterAll(() => project.remove())

  const blocks = blocksOf(readFileSync(join(root, page), 'utf8'))

  test.for(blocks.map((block) => [`line ${block.line}: ${block.language}`, block] as const))(
    '%s',
    async ([, block], context) => {
      const { needs, show } = block.asks
      if (show !== undefined) return context.skip(`only shown: ${show}`)
      if (needs !== undefined) context.skip(process.env[needs] === undefined, `needs ${needs}`)
      await execute(block)
    },
  )

  test('its TypeScript has no type errors', async () => {
    const { end, stdout } = await project.run(
      `node ${join(root, 'node_modules/typescript/bin/tsc')} -p . --pretty false`,
    )
    expect(stdout).toBe('')
    expect(end).toBe(0)
  })
})

async function execute(block: Block): Promise<void> {
  const { file, run, output, until } = block.asks
  if (output !== undefined) {
    const ran = passed(output, await project.run(output, { until }), until)
    expect(missingLine(block.text, ran.stdout + ran.stderr), `not printed by ${output}`).toBeUndefined()
    return
  }
  if (file !== undefined) project.write(file, block.text)
  if (run !== undefined) passed(run, await project.run(run, { until }), until)
  if (file !== undefined || run !== undefined) return
  if (/^(?:ts|js|mjs)$/.test(block.language)) return runModule(block)
  if (/^(?:sh|bash|console)$/.test(block.language)) return runShell(block)
  if (block.language === 'json') return void JSON.parse(block.text)
  throw new Error(`a ${block.language || 'nameless'} block needs a comment that says what to do with it`)
}

async function runModule(block: Block): Promise<void> {
  const file = `block-at-line-${block.line}.${block.language}`
  project.write(file, block.text)
  const { until } = block.asks
  passed(file, await project.run(`node ${file}`, { until }), until)
}

async function runShell(block: Block): Promise<void> {
  const { until } = block.asks
  for (const command of commandsOf(block.text)) {
    for (const step of stepsOf(command)) {
      if ('run' in step) passed(step.run, await project.run(step.run, { until }), until)
      else if ('script' in step) expect(Object.keys(scripts), command).toContain(step.script)
      else if ('installed' in step) {
        const missing = step.installed.filter((name) => !existsSync(join(project.folder, 'node_modules', name)))
        expect(missing, 'not in the project that stands in for the reader’s').toEqual([])
      }
    }
  }
}

function passed(command: string, ran: Ran, until?: string): Ran {
  const said = `${command}\n${ran.stdout}${ran.stderr}`
  if (until === undefined) expect(ran.end, said).toBe(0)
  else {
    expect(said).toContain(until)
    // npx ends by the signal that it passed on, though what it started ended with 0.
    expect([0, 'SIGINT'], said).toContain(ran.end)
  }
  return ran
}
