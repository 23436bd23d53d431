import { spawnSync } from 'node:child_process'
import { expect, test } from 'vitest'
import { root } from '../support/project.ts'

// Says what was asked for that is neither ours nor Node's own, or a store all the same.
const hook = `
import { registerHooks } from 'node:module'
registerHooks({
  resolve(specifier, context, next) {
    const resolved = next(specifier, context)
    const foreign = resolved.url.includes('/node_modules/') || /^node:(?:sqlite|http2?|https|inspector)/.test(resolved.url)
    if (foreign) process.stdout.write(specifier + ' asked for by ' + (context.parentURL ?? '').replace(/.*\\/dist\\//, '') + '\\n')
    return resolved
  },
})`

function load(...args: string[]) {
  const url = `data:text/javascript,${encodeURIComponent(hook)}`
  return spawnSync(process.execPath, ['--import', url, ...args], { cwd: root, encoding: 'utf8' })
}

test('import loads no package and no store', () => {
  const { stdout, stderr, status } = load('--input-type=module', '--eval', `import './dist/src/index.js'`)
  expect({ stdout, stderr, status }).toEqual({ stdout: '', stderr: '', status: 0 })
})

test('require works, and loads as little', () => {
  const { stdout, stderr, status } = load(
    '--input-type=commonjs',
    '--eval',
    `require('./dist/src/index.js').connect.name`,
  )
  expect({ stdout, stderr, status }).toEqual({ stdout: '', stderr: '', status: 0 })
})

test('jobs run without OpenTelemetry being looked for, as long as nobody has registered an SDK', () => {
  const script = `
import { connect, defineJob } from './dist/src/index.js'
const job = defineJob('a-job', {}, () => {})
const client = await connect('memory:')
await client.work([job], { guardian: false })
await (await client.enqueue(job)).result()
await client.close()
console.log('worked')`
  const { stdout, stderr, status } = load('--input-type=module', '--eval', script)
  expect({ stderr, status }).toEqual({ stderr: '', status: 0 })
  expect(stdout).toContain('worked')
  expect(stdout).not.toContain('opentelemetry')
})

test('the hook would have told', () => {
  const { stdout } = load('--input-type=module', '--eval', `await import('zod'); await import('node:sqlite')`)
  expect(stdout).toMatch(/^zod asked for by /)
  expect(stdout).toContain('node:sqlite asked for by ')
})
