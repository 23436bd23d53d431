/** The arguments that the bench handed to a contender, over its defaults. */
export function input<T extends object>(defaults: T): T {
  return { ...defaults, ...(JSON.parse(process.argv[2] ?? '{}') as Partial<T>) }
}

export function report(metrics: Record<string, number>): void {
  process.stdout.write(JSON.stringify(metrics))
}

/** Wall and CPU time since it was made. */
export function stopwatch(): { wallMs: () => number; cpuMs: () => number } {
  const started = performance.now()
  const before = process.cpuUsage()
  return {
    wallMs: () => performance.now() - started,
    cpuMs: () => {
      const { user, system } = process.cpuUsage(before)
      return (user + system) / 1_000
    },
  }
}
