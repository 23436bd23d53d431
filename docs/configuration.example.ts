import type { Config } from 'fiber-work'

export default {
  // The store.
  url: 'postgres://app:secret@db.internal/app',
  ledger: 'redis://127.0.0.1',
  drivers: ['./driver.ts'],
  leaseMs: 30_000,
  bodyBytesMax: 262_144,
  resultBytesMax: 262_144,
  outbox: 'postgres://app:secret@db.internal/app',
  encryptionKeys: {
    keys: { k2: 'zH8C5u1pPz4m0v0pB3oYyq1b2c8w7mQm3m6cYk2Jw0E=', k1: '3q2-7wEjRWeJq83vASNFZ4mrze8BI0VniavN7wEjRWc=' },
    current: 'k2',
    refusePlain: true,
  },
  // Who is kept, of what has ended: `*` is all other queues.
  keep: {
    mails: { done: { count: 100_000, ageMs: 86_400_000 }, dead: { ageMs: 1_209_600_000 } },
    '*': { done: { count: 1_000 }, cancelled: false, quarantined: { count: 100 } },
  },

  // The worker.
  jobs: ['./jobs'],
  queues: { mails: { weight: 3, min: 100 }, thumbnails: { min: 10, max: 2_000 }, reports: { concurrency: 10 } },
  concurrency: 5_000,
  threads: 3,
  graceMs: 25_000,
  stuckMs: 30_000,
  beatMs: 1_000,
  startSliceMs: 1.5,
  isolation: 'sample',
  bootCanary: true,
  guardian: true,
  blockMsMax: 1_000,
  stallMsMax: 300_000,

  // Processes.
  processes: 'auto',
  supervisor: true,
  control: '/run/fiber-work/control.sock',
  watchConfig: false,
  dashboard: false,

  // The HTTP API.
  http: '0.0.0.0:7077',
  ui: true,
  httpHosts: ['jobs.internal'],
  httpToken: 'rather-in-FIBER_WORK_HTTP_TOKEN',
  tokens: [
    {
      name: 'shop',
      role: 'enqueue',
      sha256: '2c26b46b68ffc68ff99b453c1d30413413422d706483bfa0f98a5e886266e7ae',
      queues: ['mails', 'shop-*'],
      requestsPerSecond: 500,
    },
  ],
  tlsCert: '/etc/fiber-work/tls.crt',
  tlsKey: '/etc/fiber-work/tls.key',
  behindProxy: false,
  httpInsecure: false,

  // What is told.
  logLevel: 'info',
  logLevels: { mails: 'debug' },
  logFormat: 'json',
  redact: ['taxId', 'customer'],
  history: true,
  otlp: 'http://127.0.0.1:4318',
  traceMode: 'link',
  contextProbes: [],

  // Whom the commands ask on this machine, instead of the store.
  api: 'https://jobs.internal:7077',
  token: 'rather-in-FIBER_WORK_TOKEN',

  // Alerts.
  alertWaitMs: { mails: 30_000, '*': 300_000 },
  alertWebhook: 'https://hooks.example.com/fiber-work',
  alertWebhookSecret: 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw',
  alertWebhookPrivate: false,
} satisfies Config
