import Queue from 'bee-queue'

/** What a sweep tries. */
export const beeSettings = {
  concurrency: 200,
  /** Forget done jobs, instead of keeping all of them. */
  forget: false,
  /** Tell other processes what becomes of jobs. */
  events: true,
}

/** A queue that adds, or one that works. */
export function openBee(url: string, isWorker: boolean, { forget, events }: Omit<typeof beeSettings, 'concurrency'>) {
  const { hostname, port } = new URL(url)
  return new Queue('bench', {
    redis: { host: hostname, port: Number(port) },
    isWorker,
    removeOnSuccess: forget,
    sendEvents: events,
    getEvents: false,
    storeJobs: false,
  })
}
