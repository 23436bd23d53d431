import type { Case } from '../lib/case.ts'

const trying = { jobs: 5_000 }
const metric = 'workedPerSecond'

export default {
  name: 'sqs-noop',
  asks: '100,000 jobs of 200 bytes that do nothing, over an SQS server: one worker process, from its start to the last deletion',
  baseline: 'sqs-consumer',
  peers: ['sqs-consumer', '@aws-sdk/client-sqs', 'fauxqs'],
  contenders: [
    { name: 'fiber-work', script: 'work-fiber-work', args: { store: 'sqs' } },
    {
      name: 'sqs-consumer',
      script: 'sqs-consumer',
      metric,
      trying,
      settings: [
        ...[1, 4, 8, 16, 32].map((consumers) => ({ consumers })),
        ...[8, 16].map((consumers) => ({ consumers, md5: false })),
        ...[1, 8].map((consumers) => ({ consumers, batchHandler: false })),
      ],
    },
    {
      name: 'ceiling',
      script: 'sqs-raw',
      metric,
      trying,
      settings: [4, 8, 16, 32].flatMap((loops) => [{ loops }, { loops, md5: false }]),
    },
  ],
  metrics: [
    { name: metric, unit: 'jobs/s', better: 'more' },
    { name: 'cpuUs', unit: 'µs worker CPU a job', better: 'less' },
    { name: 'firstMs', unit: 'ms to the first job', better: 'less' },
    { name: 'rssPeakMb', unit: 'MB', better: 'less' },
  ],
  bars: [{ contender: 'fiber-work', metric, against: 'sqs-consumer', atLeast: 2, ceiling: 'ceiling' }],
} satisfies Case
