import { defineConfig } from 'vitest/config'
import { LongestFirst } from './test/longest-first.ts'

const sources = ['src', 'drivers', 'facades', 'dashboard', 'stress']

/** What talks to servers, spawns processes, or blocks threads. */
export const services = [
  '{src,facades}/**/*.server.test.ts',
  'drivers/{redis,bullmq,postgres,mysql,rabbitmq,sqs,redis-streams}/**/*.test.ts',
  'drivers/ledgered/{redis-conformance,rabbitmq-conformance,sqs-conformance,redis}.test.ts',
  'drivers/sqlite/{faults,processes,within}.test.ts',
  'facades/http/pool.test.ts',
  'facades/rate-limit/redis.test.ts',
  'src/cli/{supervise,doctor-leaks}.test.ts',
  'src/config/settings.test.ts',
  'src/{guardian,lane,supervisor}/*.test.ts',
  'src/worker/upstreams.test.ts',
  'test/corpus/*.server.test.ts',
]

/** What runs our command line, packs, installs: from a fresh dist/. */
const e2e = ['e2e', 'examples', 'readme', 'package'].map((folder) => `test/${folder}/*.test.ts`)

const elsewhere = ['**/node_modules/**', 'test/{corpus,simulation,chaos,browser}/**', ...services, ...e2e]

const setupFiles = ['test/setup.ts']

/** Files in which an untested branch is a lost or doubled job. */
const everyBranch = [
  'src/engine/settle*.ts',
  'src/engine/sweep*.ts',
  'src/engine/shutdown*.ts',
  'src/sandbox/fence*.ts',
]

export default defineConfig({
  test: {
    // Lanes, from the quickest on; those of one `groupOrder` run together, the others one after the other. Most tests wait for
    // something most of the time, so that two at once disturb each other little.
    maxWorkers: 2,
    sequence: { sequencer: LongestFirst },
    projects: [
      {
        test: {
          name: 'unit',
          include: [...sources, 'test'].map((folder) => `${folder}/**/*.test.ts`),
          exclude: elsewhere,
          setupFiles,
          testTimeout: 15_000,
          hookTimeout: 15_000,
          sequence: { groupOrder: 1 },
        },
      },
      {
        test: {
          name: 'corpus',
          include: ['test/corpus/*.test.ts'],
          exclude: ['test/corpus/*.server.test.ts'],
          setupFiles,
          testTimeout: 240_000,
          sequence: { groupOrder: 2 },
        },
      },
      {
        test: {
          name: 'services',
          include: services,
          setupFiles,
          testTimeout: 30_000,
          hookTimeout: 30_000,
          sequence: { groupOrder: 3 },
        },
      },
      {
        test: {
          name: 'simulation',
          include: ['test/simulation/*.test.ts'],
          testTimeout: 120_000,
          sequence: { groupOrder: 3 },
        },
      },
      {
        test: {
          name: 'e2e',
          include: e2e,
          globalSetup: ['test/e2e-setup.ts'],
          testTimeout: 120_000,
          hookTimeout: 300_000,
          sequence: { groupOrder: 4 },
        },
      },
      {
        test: {
          name: 'browser',
          include: ['test/browser/*.test.ts'],
          globalSetup: ['test/e2e-setup.ts'],
          setupFiles,
          testTimeout: 120_000,
          hookTimeout: 60_000,
          // Pages look again every few seconds where nothing tells them sooner.
          expect: { poll: { timeout: 20_000 } },
          sequence: { groupOrder: 5 },
        },
      },
      {
        test: {
          name: 'chaos',
          include: ['test/chaos/*.test.ts'],
          testTimeout: 120_000,
          sequence: { groupOrder: 6 },
        },
      },
    ],
    coverage: {
      provider: 'v8',
      reportOnFailure: true,
      include: sources.map((folder) => `${folder}/**/*.ts`),
      // stress/ is itself a test, whose parts run in processes of their own.
      // The page runs in a browser.
      exclude: ['**/*.test.ts', '**/*.test-d.ts', 'stress/**', 'dashboard/web/**'],
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
