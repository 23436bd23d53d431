/** Megabytes. V8's own default is 16. */
const semiSpaceMb = 8

/**
 * The flags that a worker process is started with: this process's own, and a smaller nursery. Jobs that wait for I/O outlive any
 * nursery, so that a big one only takes memory: at 10,000 HTTP jobs in flight, 8 MB instead of 16 took a fifth off the
 * peak and cost nothing (bench/README.md). Whoever sets it keeps what was set.
 */
export function workerNodeFlags(own: readonly string[], nodeOptions = ''): string[] {
  const isSet = [...own, nodeOptions].some((flag) => /--max[-_]semi[-_]space[-_]size/.test(flag))
  return isSet ? [...own] : [...own, `--max-semi-space-size=${semiSpaceMb}`]
}
