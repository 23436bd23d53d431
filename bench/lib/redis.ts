import { execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { type AddressInfo, createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { askRedis, resetStats } from '../contenders/redis-meter.ts'

/** So many commands SLOWLOG remembers, where it is asked to remember all of them. */
const commandsKept = 10_000

export interface RedisServer extends AsyncDisposable {
  url: string
  /** Nothing stored, nothing counted. */
  empty(): void
}

/** `Redis server v=7.0.15 …`; undefined where there is none. */
export function redisVersion(): string | undefined {
  try {
    return /v=(\S+)/.exec(execFileSync('redis-server', ['--version'], { encoding: 'utf8' }))?.[1]
  } catch {
    return undefined
  }
}

/**
 * A server of our own on a free port, without persistence: what it costs is nobody else's. `stats`: it keeps a log of
 * what each command took, which costs it something.
 */
export async function startRedis({ stats }: { stats: boolean }): Promise<RedisServer> {
  const folder = mkdtempSync(join(tmpdir(), 'fiber-work-bench-redis-'))
  const port = await freePort()
  const options = {
    port,
    bind: '127.0.0.1',
    dir: folder,
    save: '',
    appendonly: 'no',
    'slowlog-log-slower-than': stats ? 0 : -1,
    'slowlog-max-len': commandsKept,
  }
  const flags = Object.entries(options).flatMap(([name, value]) => [`--${name}`, String(value)])
  const child = spawn('redis-server', flags, { stdio: 'ignore' })
  const stop = async () => {
    if (child.exitCode === null && child.signalCode === null && child.kill()) await once(child, 'exit')
    rmSync(folder, { recursive: true, force: true })
  }
  const url = `redis://127.0.0.1:${port}`
  try {
    await answers(url, () => child.exitCode === null)
  } catch (error) {
    await stop()
    throw error
  }
  return {
    url,
    empty() {
      askRedis(url, 'FLUSHALL', 'SYNC')
      resetStats(url)
    },
    [Symbol.asyncDispose]: stop,
  }
}

async function answers(url: string, alive: () => boolean): Promise<void> {
  for (let tries = 0; tries < 100 && alive(); tries++) {
    try {
      if (askRedis(url, 'PING').startsWith('PONG')) return
    } catch {
      // Not listening yet.
    }
    await sleep(50)
  }
  throw new Error(`redis-server does not answer at ${url}.`)
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  server.close()
  await once(server, 'close')
  return port
}
