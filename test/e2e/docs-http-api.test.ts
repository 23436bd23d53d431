import { spawn } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type Block, blocksOf } from '../readme/blocks.ts'
import { missingLine } from '../readme/output.ts'
import { type CliProject, makeCliProject } from '../support/cli-project.ts'
import { root } from '../support/project.ts'

const address = '127.0.0.1:7077'
const blocks = blocksOf(readFileSync(join(root, 'docs/http-api.md'), 'utf8'))

let project: CliProject
/** Where the page says 7077 the worker of this test has taken what was free. */
let served: string
let printed = ''

beforeAll(async () => {
  project = makeCliProject(['typescript', '@types/node', 'undici-types'])
  for (const { asks, text } of blocks) if (asks.file !== undefined) project.write(asks.file, text)
  const worker = project.start('work --http 127.0.0.1:0')
  await worker.until(/http:\/\/127\.0\.0\.1:\d+/)
  served = /127\.0\.0\.1:[1-9]\d*/.exec(worker.said.stderr)![0]
  await worker.until('works')
})

afterAll(() => project.remove())

test('the page has what it is to have', () => {
  const commands = blocks.filter(({ language }) => language === 'sh').map(({ text }) => text)
  expect(commands.filter((text) => text.includes('curl ')).length).toBeGreaterThan(12)
})

test.for(blocks.map((block) => [`line ${block.line}: ${block.language}`, block] as const))(
  'docs/http-api.md, %s',
  async ([, block], context) => {
    const { show, output, run, file, until } = block.asks
    context.skip(show !== undefined, `only shown: ${show}`)
    if (output !== undefined) return expect(missingLine(block.text, printed), printed).toBeUndefined()
    if (run !== undefined) printed = await shell(run, until)
    else if (file === undefined) await runBlock(block)
  },
)

test('its TypeScript has no type errors', async () => {
  const strict = '--strict --exactOptionalPropertyTypes --erasableSyntaxOnly --noEmit --allowImportingTsExtensions'
  const files = blocks.flatMap(({ asks: { file } }) => file ?? [])
  const tsc = `node node_modules/typescript/bin/tsc --pretty false --ignoreConfig --target es2024 --module nodenext --types node`
  expect(await shell(`${tsc} ${strict} ${files.join(' ')}`, undefined)).toBe('')
})

async function runBlock({ language, text, asks }: Block): Promise<void> {
  expect(language).toBe('sh')
  if (text.includes('fiber-work --http')) return expect(text).toContain(address)
  // Answers end without a line break.
  printed = await shell(text.replaceAll('curl -sS', "curl -w '\\n' -sS"), asks.until)
}

function shell(command: string, until: string | undefined): Promise<string> {
  const path = `${dirname(process.execPath)}:${process.env['PATH']}`
  const env = { ...process.env, PATH: path, FIBER_WORK_API: `http://${served}`, NODE_OPTIONS: '' }
  const child = spawn('bash', ['-ec', command.replaceAll(address, served)], { cwd: project.folder, env })
  let said = ''
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (chunk: string) => {
      said += chunk
      if (until !== undefined && said.includes(until) && said.endsWith('\n')) child.kill('SIGINT')
    })
  }
  return new Promise((resolve, reject) => {
    child.once('close', (code) => {
      if (code === 0 || until !== undefined) resolve(said)
      else reject(new Error(`${command} ended with ${code}: ${said}`))
    })
  })
}
