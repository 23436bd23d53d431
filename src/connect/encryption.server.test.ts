import { expect, onTestFinished, test, type TestContext } from 'vitest'
import { bullmqPlace, noRedis } from '../../test/support/bullmq.ts'
import { installation as mysqlInstallation } from '../../test/support/mysql-harness.ts'
import { world } from '../../test/support/postgres-world.ts'
import { installation } from '../../test/support/redis-harness.ts'
import { connect, defineJob, unchecked } from '../index.ts'

const encryption = `k:${Buffer.alloc(32, 7).toString('base64')}`
const input = { say: 'canary \u2028 😀 " \\ \u0000' }

const child = defineJob('child', { input: unchecked<typeof input>() }, (given) => given)
const parent = defineJob('parent', { input: unchecked<typeof input>() }, async (given, job) => {
  await job.enqueue(child, given, { id: 'child' })
  return given
})

function onBullmq(context: TestContext): string {
  if (noRedis) context.skip('needs Redis')
  const { url, remove } = bullmqPlace()
  onTestFinished(remove)
  return url
}

const withParameter = (url: string, parameter: string) => `${url}${url.includes('?') ? '&' : '?'}${parameter}`

const stores: Record<string, (context: TestContext) => string | Promise<string>> = {
  Redis: async (context) => {
    const { url, name } = await installation(context)
    return withParameter(url, `installation=${name}`)
  },
  BullMQ: onBullmq,
  Postgres: async (context) => {
    const { url, schema } = await world(context)
    return withParameter(url, `schema=${schema}`)
  },
  MariaDB: async (context) => {
    const { url, prefix } = await mysqlInstallation(context)
    return withParameter(url, `prefix=${prefix}`)
  },
}

for (const [name, place] of Object.entries(stores)) {
  test(`encrypted inputs, follow-ups and results come back as they went in: ${name}`, async (context) => {
    const client = await connect(await place(context), { encryption })
    onTestFinished(() => client.close())
    await client.work([parent, child], { beatMs: 50 })
    const sent = await client.enqueue(parent, input)
    expect(await sent.result()).toEqual(input)
    expect(await client.job('child').result()).toEqual(input)
    for (const record of await client.find([sent.id, 'child'])) {
      expect(record!.job.body).toMatch(/^enc1\.k\.[\w-]+$/)
      expect(record!.result).toMatch(/^\{"\$sealed":"enc1r\.k\.[\w-]+"\}$/)
      expect(client.content(record!)).toEqual({ input, result: input })
    }
  })
}
