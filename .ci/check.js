// `npm run check [-- STEP…]`: a line a step, and a tool's own words only where it fails.
import { spawn } from 'node:child_process'
import { availableParallelism } from 'node:os'
import { stripVTControlCharacters } from 'node:util'
import { ensureTools, root, toolEnv } from './tools.js'

const steps = {
  format: [['oxfmt', '--check', '.']],
  lint: [['oxlint']],
  types: [
    ['tsc', '-p', 'tsconfig.json', '--noEmit', '--pretty', 'false'],
    ['tsc', '-p', 'dashboard/web', '--pretty', 'false'],
    ['tsc', '-p', 'test/browser', '--pretty', 'false'],
  ],
  architecture: [['vitest', 'run', '--project', 'unit', 'test/architecture', '--reporter', 'dot']],
  dead: [['knip', '--no-progress', '--no-config-hints']],
  package: [['node', '.ci/check-package.js']],
}

const asked = process.argv.slice(2)
const unknown = asked.filter((name) => !(name in steps))
if (unknown.length > 0) {
  console.error(`no such step: ${unknown.join(', ')}. The steps: ${Object.keys(steps).join(', ')}`)
  process.exit(2)
}
if (!ensureTools()) process.exit(1)
const failed = await runAll(asked.length > 0 ? asked : Object.keys(steps))
if (failed.length > 0) console.log(`failed: ${failed.join(', ')}`)
process.exit(failed.length > 0 ? 1 : 0)

/** Runs as many steps side by side as there are cores: most of them use more than one. */
async function runAll(names) {
  const waiting = [...names]
  const failed = []
  const lane = async () => {
    for (let name = waiting.shift(); name !== undefined; name = waiting.shift()) {
      if (!(await runStep(name))) failed.push(name)
    }
  }
  await Promise.all(Array.from({ length: availableParallelism() }, lane))
  return failed
}

async function runStep(name) {
  const startedAt = performance.now()
  let output = ''
  let passed = true
  for (const [command, ...args] of steps[name]) {
    const result = await run(command, args)
    output += result.output
    passed &&= result.code === 0
  }
  const seconds = ((performance.now() - startedAt) / 1000).toFixed(1)
  console.log(`${passed ? 'ok  ' : 'FAIL'} ${name.padEnd(12)} ${seconds} s`)
  if (!passed) console.log(stripVTControlCharacters(output).trimEnd().replace(/^/gm, '     '))
  return passed
}

function run(command, args) {
  return new Promise((resolve) => {
    const child = spawn(command, args, { cwd: root, env: toolEnv, stdio: ['ignore', 'pipe', 'pipe'] })
    let output = ''
    child.stdout.on('data', (chunk) => (output += chunk))
    child.stderr.on('data', (chunk) => (output += chunk))
    child.once('error', (error) => resolve({ code: 1, output: `${command}: ${error.message}\n` }))
    child.once('close', (code) => resolve({ code: code ?? 1, output }))
  })
}
