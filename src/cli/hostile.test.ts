import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import * as z from 'zod'
import { Places } from '../../test/support/cli-places.ts'
import { defineJob } from '../job/definition.ts'

vi.mock('./process.ts', () => ({
  leave: (code: number | undefined) => (process.exitCode = code ?? 0),
  survivePipes: () => {},
}))

const both = new Places()
const web: { server?: Server; url: string; answer: { status: number; type: string; body: string } } = {
  url: '',
  answer: { status: 200, type: 'application/json', body: '{}' },
}

beforeAll(async () => {
  await both.open()
  const server = createServer((_, response) => {
    response.writeHead(web.answer.status, { 'content-type': web.answer.type }).end(web.answer.body)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  web.server = server
  web.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
})

afterAll(async () => {
  web.server?.close()
  await both.close()
})

/** Nothing but lines and colours may reach a terminal. */
const steering = /[\u0000-\u0009\u000b-\u001a\u001c-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069]|\x1b(?!\[\d+m)/

describe('twelve planted secrets', () => {
  const planted = {
    password: 'hunter2-hunter2',
    apiKey: 'ak-9f8e7d6c5b4a',
    client_secret: 'cs-1234-abcd',
    accessToken: 'at-zyxwv',
    authorization: 'Basic dXNlcjpwYXNz',
    cookie: 'sid=c00k1e',
    privateKey: 'pk-rsa-1',
    note: 'declared-sensitive-note',
    stripe: `sk_live_${'s'.repeat(24)}`,
    github: `ghp_${'g'.repeat(36)}`,
    aws: 'AKIAIOSFODNN7EXAMPLE',
    url: 'postgres://me:dbpassw0rd@db/x',
  }
  const secrets = [...Object.values(planted).slice(0, -1), 'dbpassw0rd']

  test('are in no output of any command', async () => {
    const { stripe, github, url } = planted
    const mail = defineJob(
      'mail',
      { input: z.looseObject({ to: z.string() }), queue: 'mails', attempts: 1 },
      async () => {
        throw new Error(`refused: ${stripe} ${github} ${url} password=${planted.password}`)
      },
    )
    await both.run(
      `enqueue mail '${JSON.stringify({ to: 'x@acme', ...planted })}' --id secretive --header authorization=${planted.stripe}`,
    )
    await both.run(`schedules set s mail '${JSON.stringify({ to: 'x@acme', ...planted })}' --every 1h`)
    const worker = await both.client.work([mail], { bootCanary: false })
    await worker.idle()
    await worker.stop()
    expect(await both.json('status secretive')).toMatchObject({ state: 'dead', payloads: 'masked' })
    const commands = [
      'status secretive',
      'list',
      'list --state dead',
      'dead',
      'export',
      'export --format csv',
      'export --format csv --fields headers,input,error,input.password,input.stripe,input.note',
      'bulk retry --state dead --preview',
      `rerun secretive --patch '${JSON.stringify({ password: planted.password })}'`,
      'peek mails',
      'bulk',
      'schedules',
      'audit',
      `enqueue mail '{"password":"${planted.password}"'`,
      `rerun nope --patch '{"stripe":"${planted.stripe}'`,
      `stats --url ${planted.url}x`,
      `stats --api http://me:dbpassw0rd@127.0.0.1:1`,
    ]
    for (const command of commands) {
      for (const place of command.includes('--url') || command.includes('--api') ? [''] : ['', ` --api ${both.url}`]) {
        for (const json of ['', ' --json']) {
          const { stdout, stderr } = await both.run(command + place + json)
          for (const secret of secrets) {
            expect(stdout + stderr, `${command}${place}${json}`).not.toContain(secret)
          }
        }
      }
    }
    // They are all there for an admin who asks.
    const shown = JSON.stringify(await both.json('status secretive --reveal'))
    for (const secret of secrets) expect(shown).toContain(secret)
  })
})

describe('names that would steer a terminal', () => {
  const evil = '\x1b]0;owned\x07\x1b[2J\u202eevil\u2066'

  test('are made plain in every table', async () => {
    await both.client.enqueue(
      defineJob('mail', { input: z.unknown(), queue: 'mails' }),
      { to: evil },
      { group: 'a\u202eb', tags: ['t\u2066'], headers: { h: evil } },
    )
    for (const command of [
      'list',
      'peek mails',
      'export --format csv',
      'export',
      'stats',
      'audit',
      'dead',
      'limiters',
    ]) {
      const { stdout, stderr } = await both.run(command)
      if (!command.startsWith('export')) expect(stdout + stderr, command).not.toMatch(steering)
      else expect(stdout, command).not.toMatch(/\x1b/)
    }
  })
})

describe('an API that is none of ours', () => {
  const says = (status: number, body: string, type = 'application/json') => (web.answer = { status, type, body })

  test.each([
    [200, '<html>hello</html>', 'text/html', 69],
    [404, '<html>nothing</html>', 'text/html', 69],
    [200, '', 'application/json', 69],
    [400, '{}', 'application/json', 69],
    [
      400,
      JSON.stringify({ code: 'FW_NEW_CODE', detail: 'of a later version', remedy: 'upgrade' }),
      'application/problem+json',
      1,
    ],
    [
      400,
      JSON.stringify({ code: '\x1b[2JFW', detail: 'x\x1b]0;owned\x07\u202e'.repeat(5_000), remedy: '\x1b[2J' }),
      'application/problem+json',
      1,
    ],
    [409, JSON.stringify({ code: '__proto__', detail: 'x' }), 'application/problem+json', 1],
  ])('%i %s', async (status, body, type, end) => {
    says(status, body, type)
    const ran = await both.run(`list --api ${web.url}`)
    expect([ran.end, ran.stdout]).toEqual([end, ''])
    expect(ran.stderr).toMatch(/^error \S+: /)
    expect(ran.stderr).not.toMatch(steering)
    expect(ran.stderr).not.toMatch(/\n\s+at /)
    expect(ran.stderr.length).toBeLessThan(25_000)
    const { error } = await both.json<{ error: object }>(`list --api ${web.url}`)
    expect(error).toMatchObject({ message: expect.any(String) })
  })

  test('a redirect is not followed, with a token least of all', async () => {
    let asked = 0
    const other = createServer((_, response) => {
      asked++
      response.end('{}')
    })
    await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve))
    const location = `http://127.0.0.1:${(other.address() as AddressInfo).port}/`
    const redirecting = createServer((_, response) => response.writeHead(302, { location }).end())
    await new Promise<void>((resolve) => redirecting.listen(0, '127.0.0.1', resolve))
    const url = `http://127.0.0.1:${(redirecting.address() as AddressInfo).port}`
    expect((await both.run(`peek mails --api ${url} --token abc`)).end).toBe(69)
    expect(asked).toBe(0)
    other.close()
    redirecting.close()
  })
})
