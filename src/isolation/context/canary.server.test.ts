import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { expect, it } from 'vitest'
import type { WorkOptions } from '../../connect/work.ts'
import type { Events } from '../../contract/events.ts'

const ran = promisify(execFile)
const module = (code: string) => `data:text/javascript,${encodeURIComponent(code)}`

/** Starts a worker in a process into which `code` was loaded first; answers what its canary told. */
async function lostIn(code: string, work: WorkOptions = { bootCanary: true }, flags: string[] = []) {
  const loaded = code === '' ? [] : ['--import', module(code)]
  const main = fileURLToPath(new URL('../../../test/support/canary-main.ts', import.meta.url))
  const { stdout } = await ran(process.execPath, [...flags, ...loaded, main, JSON.stringify(work)])
  return stdout === '' ? undefined : (JSON.parse(stdout) as Events['context.lost'])
}

const brokenThen = `
  import { AsyncResource } from 'node:async_hooks'
  const root = new AsyncResource('root')
  const { then } = Promise.prototype
  const moved = (run) => typeof run === 'function' ? (value) => root.runInAsyncScope(run, undefined, value) : run
  Promise.prototype.then = function (done, failed) { return then.call(this, moved(done), moved(failed)) }`

const batchedTimers = `
  const { setTimeout } = globalThis
  let batch = []
  globalThis.setTimeout = (run, ms) => {
    batch.push(run)
    return setTimeout(() => { const all = batch; batch = []; for (const one of all) one() }, ms)
  }`

const moving = (where: string) => `
  import { AsyncResource } from 'node:async_hooks'
  const root = new AsyncResource('root')
  const { fetch } = globalThis
  globalThis.fetch = (...request) => ({ then: (done, failed) => ${where}(() => fetch(...request).then(done, failed)) })`

it.each<[string, string[]]>([
  ['as it is', []],
  ['without the async context frame', ['--no-async-context-frame']],
])('Node %s keeps jobs apart', async (_, flags) => expect(await lostIn('', undefined, flags)).toBeUndefined())

it('a patched Promise.prototype.then is named', async () => {
  const told = await lostIn(brokenThen)
  expect(told?.lost).toEqual([{ what: 'promise.then', replaced: true, kept: 0, lost: 3, bled: 0, of: 3 }])
  expect(told?.worker).toMatch(/:\d+:/)
  expect(told?.loaded).toEqual([expect.stringMatching(/^--import data:text\/javascript/)])
})

it('timers that run each other’s functions are named', async () => {
  const told = await lostIn(batchedTimers)
  expect(told?.lost).toEqual([{ what: 'setTimeout', replaced: true, kept: 1, lost: 0, bled: 2, of: 3 }])
})

it('another fetch is called, and what is all right stays unsaid', async () => {
  expect((await lostIn(moving('root.runInAsyncScope.bind(root)')))?.lost).toMatchObject([
    { what: 'fetch', replaced: true },
  ])
  expect(await lostIn(moving('setTimeout'))).toBeUndefined()
  expect(await lostIn(`globalThis.fetch = () => Promise.reject(new Error('mocked'))`)).toBeUndefined()
}, 120_000)

it('it is on where the worker owns its process, and can be turned off', async () => {
  const asked = [{}, { ownProcess: true }, { ownProcess: true, bootCanary: false }]
  const told = await Promise.all(asked.map((work) => lostIn(brokenThen, work)))
  expect(told.map((one) => one !== undefined)).toEqual([false, true, false])
}, 120_000)
