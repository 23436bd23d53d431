import { describe, expect, test } from 'vitest'
import { lineAt, mask } from './scan.ts'
import { productCode } from './sources.ts'

// Law 1: the simulation replays a seed only if all time, timers and randomness come from the one place that it can replace.
// The linter says the same while one types; this test also sees `new Date()` and the names behind globalThis.
const ambient = [
  /\bDate\s*\.\s*now\b/,
  /\bDate\s*\(\s*\)/,
  /\bnew\s+Date\b(?!\s*\()/,
  /(?<![.\w])performance\s*\./,
  // A method of that name is declared with types: `setTimeout(run: …`.
  /(?<![.\w])(?:setTimeout|setInterval|setImmediate)\b(?!\s*[?:]|\(\w+: )/,
  /\bglobalThis\s*\.\s*(?:setTimeout|setInterval|setImmediate|performance|crypto|Date|Math)\b/,
  /\bMath\s*\.\s*random\b/,
  /\bcrypto\s*\.\s*(?:random\w+|getRandomValues)/,
  /\bimport\b[^;]*?\brandom(?:UUID|UUIDv7|Bytes|Int|Fill|FillSync)\b/,
  /\bimport\b[^;{]*\{[^}]*\bperformance\b/,
  /\bprocess\s*\.\s*hrtime\b/,
  /\bAbortSignal\s*\.\s*timeout\b/,
]
const ambientModules = /\bfrom\s*['"](?:node:)?timers(?:\/promises)?['"]/

function find(text: string): { line: number; what: string }[] {
  const code = mask(text, 'comments and strings')
  const found = ambient.map((pattern) => pattern.exec(code)).filter((match) => match !== null)
  const module = ambientModules.exec(mask(text, 'comments'))
  if (module !== null) found.push(module)
  return found.map((match) => ({ line: lineAt(code, match.index), what: match[0].replace(/\s+/g, ' ').slice(0, 60) }))
}

const files = productCode()

describe('law 1', () => {
  test('time, timers and randomness come through base/env', () => {
    // The API's client runs in browsers too, where there is no Env of ours.
    const bound = files.filter(({ path }) => /^(?:src\/(?!api\/client\/)|facades\/|drivers\/memory\/)/.test(path))
    const wrong = bound
      .filter(({ path }) => !path.startsWith('src/base/env'))
      .flatMap(({ path, text }) => find(text).map(({ line, what }) => `${path}:${line} ${what}`))
    expect(wrong).toEqual([])
  })

  test.each([
    'Date.now()',
    'new Date()',
    'performance.now()',
    'setTimeout(run, 1)',
    'promisify(setImmediate)',
    'globalThis.setTimeout(run)',
    'Math.random()',
    "import { randomUUID } from 'node:crypto'",
    "import { createHistogram, performance } from 'node:perf_hooks'",
    "import { setTimeout as sleep } from 'node:timers/promises'",
  ])('finds %s', (text) => expect(find(text)).not.toEqual([]))

  test.each([
    'new Date(job.dueAtMs)',
    'env.setTimer(run, 1)',
    "'Date.now()'",
    '// Date.now()',
    'socket.setTimeout(1)',
    'setTimeout(run: () => void, ms: number): void',
    "import { createHash } from 'node:crypto'",
    "import { monitorEventLoopDelay } from 'node:perf_hooks'",
  ])('lets %s pass', (text) => expect(find(text)).toEqual([]))
})

describe('law 2', () => {
  test('the one AsyncLocalStorage is made in the sandbox', () => {
    // The hostile jobs of stress/isolation bring their own, as users do.
    const others = files.filter(({ path }) => !/^(?:src\/sandbox|stress\/isolation\/kinds)\//.test(path))
    const wrong = others.filter(({ text }) => /\bnew\s+AsyncLocalStorage\b/.test(mask(text, 'comments and strings')))
    expect(wrong.map(({ path }) => path)).toEqual([])
  })
})
