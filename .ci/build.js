// Compiles to dist/ and copies what the compiler leaves behind (SQL files), so that a checkout and a package run alike.
import { execFileSync } from 'node:child_process'
import { cpSync, globSync, rmSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = dirname(dirname(fileURLToPath(import.meta.url)))
process.chdir(root)
rmSync('dist', { recursive: true, force: true })
execFileSync(process.execPath, [join('node_modules', 'typescript', 'bin', 'tsc'), '-p', 'tsconfig.build.json'], { stdio: 'inherit' })
for (const asset of globSync('{drivers,src}/**/*.{sql,lua}')) cpSync(asset, join('dist', asset))
