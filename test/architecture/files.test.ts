import { describe, expect, test } from 'vitest'
import { read, root, sources } from './sources.ts'

const linesMax = 300
const folders = ['src', 'drivers', 'facades', 'dashboard', 'stress', 'test', 'examples', 'bench', '.ci']
const code = sources(folders, ['ts', 'tsx', 'js', 'css', 'sql', 'lua'])
const all = [...code, ...sources(['docs', 'deploy', '.github'], ['md', 'yml', 'service']), ...read(['*.{md,ts,json}'])]

function matches(pattern: RegExp): string[] {
  return all
    .filter(({ path }) => path !== 'package-lock.json')
    .flatMap(({ path, text }) => text.split('\n').map((line, index) => ({ path, line, number: index + 1 })))
    .filter(({ line }) => pattern.test(line))
    .map(({ path, line, number }) => `${path}:${number} ${line.trim().slice(0, 100)}`)
}

describe('files', () => {
  test(`none has more than ${linesMax} lines: it has a second subject by then`, () => {
    const long = code.map(({ path, text }) => ({ path, lines: text.trimEnd().split('\n').length }))
    expect(long.filter(({ lines }) => lines > linesMax)).toEqual([])
  })

  test('none leaves a note for later', () => {
    // In two halves, so that this file does not find itself.
    expect(matches(new RegExp(`\\b(?:${['TO' + 'DO', 'FIX' + 'ME', 'X' + 'XX'].join('|')})\\b`))).toEqual([])
  })

  test('none names a folder of the machine that it was written on', () => {
    const here = root.replace(/\/$/, '')
    const patterns = ['/home/\\w+/', '/Users/\\w+/', '/[r]oot/']
    // A checkout directly under / (a container's /app) has too common a name to look for.
    if (here.lastIndexOf('/') > 0) patterns.push(here.replace(/[.*+?^${}()|[\]\\]/g, '\\$&') + '\\b')
    expect(matches(new RegExp(`(?<![\\w.])(?:${patterns.join('|')})`))).toEqual([])
  })
})
