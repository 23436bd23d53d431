import { describe, expect, test } from 'vitest'
import { blocksOf } from './blocks.ts'
import { missingLine } from './output.ts'
import { commandsOf, stepsOf } from './shell.ts'

const fence = '```'

describe('blocksOf', () => {
  test('finds the blocks, their languages and what is asked above them', () => {
    const page = `# Title\n\n<!-- file: a/b.ts -->\n<!-- run: node a/b.ts -->\n${fence}ts\nconst a = 1\n${fence}\n\ntext\n\n${fence}\nx\n${fence}\n`
    expect(blocksOf(page)).toEqual([
      { line: 5, language: 'ts', text: 'const a = 1\n', asks: { file: 'a/b.ts', run: 'node a/b.ts' } },
      { line: 11, language: '', text: 'x\n', asks: {} },
    ])
  })

  test('takes several comments on one line, and lets text end them', () => {
    const page = `<!-- file: a.js --><!-- run: node a.js -->\nSome text.\n${fence}js\n${fence}\n<!-- show: no TTY -->\n\n${fence}sh\n${fence}`
    expect(blocksOf(page).map(({ asks }) => asks)).toEqual([{}, { show: 'no TTY' }])
  })

  test('refuses what it does not know', () => {
    expect(() => blocksOf(`<!-- flie: a.ts -->`)).toThrow('line 1: no such directive: flie')
    expect(() => blocksOf(`${fence}ts\n`)).toThrow('never closed')
  })

  test('takes a block inside a list for what it is', () => {
    expect(blocksOf(`1. First:\n   ${fence}sh\n   echo a\n   ${fence}\n`)[0]?.text).toBe('echo a\n')
  })
})

describe('shell', () => {
  test('joins continued lines and drops comments', () => {
    expect(commandsOf('# one\na \\\n  b   # two\n\nc')).toEqual(['a    b', 'c'])
  })

  test('runs what can be run', () => {
    expect(stepsOf('npm ci && npx fiber-work demo')).toEqual([
      { skip: 'the lockfile was installed before the tests started' },
      { run: 'npx fiber-work demo' },
    ])
    expect(stepsOf('npm ci && npm test')[1]).toEqual({ script: 'test' })
    expect(stepsOf('npm run bench -- noop')).toEqual([{ script: 'bench' }])
    expect(stepsOf('npm install fiber-work @scope/a@2 zod@4 -D')).toEqual([
      { installed: ['fiber-work', '@scope/a', 'zod'] },
    ])
    expect(stepsOf('echo a && npm test')).toEqual([{ run: 'echo a && npm test' }])
  })
})

describe('missingLine', () => {
  const printed = 'enqueued 3 jobs\n\n  done    3   in 1.24 s\nbye\n'
  test('accepts lines in order, with anything where the dots are', () => {
    expect(missingLine('enqueued … jobs\n…\ndone 3 in … s\n', printed)).toBeUndefined()
  })
  test('names the first line that was not printed', () => {
    expect(missingLine('bye\nenqueued 3 jobs\n', printed)).toBe('enqueued 3 jobs')
  })
})
