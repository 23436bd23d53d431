import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'

// npm run model -- --driver redis --runs 2000: random runs of a driver against the memory driver, of up to `--steps` steps, half on average.
// `--driver` is one of ours, `memory-hidden-traits`, or a file whose harness is exported: examples/nats-driver/harness.ts.
const { values } = parseArgs({
  options: {
    driver: { type: 'string', default: 'memory' },
    runs: { type: 'string', default: '2000' },
    steps: { type: 'string', default: '80' },
    seed: { type: 'string' },
    url: { type: 'string' },
  },
})

const root = fileURLToPath(new URL('../..', import.meta.url))
const variables = Object.entries(values).map(([name, value]) => [`MODEL_${name.toUpperCase()}`, value])
const { status } = spawnSync(
  process.execPath,
  [join(root, 'node_modules/vitest/vitest.mjs'), 'run', '--config', join(root, 'test/model/vitest.config.ts')],
  { cwd: root, stdio: 'inherit', env: { ...process.env, ...Object.fromEntries(variables) } as NodeJS.ProcessEnv },
)
process.exitCode = status ?? 1
