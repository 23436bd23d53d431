import { STATUS_CODES } from 'node:http'
import type { Socket } from 'node:net'
import { brokenRequest, problemType } from '../problem.ts'

/** What is no HTTP is answered in our words too, as far as it can be, and the connection ends. */
export function refuseBroken(error: Error & { code?: string }, socket: Socket): void {
  if (error.code === 'ECONNRESET' || socket.destroyed) return
  if (!socket.writable) return void socket.destroy()
  const { status, detail } = told(error.code)
  const body = JSON.stringify(brokenRequest(status, detail))
  const head = [
    `HTTP/1.1 ${status} ${STATUS_CODES[status]}`,
    `content-type: ${problemType}`,
    `content-length: ${Buffer.byteLength(body)}`,
    'cache-control: no-store',
    'x-content-type-options: nosniff',
    'connection: close',
  ]
  socket.end(`${head.join('\r\n')}\r\n\r\n${body}`, () => socket.destroy())
}

function told(code: string | undefined): { status: 400 | 408 | 431; detail: string } {
  if (code === 'HPE_HEADER_OVERFLOW') return { status: 431, detail: 'The headers are larger than 16 KiB.' }
  if (code === 'ERR_HTTP_REQUEST_TIMEOUT') return { status: 408, detail: 'The request took too long to arrive.' }
  return { status: 400, detail: 'This is no HTTP request.' }
}
