import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it, onTestFinished } from 'vitest'
import { call, idsOf, job, opened, settle, sqsApp, take, takeAll } from '../../test/support/sqs.ts'
import type { BodyStore } from './index.ts'

/** Bodies in files. */
function folderStore(): BodyStore & { keys: () => string[] } {
  const folder = mkdtempSync(join(tmpdir(), 'fiber-work-bodies-'))
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
  const pathOf = (key: string) => join(folder, encodeURIComponent(key))
  return {
    keys: () => readdirSync(folder),
    put: async (key, body) => writeFileSync(pathOf(key), body),
    get: async (key) => {
      try {
        return readFileSync(pathOf(key), 'utf8')
      } catch {
        return undefined
      }
    },
    delete: async (key) => rmSync(pathOf(key), { force: true }),
  }
}

const large = 'é'.repeat(1_048_576)

it('a body that no message holds lies in the body store until its job is done', async () => {
  const bodies = folderStore()
  const app = await sqsApp()
  const driver = await opened({ bodies, prefix: app.prefix })
  await driver.enqueue(call(), [job('large', { body: large, tags: ['t'] }), job('small')])
  expect(bodies.keys()).toHaveLength(1)
  const loans = await take(driver)
  expect(loans.find(({ job }) => job.id === 'large')!.job).toEqual(job('large', { body: large, tags: ['t'] }))
  expect(await settle(driver, loans, { kind: 'release' })).toEqual(['settled', 'settled'])
  const again = await take(driver)
  expect(again.find(({ job }) => job.id === 'large')!.job.body === large).toBe(true)
  expect(await settle(driver, again, { kind: 'done' })).toEqual(['settled', 'settled'])
  expect(bodies.keys()).toEqual([])
})

it('the body of a dead job stays where its dead letter points, and one that is gone is told', async () => {
  const bodies = folderStore()
  const app = await sqsApp()
  const driver = await opened({ bodies, prefix: app.prefix })
  await driver.enqueue(call(), [job('large', { body: large })])
  await settle(driver, await take(driver), { kind: 'dead', reason: 'no luck' })
  expect(bodies.keys()).toHaveLength(1)
  const [dead] = await app.receive('q-dead')
  expect(await bodies.get((JSON.parse(dead!.Body!) as Record<string, string>)['fiber-work-body']!)).toBe(large)
  await bodies.delete((JSON.parse(dead!.Body!) as Record<string, string>)['fiber-work-body']!)
  await app.send('q', dead!.Body!, { MessageAttributes: dead!.MessageAttributes })
  expect(await takeAll(driver)).toMatchObject({ jobs: [], broken: [expect.stringMatching(/^[0-9a-f-]{36}$/)] })
})

it('without a store such a body is refused, with its size and the option that helps', async () => {
  const driver = await opened()
  await expect(driver.enqueue(call(), [job('large', { body: large })])).rejects.toMatchObject({
    code: 'FW_BODY_TOO_LARGE',
    message: expect.stringMatching(/is 20\d{5} bytes as a message.*\(bodies\)/),
  })
  const narrow = await opened({ messageBytesMax: 262_144 })
  expect(narrow.traits.bodyBytesMax).toBe(245_760)
})

it('batches are cut by the size of a request, too', async () => {
  const driver = await opened()
  const jobs = ['a', 'b', 'c', 'd', 'e'].map((id) => job(id, { body: id.repeat(400_000) }))
  await driver.enqueue(call(), jobs)
  expect(idsOf(await take(driver)).toSorted()).toEqual(['a', 'b', 'c', 'd', 'e'])
})
