import { expect, it } from 'vitest'
import { working } from '../../test/support/work.ts'
import { defineJob } from '../index.ts'

const original = globalThis.fetch

it('binds a plain fetch to its job where the worker owns the process, and only there', async () => {
  const bound = defineJob('bound', {}, () => globalThis.fetch === original)
  const guest = await working([bound])
  expect(await (await guest.client.enqueue(bound)).result()).toBe(true)

  const owner = await working([bound], { ownProcess: true })
  expect(await (await owner.client.enqueue(bound)).result()).toBe(false)
  await owner.worker.stop()
  expect(globalThis.fetch).toBe(original)
})

it('stops a plain fetch with its job', async () => {
  const server = (await import('node:http')).createServer(() => {})
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as { port: number }
  const waits = defineJob('waits', { attempts: 1, timeoutMs: 50 }, () => fetch(`http://127.0.0.1:${port}/`))
  const { client } = await working([waits], { ownProcess: true })
  const sent = await client.enqueue(waits)
  await expect(sent.result()).rejects.toThrow('FW_HANDLER_TIMEOUT')
  server.closeAllConnections()
  server.close()
})
