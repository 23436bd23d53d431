import { execFileSync } from 'node:child_process'

/** One command, over the server's own client: outside of what is timed, and nothing of it runs in this process. */
export function askRedis(url: string, ...command: string[]): string {
  const { hostname, port } = new URL(url)
  return execFileSync('redis-cli', ['-h', hostname, '-p', port, ...command], {
    encoding: 'utf8',
    maxBuffer: 1e8,
    stdio: ['ignore', 'pipe', 'pipe'],
  })
}

/** CPU that the server has used since its start, in microseconds, in user and kernel. */
function cpuUsOf(url: string): number {
  const info = askRedis(url, 'INFO', 'cpu')
  return 1e6 * ['used_cpu_user', 'used_cpu_sys'].reduce((sum, name) => sum + fieldOf(info, name), 0)
}

function fieldOf(info: string, name: string): number {
  const found = new RegExp(`^${name}:([\\d.]+)`, 'm').exec(info)
  if (found === null) throw new Error(`Redis does not tell ${name}.`)
  return Number(found[1])
}

export interface CommandStats {
  command: string
  calls: number
  us: number
}

/** What each command has cost since the last CONFIG RESETSTAT, the dearest first. */
export function commandStatsOf(url: string): CommandStats[] {
  return [...askRedis(url, 'INFO', 'commandstats').matchAll(/^cmdstat_([^:]+):calls=(\d+),usec=(\d+)/gm)]
    .map(([, command, calls, us]) => ({ command: command!, calls: Number(calls), us: Number(us) }))
    .sort((a, b) => b.us - a.us)
}

/**
 * CPU of the Redis server from here to the call of what it answers: microseconds a job. `details` prints on top what
 * it was for. Where the store is no Redis there is nothing to tell.
 */
export function meterRedis(url: string, details: boolean): (jobs: number) => { redisUs?: number } {
  if (!url.startsWith('redis:')) return () => ({})
  if (details) {
    askRedis(url, 'CONFIG', 'RESETSTAT')
    askRedis(url, 'SLOWLOG', 'RESET')
  }
  const before = cpuUsOf(url)
  return (jobs) => {
    const redisUs = (cpuUsOf(url) - before) / jobs
    if (details) printDetails(url, jobs)
    return { redisUs }
  }
}

/** Each command's cost, and the slowest calls with what they asked, to stderr. */
export function printDetails(url: string, jobs: number): void {
  for (const { command, calls, us } of commandStatsOf(url).slice(0, 12)) {
    const each = `${(us / calls).toFixed(1)} µs a call, ${(us / jobs).toFixed(2)} µs a job`
    console.error(`    ${command.padEnd(20)} ${String(calls).padStart(8)} calls, ${each}`)
  }
  const slow = JSON.parse(askRedis(url, '--json', 'SLOWLOG', 'GET', '-1')) as [number, number, number, string[]][]
  for (const [, , us, command] of slow.sort((a, b) => b[2] - a[2]).slice(0, 5)) {
    console.error(`    slow: ${(us / 1_000).toFixed(1)} ms  ${command.slice(0, 5).join(' ').slice(0, 100)}`)
  }
}
