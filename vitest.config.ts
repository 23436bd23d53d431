import { defineConfig } from 'vitest/config'

const sources = ['src', 'drivers', 'facades', 'dashboard', 'stress']

/** What spawns processes, packs, installs: slow, and after everything else, so that its load disturbs no timing. */
const slow = ['test/e2e/**', 'test/examples/**', 'test/readme/**', 'test/package/**']

/** Files in which an untested branch is a lost or doubled job. */
const everyBranch = [
  'src/engine/settle*.ts',
  'src/engine/sweep*.ts',
  'src/engine/shutdown*.ts',
  'src/sandbox/fence*.ts',
]

export default defineConfig({
  test: {
    projects: [
      {
        test: {
          name: 'unit',
          include: [...sources.map((folder) => `${folder}/**/*.test.ts`), 'test/**/*.test.ts'],
          exclude: ['**/node_modules/**', 'test/simulation/**', ...slow],
          testTimeout: 15_000,
          hookTimeout: 15_000,
          sequence: { groupOrder: 1 },
        },
      },
      {
        test: {
          name: 'simulation',
          include: ['test/simulation/**/*.test.ts'],
          testTimeout: 120_000,
          sequence: { groupOrder: 2 },
        },
      },
      {
        test: {
          name: 'e2e',
          include: slow.map((folder) => `${folder}/*.test.ts`),
          exclude: ['**/node_modules/**'],
          globalSetup: ['test/e2e-setup.ts'],
          testTimeout: 120_000,
          hookTimeout: 300_000,
          maxWorkers: 2,
          sequence: { groupOrder: 3 },
        },
      },
    ],
    coverage: {
      provider: 'v8',
      reportOnFailure: true,
      include: sources.map((folder) => `${folder}/**/*.ts`),
      // stress/ is itself a test, whose parts run in processes of their own.
      exclude: ['**/*.test.ts', '**/*.test-d.ts', 'stress/**'],
      reporter: ['text-summary', 'html', 'json-summary'],
      thresholds: {
        statements: 90,
        lines: 90,
        functions: 90,
        branches: 90,
        ...Object.fromEntries(everyBranch.map((glob) => [glob, { branches: 100 }])),
      },
    },
  },
})
