import { fileURLToPath } from 'node:url'
import { defineConfig } from 'vitest/config'

export default defineConfig({
  root: fileURLToPath(new URL('../..', import.meta.url)),
  test: { include: ['test/model/long.run.ts'], testTimeout: 24 * 3_600_000, reporters: ['dot'] },
})
