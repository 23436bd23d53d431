// `npm run format [-- PATH…]`: rewrites the code in our style. Without a path, everything.
import { spawnSync } from 'node:child_process'
import { ensureTools, root, toolEnv } from './tools.js'

if (!ensureTools()) process.exit(1)
const paths = process.argv.slice(2)
const oxfmt = spawnSync('oxfmt', ['--write', ...(paths.length > 0 ? paths : ['.'])], {
  cwd: root,
  env: toolEnv,
  stdio: 'inherit',
})
process.exit(oxfmt.status ?? 1)
