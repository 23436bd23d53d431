import { once } from 'node:events'
import { createServer } from 'node:http'
import { describe, expect, it, onTestFinished } from 'vitest'
import { innocents, leavers, listening } from '../../test/support/leavers.ts'
import { heard, until, working } from '../../test/support/work.ts'
import type { Isolation } from '../contract/isolation.ts'
import { bind, defineJob, unchecked } from '../index.ts'

type Name = keyof typeof leavers
const names = Object.keys(leavers) as Name[]

/** A handler that leaves the named thing behind, run once; what is told of it. */
async function left(name: Name, isolation: Isolation) {
  const zombies = heard('job.zombie')
  let undo = () => {}
  onTestFinished(() => {
    try {
      undo()
    } catch {
      // In strict it is done already, and some say so.
    }
  })
  const job = defineJob('leaver', { input: unchecked<Name>() }, async (which) => {
    undo = await leavers[which]()
  })
  await listening()
  const { client } = await working([job], { isolation })
  const sent = await client.enqueue(job, name)
  await sent.result()
  return { zombies, id: sent.id }
}

const said: Record<Name, RegExp> = {
  timer: /^a timer of 30000 ms, made at/,
  interval: /^an interval of 1000 ms, made at/,
  immediate: /^an immediate, made at/,
  socket: /^a socket to 127\.0\.0\.1:\d+, made at/,
  server: /^a server on port \d+, made at/,
  udp: /^a UDP socket on port \d+, made at/,
  process: /^a child process \(sleep pid \d+\), made at/,
  watcher: /^a file watcher, made at/,
  poller: /^a file watcher that polls, made at/,
  thread: /^a worker thread \(\d+\), made at/,
  port: /^a message port, made at/,
}

describe('what a job leaves behind', () => {
  it.each(names)('is named with where it was made, and left alone in warn: %s', async (name) => {
    const { zombies, id } = await left(name, 'warn')
    await until(() => zombies.length > 0)
    expect(zombies).toMatchObject([{ id, name: 'leaver', attempt: 1, closed: [] }])
    expect(zombies[0]!.left).toEqual([expect.stringMatching(said[name])])
    expect(zombies[0]!.left[0]).toMatch(/leavers\.ts:\d+:\d+/)
    expect(Object.values(zombies[0]!.kinds)).toEqual([1])
  })

  it.each(names)('is ended in strict: %s', async (name) => {
    const { zombies } = await left(name, 'strict')
    await until(() => zombies.length > 0)
    expect(zombies[0]!.closed).toEqual(zombies[0]!.left)
  })
})

describe('what is no zombie', () => {
  it.each(Object.keys(innocents) as (keyof typeof innocents)[])('%s', async (which) => {
    const zombies = heard('job.zombie')
    const server = createServer((_request, response) => response.end('x')).listen(0, '127.0.0.1')
    await once(server, 'listening')
    onTestFinished(() => {
      server.close()
      server.closeAllConnections()
    })
    await listening()
    const url = `http://127.0.0.1:${(server.address() as { port: number }).port}/`
    const first = defineJob('first', {}, async (_, job) => void (await innocents[which](job, { url })))
    // A job that comes after it, and is told of: by then the first one has been looked at.
    const last = defineJob('last', {}, () => void onTestFinished(leavers.timer()))
    const { client } = await working([first, last], { isolation: 'strict' })
    await (await client.enqueue(first)).result()
    await (await client.enqueue(last)).result()
    await until(() => zombies.some(({ name }) => name === 'last'))
    expect(zombies.filter(({ name }) => name === 'first')).toEqual([])
    expect(process.listenerCount('SIGUSR2')).toBe(0)
  })
})

it('a bound callback that is called late is told once, with its job, and does nothing', async () => {
  const zombies = heard('job.zombie')
  const calls: number[] = []
  let callback = () => {}
  const job = defineJob('binder', {}, () => {
    callback = bind(function notify() {
      calls.push(1)
    })
    callback()
  })
  const { client } = await working([job], { isolation: 'off' })
  const sent = await client.enqueue(job)
  await sent.result()
  callback()
  callback()
  expect(calls).toEqual([1])
  expect(zombies).toEqual([
    {
      ...{ worker: expect.any(String), id: sent.id, name: 'binder', queue: 'default', group: undefined, attempt: 1 },
      ...{ left: ['a bound callback (notify), called after the end'], closed: [], kinds: { callback: 1 } },
    },
  ])
})
