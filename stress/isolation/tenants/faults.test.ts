import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Socket } from 'node:net'
import { expect, onTestFinished, test } from 'vitest'
import { FaultProxy } from '../../proxy/proxy.ts'
import { hurt } from './faults.ts'

test('the server has lost all that was swallowed when it is over: it would keep its locks else', async () => {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  onTestFinished(() => void server.close())
  const proxy = await FaultProxy.start({ port: (server.address() as AddressInfo).port })
  onTestFinished(() => proxy[Symbol.asyncDispose]())
  const over = new AbortController()
  const swallow = proxy.blackhole.bind(proxy)
  let atServer: Socket | undefined
  // It is over when one is swallowed that was opened after all were reset.
  proxy.blackhole = (which) => {
    server.once('connection', (accepted) => {
      atServer = accepted.on('error', () => {})
      swallow(which)
      over.abort()
    })
    const socket = connect({ port: proxy.port, host: '127.0.0.1' }).on('error', () => {})
    onTestFinished(() => void socket.destroy())
  }
  expect(await hurt([proxy], { next: async () => {}, over: over.signal })).toMatchObject({ forgotten: 1 })
  if (!atServer!.closed) await new Promise((closed) => atServer!.once('close', closed))
})
