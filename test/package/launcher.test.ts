import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { copyFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'

const root = fileURLToPath(new URL('../..', import.meta.url))
const systemNode = '/usr/bin/node'
const systemVersion = spawnSync(systemNode, ['--version'], { encoding: 'utf8' }).stdout?.trim() ?? ''
const isOld = /^v(?:1\d|2[0-3])\./.test(systemVersion)
const whyNot = `needs a ${systemNode} older than 24, found ${systemVersion || 'none'}`

let folder: string
let bin: string

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'fiber-work-launcher-'))
  bin = join(folder, 'src/cli/bin.js')
  mkdirSync(join(folder, 'src/cli'), { recursive: true })
  copyFileSync(join(root, 'src/cli/bin.js'), bin)
  writeFileSync(join(folder, 'package.json'), '{ "type": "module" }')
})

afterEach(() => rmSync(folder, { recursive: true, force: true }))

/** Stands in for the compiled command line: what it does is not the launcher's business. */
function writeMain(body: string): void {
  mkdirSync(join(folder, 'dist/src/cli'), { recursive: true })
  writeFileSync(join(folder, 'dist/src/cli/main.js'), `export async function main(argv) { ${body} }`)
}

function bringNode(path: string): void {
  mkdirSync(join(folder, 'node_modules/.bin'), { recursive: true })
  symlinkSync(path, join(folder, 'node_modules/.bin/node'))
}

function run(node: string, args: string[] = [], input = '') {
  return spawnSync(node, [bin, ...args], { encoding: 'utf8', input })
}

const echo = `console.log(JSON.stringify({ argv, version: process.version }))`

test('asks for the version that package.json promises', () => {
  const { engines } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { engines: { node: string } }
  const needed = /const needed = \[(\d+), (\d+)\]/.exec(readFileSync(bin, 'utf8'))
  expect(engines.node).toBe(`>=${needed?.[1]}.${needed?.[2]}`)
})

describe('on a Node that is new enough', () => {
  test('runs main with the arguments', () => {
    writeMain(echo)
    const { stdout, status } = run(process.execPath, ['work', '--json'])
    expect(JSON.parse(stdout)).toEqual({ argv: ['work', '--json'], version: process.version })
    expect(status).toBe(0)
  })

  test('says in one line that it was not built', () => {
    const { stdout, stderr, status } = run(process.execPath)
    expect(stderr).toBe('error: this checkout is not built yet: run `npm run build`\n')
    expect([stdout, status]).toEqual(['', 78])
  })

  test('a main that fails fails the process', () => {
    writeMain(`throw new Error('broken')`)
    const { stderr, status } = run(process.execPath)
    expect(stderr).toContain('Error: broken')
    expect(status).toBe(1)
  })
})

describe('on a Node that is too old', () => {
  test('says in one line what is needed', (context) => {
    context.skip(!isOld, whyNot)
    writeMain(echo)
    const { stdout, stderr, status } = run(systemNode)
    expect(stderr).toMatch(/^error FW_NODE_TOO_OLD: this is Node [\d.]+, 24\.15 or newer is needed: .+\n$/)
    expect([stdout, status]).toEqual(['', 78])
  })

  test('does not fall for a checkout whose Node is too old as well', (context) => {
    context.skip(!isOld, whyNot)
    writeMain(echo)
    bringNode(systemNode)
    expect(run(systemNode).status).toBe(78)
  })

  test('restarts on the Node of the checkout, with the arguments, the input and the exit code', (context) => {
    context.skip(!isOld, whyNot)
    writeMain(`${echo}; for await (const chunk of process.stdin) process.stdout.write(chunk); process.exit(7)`)
    bringNode(process.execPath)
    const { stdout, status } = run(systemNode, ['demo', '--jobs', '5'], 'hello')
    const [first = '', rest] = stdout.split('\n')
    expect(JSON.parse(first)).toEqual({ argv: ['demo', '--jobs', '5'], version: process.version })
    expect([rest, status]).toEqual(['hello', 7])
  })

  test.for(['SIGTERM', 'SIGINT'] as const)('passes %s on, and waits for the end', async (signal, context) => {
    context.skip(!isOld, whyNot)
    writeMain(`process.on('${signal}', () => { console.log('draining'); setTimeout(() => process.exit(3), 100) });
      setInterval(() => {}, 1000); console.log('up')`)
    bringNode(process.execPath)
    const child = spawn(systemNode, [bin], { stdio: ['ignore', 'pipe', 'inherit'] })
    await once(child.stdout, 'data')
    child.kill(signal)
    const [said] = (await once(child.stdout, 'data')) as [Buffer]
    const [code] = (await once(child, 'exit')) as [number | null]
    expect([said.toString(), code]).toEqual(['draining\n', 3])
  })

  test('dies of the signal that killed the child', (context) => {
    context.skip(!isOld, whyNot)
    writeMain(`process.kill(process.pid, 'SIGKILL')`)
    bringNode(process.execPath)
    expect(run(systemNode).signal).toBe('SIGKILL')
  })
})
