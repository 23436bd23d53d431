import { spawn } from 'node:child_process'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { exitCodes } from '../../src/cli/exit-codes.ts'
import { cliSlots } from './doors/cli.ts'
import { ownFolder } from './doors/served.ts'
import { labelOf, thinned } from './expand.ts'
import { ids } from './families/ids.ts'
import { names } from './families/names.ts'
import { canaries, leaked } from './laws/canaries.ts'
import { count } from './laws/count.ts'

const entry = new URL('../../src/cli/main.ts', import.meta.url).href
const known = new Set<number | null>(Object.values(exitCodes).map(({ code }) => code))

interface Ended {
  code: number | null
  text: string
  stdout: string
}

/** In a process of its own, which has to end by itself. */
function run(folder: string, argv: readonly string[], input: string): Promise<Ended> {
  const program = `import(${JSON.stringify(entry)}).then(({ main }) => main(process.argv.slice(1)))`
  const child = spawn(process.execPath, ['--input-type=module', '-e', program, '--', ...argv], { cwd: folder })
  let [stdout, stderr] = ['', '']
  child.stdout.on('data', (chunk) => (stdout += String(chunk)))
  child.stderr.on('data', (chunk) => (stderr += String(chunk)))
  child.stdin.on('error', () => undefined)
  child.stdin.end(input)
  return new Promise((resolve) => child.on('close', (code) => resolve({ code, stdout, text: stdout + stderr })))
}

test('a sample of them, each to a process of its own', { timeout: 60_000 }, async () => {
  const folder = ownFolder()
  const url = `sqlite:${join(folder, 'jobs.db')}`
  // What the system passes on has no NUL.
  const texts = thinned(
    [...names(), ...ids()].filter((text) => !text.includes('\0') && text.length < 100_000),
    24,
  )
  const slots = thinned(await cliSlots(url), texts.length)
  const runs = [
    ...texts.map((text, n) => ({ what: `${slots[n]!.at} ${labelOf(text)}`, argv: slots[n]!.argv(text), input: '' })),
    {
      what: 'an input without end',
      argv: ['enqueue', 'job', '-', '--url', url, '--json'],
      input: '['.repeat(2_000_000),
    },
    {
      what: 'zeros from stdin',
      argv: ['enqueue', 'job', '--lines', '--url', url, '--json'],
      input: '\0'.repeat(10_000),
    },
    {
      what: 'a store that is none',
      argv: ['stats', '--json', '--url', `redis://u:${canaries.urlPassword}@127.0.0.1:1/0`],
      input: '',
    },
  ]
  for (const { what, argv, input } of runs) {
    const { code, stdout, text } = await run(folder, argv, input)
    expect([what, known.has(code)], `${code}: ${text.slice(0, 400)}`).toEqual([what, true])
    expect(code, text.slice(0, 400)).not.toBe(exitCodes.condemned.code)
    expect([what, /^\s+at .*:\d+:\d+/m.test(text), leaked(text)], text.slice(0, 400)).toEqual([what, false, []])
    if (stdout.trim() !== '')
      expect(() => JSON.parse(stdout) as unknown, `${what}: ${stdout.slice(0, 300)}`).not.toThrow()
  }
  count('cli processes', runs.length)
})
