import { connect, defineJob } from '../../src/index.ts'

// What nobody should do: a file of jobs that starts a worker whenever it is imported.

export const starter = defineJob('starter', { lane: 'thread' }, () => {})

export async function start(): Promise<void> {
  const client = await connect('memory:')
  try {
    const worker = await client.work([starter], { threads: 1 })
    await worker.stop()
  } finally {
    await client.close()
  }
}

if (process.env['FIBER_WORK_TEST_STARTS'] === 'work') await start()
if (process.env['FIBER_WORK_TEST_STARTS'] === 'enqueue') await (await connect('memory:')).enqueue(starter)
