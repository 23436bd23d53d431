import { once } from 'node:events'
import { connect, createServer, type AddressInfo, type Socket } from 'node:net'
import { describe, expect, onTestFinished, test } from 'vitest'
import { mysqlProtocol } from './mysql.ts'
import { postgresProtocol } from './postgres.ts'
import type { Part } from './protocol.ts'
import { FaultProxy, type FaultProxyOptions } from './proxy.ts'
import { resp } from './resp.ts'

/** A server that answers each line with itself, `+` before it, and remembers what it got. */
async function echo(): Promise<{ port: number; got: string[]; sockets: Set<Socket> }> {
  const got: string[] = []
  const sockets = new Set<Socket>()
  const server = createServer((socket) => {
    sockets.add(socket.on('close', () => sockets.delete(socket)).on('error', () => {}))
    socket.on('data', (chunk: Buffer) => {
      const text = chunk.toString()
      got.push(text)
      socket.write(text.replace(/^(?=.)/gm, '+'))
    })
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  onTestFinished(() => {
    for (const socket of sockets) socket.destroy()
    server.close()
  })
  return { port: (server.address() as AddressInfo).port, got, sockets }
}

async function through(port: number, options?: FaultProxyOptions): Promise<FaultProxy> {
  const proxy = await FaultProxy.start({ port }, options)
  onTestFinished(() => proxy[Symbol.asyncDispose]())
  return proxy
}

async function visitor(port: number): Promise<Socket> {
  const socket = connect({ port, host: '127.0.0.1' })
  await once(socket, 'connect')
  onTestFinished(() => void socket.destroy())
  return socket
}

const said = async (socket: Socket): Promise<string> => String((await once(socket, 'data'))[0])

test('what goes in comes out, and ends as it was ended', async () => {
  const { port, sockets } = await echo()
  const proxy = await through(port)
  const socket = await visitor(proxy.port)
  socket.write('a\r\n')
  expect(await said(socket)).toBe('+a\r\n')
  const [behind] = sockets
  socket.end()
  await Promise.all([once(socket, 'end'), once(behind!, 'close')])
})

test('a cut resets both sides; new connections work', async () => {
  const { port, sockets } = await echo()
  const proxy = await through(port)
  const socket = await visitor(proxy.port)
  socket.write('a\r\n')
  await said(socket)
  const [behind] = sockets
  const closed = new Promise((resolve) => behind!.once('close', resolve))
  const failed = once(socket, 'error')
  proxy.cut()
  await closed
  expect((await failed)[0]).toMatchObject({ code: 'ECONNRESET' })
  const next = await visitor(proxy.port)
  next.write('b\r\n')
  expect(await said(next)).toBe('+b\r\n')
})

test('a black hole swallows both ways, and neither side learns of it', async () => {
  const { port, got, sockets } = await echo()
  const proxy = await through(port)
  const socket = await visitor(proxy.port)
  socket.write('a\r\n')
  await said(socket)
  const [behind] = sockets
  proxy.blackhole()
  const late = await visitor(proxy.port)
  socket.write('lost\r\n')
  late.write('lost too\r\n')
  behind!.write('lost back\r\n')
  socket.on('data', () => expect.fail('the black hole leaks'))
  late.on('data', () => expect.fail('the black hole leaks'))
  await proxy.heal()
  const next = await visitor(proxy.port)
  next.write('b\r\n')
  expect(await said(next)).toBe('+b\r\n')
  expect([got.join(''), socket.destroyed, behind!.destroyed]).toEqual(['a\r\nb\r\n', false, false])
  socket.destroy()
  next.write('c\r\n')
  await said(next)
  expect(behind!.destroyed).toBe(false)
})

test('a black hole of what is open leaves new connections alone', async () => {
  const { port, got } = await echo()
  const proxy = await through(port)
  const socket = await visitor(proxy.port)
  proxy.blackhole('open')
  socket.write('lost\r\n')
  const next = await visitor(proxy.port)
  next.write('b\r\n')
  expect(await said(next)).toBe('+b\r\n')
  expect(got).toEqual(['b\r\n'])
})

test('what is held comes when it heals', async () => {
  const { port, got } = await echo()
  const proxy = await through(port)
  const socket = await visitor(proxy.port)
  proxy.hold()
  socket.write('a\r\n')
  const other = await visitor(port)
  other.write('direct\r\n')
  await said(other)
  expect(got).toEqual(['direct\r\n'])
  await proxy.heal()
  expect(await said(socket)).toBe('+a\r\n')
})

test('a delay takes its time each way, a throttle by the byte', async () => {
  const { port } = await echo()
  const proxy = await through(port)
  const socket = await visitor(proxy.port)
  proxy.delay(50)
  let fromMs = performance.now()
  socket.write('a\r\n')
  await said(socket)
  expect(performance.now() - fromMs).toBeGreaterThanOrEqual(99)
  await proxy.heal()
  proxy.throttle(1_000)
  fromMs = performance.now()
  socket.write(`${'x'.repeat(98)}\r\n`)
  let bytes = 0
  while (bytes < 101) bytes += (await said(socket)).length
  expect(performance.now() - fromMs).toBeGreaterThanOrEqual(95)
})

test('nobody listens, until it heals, on the same port', async () => {
  const { port } = await echo()
  const proxy = await through(port)
  await proxy.refuse()
  const [error] = await once(connect({ port: proxy.port, host: '127.0.0.1' }), 'error')
  expect(error).toMatchObject({ code: 'ECONNREFUSED' })
  await proxy.heal()
  const socket = await visitor(proxy.port)
  socket.write('a\r\n')
  expect(await said(socket)).toBe('+a\r\n')
})

test('a port that somebody else was given meanwhile is waited for', async () => {
  const { port } = await echo()
  const proxy = await through(port)
  await proxy.refuse()
  const other = createServer().listen(proxy.port, '127.0.0.1')
  await once(other, 'listening')
  const healed = proxy.heal()
  // It has been refused by then.
  await new Promise(setImmediate)
  other.close()
  await healed
  const socket = await visitor(proxy.port)
  socket.write('a\r\n')
  expect(await said(socket)).toBe('+a\r\n')
})

test('the reply of the nth request is lost after it was done', async () => {
  const { port, got } = await echo()
  const proxy = await through(port, { protocol: resp })
  const socket = await visitor(proxy.port)
  const told: string[] = []
  proxy.onReply = (request, reply) => void told.push(`${request.toString().trim()} ${reply.toString().trim()}`)
  const lost = proxy.dropReply(2, (request) => request.includes('set'))
  let heard = ''
  socket.on('data', (chunk: Buffer) => (heard += chunk.toString()))
  const closed = once(socket, 'error')
  for (const request of ['set 1\r\n', 'get 1\r\n', 'set 2\r\n']) socket.write(request)
  await lost
  expect((await closed)[0]).toMatchObject({ code: 'ECONNRESET' })
  expect(got.join('')).toBe('set 1\r\nget 1\r\nset 2\r\n')
  expect(heard).not.toContain('set 2')
  expect(told).toEqual(['set 1 +set 1', 'get 1 +get 1', 'set 2 +set 2'])
})

/** What comes of these bytes, however they are cut: how many requests or replies, and all of it, byte for byte. */
function eachCut(bytes: Buffer, open: () => (chunk: Buffer) => Part[]): { ends: number; text: string }[] {
  return Array.from({ length: bytes.length }, (_, i) => {
    const feed = open()
    const parts: Part[] = []
    for (let from = 0; from < bytes.length; from += i + 1) parts.push(...feed(bytes.subarray(from, from + i + 1)))
    const text = Buffer.concat(parts.map((part) => part.bytes)).toString('latin1')
    return { ends: parts.filter(({ ends }) => ends).length, text }
  })
}

const always = (bytes: Buffer, ends: number) =>
  Array.from({ length: bytes.length }, () => ({ ends, text: bytes.toString('latin1') }))

test.each([
  ['+OK\r\n', 1],
  [':1\r\n-ERR no\r\n', 2],
  ['$3\r\na\r\n\r\n', 1],
  ['$-1\r\n*-1\r\n*0\r\n', 3],
  ['*2\r\n$1\r\na\r\n*1\r\n:1\r\n_\r\n', 2],
  ['%1\r\n+a\r\n:1\r\n', 1],
])('Redis: %j is %d replies, however it is cut', (text, count) => {
  const bytes = Buffer.from(text)
  expect(eachCut(bytes, () => resp().fromServer)).toEqual(always(bytes, count))
})

describe('Postgres', () => {
  const message = (letter: string, body: string) => {
    const length = Buffer.alloc(4)
    length.writeUInt32BE(4 + body.length)
    return Buffer.concat([Buffer.from(letter), length, Buffer.from(body)])
  }

  test('a greeting, a simple query, and all up to a Sync are a request each; a farewell is none', () => {
    const greeting = message('', '\0\x03\0\0user\0me\0\0')
    const prepared = [message('P', '\0select 1\0\0\0'), ...['B', 'D', 'E', 'S'].map((letter) => message(letter, ''))]
    const bytes = Buffer.concat([greeting, message('Q', 'listen x\0'), ...prepared, message('X', '')])
    expect(eachCut(bytes, () => postgresProtocol().fromClient)).toEqual(always(bytes, 3))
  })

  test('a reply ends when the server is ready; what it tells unasked goes on at once', () => {
    const bytes = Buffer.concat([message('D', 'Z\0\0\0\x05'), message('C', 'SELECT 1\0'), message('Z', 'I')])
    expect(eachCut(bytes, () => postgresProtocol().fromServer)).toEqual(always(bytes, 1))
    const unasked = message('A', '\0\0\0\x01x\0y\0')
    expect(postgresProtocol().fromServer(unasked)).toEqual([{ bytes: unasked, ends: false }])
  })
})

describe('MySQL', () => {
  const packet = (sequence: number, ...body: number[]) => Buffer.from([body.length, 0, 0, sequence, ...body])
  const greeting = packet(0, 10, 0x35, 0)
  const login = packet(1, 0x8d, 0xa6)
  const query = packet(0, 3, 0x78)
  const ok = (sequence: number, status: number) => packet(sequence, 0, 0xfc, 1, 1, 0, status, 0, 0, 0)
  const eof = (sequence: number, status: number) => packet(sequence, 0xfe, 0, 0, status, 0)
  const rows = (sequence: number, status: number) => [
    packet(sequence, 1),
    packet(sequence + 1, 3, 0x64, 0x65, 0x66),
    eof(sequence + 2, 2),
    // A row that begins like an EOF, and one that begins like an OK.
    packet(sequence + 3, 0xfe, 0, 0, 0, 0, 0, 0, 0, 0, 0),
    packet(sequence + 4, 0, 0),
    eof(sequence + 5, status),
  ]

  test('a command is a request; a login and a farewell are none', () => {
    const bytes = Buffer.concat([login, query, query, packet(0, 1)])
    expect(eachCut(bytes, () => mysqlProtocol().fromClient)).toEqual(always(bytes, 2))
  })

  test.each([
    ['an OK', [ok(1, 2)]],
    ['an error', [packet(1, 0xff, 0x15, 4)]],
    ['rows', rows(1, 2)],
    ['the answers of three statements', [ok(1, 8), ...rows(2, 8), ok(8, 2)]],
    ['an answer and then an error', [...rows(1, 8), packet(7, 0xff, 0x15, 4)]],
  ])('%s is one reply, however it is cut; a greeting is none', (_, reply) => {
    const dialogue = () => {
      const { fromClient, fromServer } = mysqlProtocol()
      const greeted = fromServer(greeting)
      expect(greeted).toEqual([{ bytes: greeting, ends: false }])
      fromClient(Buffer.concat([login, query]))
      return fromServer
    }
    const bytes = Buffer.concat(reply)
    expect(eachCut(bytes, dialogue)).toEqual(always(bytes, 1))
  })
})
