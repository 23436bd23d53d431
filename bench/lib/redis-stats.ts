import { existsSync, globSync } from 'node:fs'
import { basename, join } from 'node:path'
import { askRedis, commandStatsOf } from '../contenders/redis-meter.ts'

const shown = 12
const driver = join(import.meta.dirname, '..', '..', 'dist', 'drivers', 'redis')

/** What commands and scripts have cost the server since its statistics were reset, to stderr. */
export async function printRedisStats(url: string): Promise<void> {
  for (const { command, calls, us } of commandStatsOf(url).slice(0, shown)) print(command, calls, us)
  for (const { name, calls, us, maxUs } of await scriptsOf(url)) {
    print(name, calls, us, `, longest ${(maxUs / 1_000).toFixed(1)} ms`)
  }
}

function print(name: string, calls: number, us: number, more = ''): void {
  const cost = `${(us / 1_000).toFixed(1).padStart(8)} ms in ${String(calls).padStart(7)} calls`
  console.error(`    ${name.padEnd(20)} ${cost}, ${(us / calls).toFixed(1)} µs each${more}`)
}

/** Scripts by name, among the last commands that SLOWLOG has kept. */
async function scriptsOf(url: string): Promise<{ name: string; calls: number; us: number; maxUs: number }[]> {
  const names = await namesBySha()
  const found = new Map<string, { name: string; calls: number; us: number; maxUs: number }>()
  for (const [, , us, [command, sha = '']] of slowlogOf(url)) {
    if (command!.toLowerCase() !== 'evalsha') continue
    const known = found.get(sha) ?? { name: `script ${names.get(sha) ?? sha.slice(0, 8)}`, calls: 0, us: 0, maxUs: 0 }
    found.set(sha, { ...known, calls: known.calls + 1, us: known.us + us, maxUs: Math.max(known.maxUs, us) })
  }
  return [...found.values()].sort((a, b) => b.us - a.us)
}

function slowlogOf(url: string): [id: number, at: number, us: number, command: string[]][] {
  return JSON.parse(askRedis(url, '--json', 'SLOWLOG', 'GET', '-1')) as ReturnType<typeof slowlogOf>
}

/** The scripts of our driver, as the server knows them. */
async function namesBySha(): Promise<Map<string, string>> {
  const module = join(driver, 'script.js')
  if (!existsSync(module)) return new Map()
  const { loadScript } = (await import(module)) as { loadScript: (name: string) => { sha: string } }
  const names = globSync('*.lua', { cwd: join(driver, 'scripts') }).map((file) => basename(file, '.lua'))
  return new Map(names.map((name) => [loadScript(name).sha, name]))
}
