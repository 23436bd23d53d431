import { spawn } from 'node:child_process'
import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { unwatchFile, watch, watchFile } from 'node:fs'
import { get } from 'node:http'
import { connect, createServer, type Server } from 'node:net'
import { Worker } from 'node:worker_threads'
import { Http, type JobContext } from '../../src/index.ts'

/** What a handler can leave behind. Each answers what undoes it, for a test that was not so strict. */
export const leavers = {
  timer: () => {
    const timer = setTimeout(() => {}, 30_000)
    return () => clearTimeout(timer)
  },
  interval: () => {
    const timer = setInterval(() => {}, 1_000)
    return () => clearInterval(timer)
  },
  immediate: () => {
    let goesOn = true
    const again = (): void => void (goesOn && setImmediate(again))
    again()
    return () => void (goesOn = false)
  },
  socket: async () => {
    const socket = connect(await listening())
    await once(socket, 'connect')
    return () => void socket.destroy()
  },
  server: async () => {
    const server = createServer(() => {}).listen(0)
    await once(server, 'listening')
    return () => void server.close()
  },
  udp: async () => {
    const socket = createSocket('udp4').bind(0)
    await once(socket, 'listening')
    return () => void socket.close()
  },
  process: async () => {
    const child = spawn('sleep', ['60'])
    await once(child, 'spawn')
    return () => void child.kill()
  },
  watcher: () => {
    const watcher = watch('.')
    return () => watcher.close()
  },
  poller: () => {
    watchFile('./package.json', () => {})
    return () => unwatchFile('./package.json')
  },
  thread: async () => {
    const thread = new Worker('setInterval(() => {}, 1000)', { eval: true })
    await once(thread, 'online')
    return () => void thread.terminate()
  },
  port: () => {
    const { port1 } = new MessageChannel()
    port1.addEventListener('message', () => {})
    port1.start()
    return () => port1.close()
  },
} satisfies Record<string, () => (() => void) | Promise<() => void>>

/** What looks like it and is none. */
export const innocents = {
  'what was ended': async () => {
    clearTimeout(setTimeout(() => {}, 30_000))
    ;(await leavers.process())()
    ;(await leavers.udp())()
  },
  'what ends by itself within moments': () => {
    setTimeout(() => {}, 10)
    setImmediate(() => {})
  },
  'what does not hold up the process': async () => {
    setTimeout(() => {}, 30_000).unref()
    connect(await listening()).unref()
  },
  'a connection that a pool keeps': async (_job, { url }) => {
    await Http.get(url)
    await (await fetch(url)).text()
    await new Promise((resolve) => get(url, (answer) => answer.resume().on('end', resolve)))
  },
  "what the job's helpers made": (job) => {
    void job.sleep(30_000)
    job.setTimeout(() => {}, 30_000)
    job.setInterval(() => {}, 30_000)
    job.on(process, 'SIGUSR2', () => {})
  },
} satisfies Record<string, (job: JobContext, at: { url: string }) => unknown>

let server: Server | undefined

/** A port on which somebody listens who belongs to no job; for the sockets of these. */
export async function listening(): Promise<number> {
  if (server === undefined) {
    server = createServer(() => {}).listen(0, '127.0.0.1')
    server.unref()
    await once(server, 'listening')
  }
  return (server.address() as { port: number }).port
}
