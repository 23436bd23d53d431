import { spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'

/** Two lanes want it, in one run. Tests inherit it, and `FIBER_WORK_…` would be an option to them. */
const done = 'TESTS_HAVE_BUILT'

/** The slow tests run what a user runs, dist/: make it what the sources say. */
export default function build(): void {
  if (process.env[done] !== undefined) return
  process.env[done] = 'yes'
  const script = fileURLToPath(new URL('../.ci/build.js', import.meta.url))
  const { status } = spawnSync(process.execPath, [script], { stdio: 'inherit' })
  // The compiler emits in spite of type errors, and `npm run check` is where those fail.
  if (status !== 0) console.error('dist/ was built from sources with type errors')
}
