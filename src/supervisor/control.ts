import { lstatSync, mkdirSync, rmSync } from 'node:fs'
import { connect, createServer, type Server, type Socket } from 'node:net'
import { dirname } from 'node:path'
import { createInterface } from 'node:readline'
import type { Reloaded } from '../contract/fleet.ts'

/** What a supervisor does for whoever reaches its socket: this user, and root. */
export interface Control {
  reload(): Promise<Reloaded>
}

interface Answer {
  reloaded?: Reloaded
  error?: string
}

const requestCharsMax = 1_024
const connectionsMax = 16
/** Who has connected says within this what is wanted. */
const requestMsMax = 5_000

/**
 * Listens on a unix domain socket that only this user can open (mode 0600; `ownFolder`: in a folder that only this user can enter, which is made). One request a
 * connection: a line of JSON, `{"do":"reload"}`, and a line of JSON back.
 */
export async function listenForControl(
  path: string,
  control: Control,
  { ownFolder = false }: { ownFolder?: boolean } = {},
): Promise<{ close(): Promise<void> }> {
  if (ownFolder) makeOurs(dirname(path))
  await takeOver(path)
  const server = createServer((socket) => serve(socket, control))
  server.maxConnections = connectionsMax
  await listen(server, path)
  // It must not keep the process.
  server.unref()
  return {
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        for (const socket of open.get(server) ?? []) socket.destroy()
      }),
  }
}

/** Asks the supervisor at this socket. Throws what the system says when nobody listens there. */
export function askControl(path: string, what: 'reload'): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const socket = connect(path)
    socket.once('error', reject)
    socket.once('connect', () => socket.write(`${JSON.stringify({ do: what })}\n`))
    createInterface({ input: socket })
      .once('line', (line) => {
        resolve(JSON.parse(line) as Answer)
        socket.end()
      })
      .once('close', () => reject(new Error('the supervisor has ended before it answered')))
      .on('error', () => {})
  })
}

const open = new WeakMap<Server, Set<Socket>>()

function listen(server: Server, path: string): Promise<void> {
  const sockets = new Set<Socket>()
  open.set(server, sockets)
  server.on('connection', (socket) => {
    sockets.add(socket)
    socket.once('close', () => sockets.delete(socket))
  })
  return new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    // Nobody else may connect, not even between its making and a chmod. It is made in this very call.
    const before = process.umask(0o177)
    server.listen(path, () => {
      server.off('error', reject)
      server.on('error', () => {})
      resolve()
    })
    process.umask(before)
  })
}

function serve(socket: Socket, control: Control): void {
  let text = ''
  socket.on('error', () => {})
  socket.setTimeout(requestMsMax, () => socket.destroy())
  socket.setEncoding('utf8').on('data', (chunk: string) => {
    text += chunk
    const end = text.indexOf('\n')
    if (end < 0 && text.length <= requestCharsMax) return
    socket.removeAllListeners('data').resume()
    socket.setTimeout(0)
    void answer(text.slice(0, Math.max(end, 0)), control).then((told) => socket.end(`${JSON.stringify(told)}\n`))
  })
}

async function answer(line: string, control: Control): Promise<Answer> {
  try {
    const request = JSON.parse(line) as { do?: unknown } | null
    if (request?.do === 'reload') return { reloaded: await control.reload() }
    return { error: 'the only request is {"do":"reload"}' }
  } catch (error) {
    return { error: error instanceof Error ? error.message : String(error) }
  }
}

/** In a temporary folder somebody else may have made it before us. */
function makeOurs(folder: string): void {
  mkdirSync(folder, { recursive: true, mode: 0o700 })
  const { uid, mode } = lstatSync(folder)
  if (uid === process.getuid?.() && (mode & 0o022) === 0) return
  throw new Error(`${folder} belongs to somebody else, or others may write there`)
}

/** What a process that was killed left behind is in the way; one that listens is not disturbed. */
async function takeOver(path: string): Promise<void> {
  const isAlive = await new Promise<boolean>((resolve) => {
    const socket = connect(path)
    socket.once('connect', () => {
      socket.destroy()
      resolve(true)
    })
    socket.once('error', () => resolve(false))
  })
  if (isAlive) throw new Error(`another supervisor listens at ${path}`)
  if (lstatSync(path, { throwIfNoEntry: false })?.isSocket() === true) rmSync(path, { force: true })
}
