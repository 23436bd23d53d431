/** What this thread's own work on it costs, in milliseconds: a machine that serves others meanwhile does not count. */
export function cpuMs(run: () => unknown): number {
  const before = process.threadCpuUsage()
  run()
  return since(before)
}

/** The same of something that takes several turns of the loop, and of whatever else this thread does meanwhile. */
export async function cpuMsOf(run: () => Promise<unknown>): Promise<number> {
  const before = process.threadCpuUsage()
  await run()
  return since(before)
}

function since(before: NodeJS.CpuUsage): number {
  const { user, system } = process.threadCpuUsage(before)
  return (user + system) / 1_000
}
