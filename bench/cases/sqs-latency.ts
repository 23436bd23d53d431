import type { Case } from '../lib/case.ts'

export default {
  name: 'sqs-latency',
  asks: 'an idle queue on an SQS server and one job every 5 ms for 10 s: from the call that enqueues it to its handler',
  baseline: 'sqs-consumer',
  peers: ['sqs-consumer', '@aws-sdk/client-sqs', 'fauxqs'],
  contenders: [
    { name: 'fiber-work', script: 'latency-fiber-work', args: { store: 'sqs' } },
    {
      name: 'sqs-consumer',
      script: 'latency-sqs-consumer',
      metric: 'p99Ms',
      trying: { forMs: 2_000 },
      settings: [1, 4, 8, 16].flatMap((consumers) => [{ consumers }, { consumers, batchHandler: false }]),
    },
  ],
  metrics: [
    { name: 'p50Ms', unit: 'ms', better: 'less' },
    { name: 'p99Ms', unit: 'ms', better: 'less' },
    { name: 'maxMs', unit: 'ms', better: 'less' },
  ],
  bars: [{ contender: 'fiber-work', metric: 'p99Ms', against: 'sqs-consumer', atMost: 1 }],
} satisfies Case
