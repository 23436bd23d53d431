import { connect, type Socket } from 'node:net'

/** Bytes on a socket of their own; what came back until it was closed, or `ms` had gone by without a word. */
export function talk(port: number, pieces: string | Buffer | readonly (string | Buffer)[], ms = 250): Promise<string> {
  return new Promise((resolve) => {
    let said = ''
    const socket: Socket = connect(port, '127.0.0.1', () => {
      for (const piece of typeof pieces === 'string' || Buffer.isBuffer(pieces) ? [pieces] : pieces)
        socket.write(typeof piece === 'string' ? Buffer.from(piece, 'latin1') : piece)
    })
    socket.setTimeout(ms, () => socket.destroy())
    socket.on('data', (chunk) => (said += chunk.toString('latin1')))
    socket.on('error', () => undefined)
    socket.on('close', () => resolve(said))
  })
}

/** A byte now and then, for ever; resolves with what was answered when the server has had enough. */
export function trickle(port: number, text: string, everyMs: number): Promise<string> {
  return new Promise((resolve) => {
    let [said, at] = ['', 0]
    const socket = connect(port, '127.0.0.1')
    const timer = setInterval(() => socket.write(text[at++ % text.length]!), everyMs)
    socket.on('data', (chunk) => (said += chunk.toString('latin1')))
    socket.on('error', () => undefined)
    socket.on('close', () => {
      clearInterval(timer)
      resolve(said)
    })
  })
}

/** The statuses of all answers in what a socket has said. */
export const statusesOf = (said: string): number[] =>
  [...said.matchAll(/^HTTP\/1\.[01] (\d{3})/gm)].map(([, status]) => Number(status))
