import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { json } from 'node:stream/consumers'
import { connect, isFiberWorkError } from 'fiber-work'
import { resize } from './resize.ts'

const client = await connect(process.env['STORE'] ?? 'sqlite:./jobs.db')
const patienceMs = 500

/** With express or fastify it is the same three lines: enqueue, wait a little, answer. */
const server = createServer((request, response) => {
  void answer(request.method === 'POST' ? post(request) : get(request.url ?? '')).then(([status, body]) => {
    response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body))
  })
})

async function post(request: AsyncIterable<Uint8Array>): Promise<[number, unknown]> {
  const sent = await client.enqueue(resize, (await json(request as never)) as { width: number })
  try {
    return [200, await sent.result({ timeoutMs: patienceMs })]
  } catch (error) {
    if (isFiberWorkError(error) && error.code === 'FW_RESULT_TIMEOUT') return [202, { at: `/jobs/${sent.id}` }]
    throw error
  }
}

async function get(path: string): Promise<[number, unknown]> {
  const record = await client.job(path.replace('/jobs/', '')).status()
  return record === undefined ? [404, {}] : [200, { state: record.state, result: record.result }]
}

/** Invalid input is the caller's mistake, and the schema says which. */
async function answer(made: Promise<[number, unknown]>): Promise<[number, unknown]> {
  try {
    return await made
  } catch (error) {
    if (isFiberWorkError(error) && error.code === 'FW_INPUT_INVALID') return [400, { error: error.message }]
    return [500, { error: String(error) }]
  }
}

server.listen(0, '127.0.0.1', () => process.send?.((server.address() as AddressInfo).port))
process.once('SIGTERM', () => server.close(() => void client.close().then(() => process.disconnect?.())))
