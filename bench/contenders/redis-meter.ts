import { execFileSync } from 'node:child_process'

/** One command, over the server's own client: outside of what is timed, and nothing of it runs in this process. */
export function askRedis(url: string, ...command: string[]): string {
  const { hostname, port } = new URL(url)
  return execFileSync('redis-cli', ['-h', hostname, '-p', port, ...command], {
    encoding: 'utf8',
    maxBuffer: 1e9,
    stdio: ['ignore', 'pipe', 'pipe'],
  })
}

/** Forget what commands have cost so far. */
export function resetStats(url: string): void {
  askRedis(url, 'CONFIG', 'RESETSTAT')
  askRedis(url, 'SLOWLOG', 'RESET')
}

export interface CommandStats {
  command: string
  calls: number
  us: number
}

/** What each command has cost since `resetStats`, the dearest first. A script's time includes that of its commands. */
export function commandStatsOf(url: string): CommandStats[] {
  return [...askRedis(url, 'INFO', 'commandstats').matchAll(/^cmdstat_([^:]+):calls=(\d+),usec=(\d+)/gm)]
    .map(([, command, calls, us]) => ({ command: command!, calls: Number(calls), us: Number(us) }))
    .sort((a, b) => b.us - a.us)
}

/**
 * CPU of the Redis server from here to the call of what it answers: microseconds a job. Where the store is no Redis there
 * is nothing to tell.
 */
export function meterRedis(url: string): (jobs: number) => { redisUs?: number } {
  if (!/^redis(?:\+streams)?:/.test(url)) return () => ({})
  resetStats(url)
  const before = cpuUsOf(url)
  return (jobs) => ({ redisUs: (cpuUsOf(url) - before) / jobs })
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
