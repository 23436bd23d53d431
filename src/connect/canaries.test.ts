import { expect, onTestFinished, test, vi } from 'vitest'
import * as z from 'zod'
import { setRedaction } from '../base/redact.ts'
import { systemEnv } from '../base/env.ts'
import { outputOf } from '../cli/output.ts'
import { errorOf, reportError } from '../cli/report.ts'
import { startLog } from '../observe/log/log.ts'
import { until, working } from '../../test/support/work.ts'
import { defineJob, GiveUp, redactInput, RetryIn, Snooze } from '../index.ts'

// Made up, and put together here, so that no scanner of this repository takes them for real.
const c = 'Canary0x7d'
const canaries = {
  password: `${c}-pa ss"wo\\rd`,
  url: `postgres://app:${c}-url@db.example/app`,
  headers: { Authorization: `Bearer ${c}-bearer`, Cookie: `sid=${c}-cookie; a=b`, 'x-api-key': `${c}-header` },
  jwt: `eyJ${'hbGciOiJIUzI1NiJ9'}.${c}payload.${c}signature`,
  aws: `AKIA${'CANARY0X7D012345'}`,
  pem: `-----BEGIN ${'PRIVATE'} KEY-----\n${c}\nMIIEvQ\n-----END ${'PRIVATE'} KEY-----`,
  note: `paid with sk_${'live'}_${c}0123456789`,
  hook: [`ghp_${'Canary0x7d'.repeat(4)}`, `xox${'b'}-123456789012-${c}`],
  nested: { deep: [{ clientSecret: `${c}-secret`, pin: 7_741_137 }] },
  card: { number: '4111 1111 1111 1111', name: 'Ann' },
  taxId: `${c}-configured`,
  diagnosis: `${c}-by-schema`,
}
const leaks = /Canary0x7d|CANARY0X7D|7741137|4111.1111.1111.1111|MIIEvQ/i

const input = z.looseObject({ diagnosis: z.string().meta({ sensitive: true }) })
/** What was never said to be secret, and does not look it, is not known for one where a handler writes it into a text. */
const { diagnosis: _, ...tellable } = canaries
const text = JSON.stringify(tellable)

const ways: Record<string, () => unknown> = {
  message: () => new Error(`refused: ${text}`),
  causes: () =>
    new TypeError('outside', { cause: new Error(canaries.pem, { cause: new Error(`of ${canaries.url}`) }) }),
  object: () => tellable,
  string: () => `${canaries.note} ${canaries.jwt} ${canaries.aws} password=${c}`,
  twice: () => new Error(JSON.stringify({ answer: text })),
  header: () => new Error(`GET / HTTP/1.1\r\nAuthorization: Basic ${c}Og==\r\nCookie: sid=${c}; x=${c}\r\n\r\n`),
  dead: () => new GiveUp(`no: ${text}`),
  later: () => new RetryIn(60_000),
  snooze: () => new Snooze(60_000),
  many: () => new AggregateError([new Error(text)], text),
}

test.each(Object.keys(ways))('no canary comes out of a job that throws its input: %s', async (way) => {
  setRedaction({ keys: ['taxId'] })
  onTestFinished(() => setRedaction({}))
  const written: string[] = []
  const write = (line: string) => void written.push(line)
  const logs = await Promise.all(
    (['json', 'text'] as const).map((format) => startLog({ env: systemEnv, level: 'debug', format, write })),
  )
  onTestFinished(() => logs.forEach((log) => log.end()))

  const leaky = defineJob('leaky', { input, attempts: 2, backoff: { kind: 'fixed', baseMs: 60_000 } }, (_data, job) => {
    job.log.info(`working on ${text}`, tellable)
    job.log.error('it failed', { error: new Error(text), context: { request: tellable } })
    throw ways[way]!()
  })
  const { client } = await working([leaky])
  const { id } = await client.enqueue(leaky, canaries)
  await until(async () => (await client.job(id).status())?.error !== undefined)
  const record = (await client.job(id).status())!

  expect(written.length).toBeGreaterThan(4)
  expect(written.join('')).not.toMatch(leaks)
  expect(record.error).not.toMatch(leaks)
  expect(Buffer.byteLength(record.error!)).toBeLessThanOrEqual(16 * 1_024)
  const shown = redactInput(leaky, client.content(record).input)
  expect(JSON.stringify(shown)).not.toMatch(leaks)
  expect(shown).toMatchObject({ card: { name: 'Ann' }, diagnosis: '[redacted]' })
})

test('no canary comes out of a command that fails', () => {
  const printed: string[] = []
  for (const stream of ['stdout', 'stderr'] as const) {
    vi.spyOn(process[stream], 'write').mockImplementation((chunk) => printed.push(String(chunk)) > 0)
  }
  const { taxId: _tax, ...known } = tellable
  const error = new Error(`refused: ${JSON.stringify(known)}`, { cause: new Error(canaries.url) })
  try {
    reportError(outputOf({ json: true, verbose: true }), error)
    printed.push(JSON.stringify(errorOf(error)))
  } finally {
    vi.restoreAllMocks()
  }
  expect(printed.join('')).toContain('refused')
  expect(printed.join('')).not.toMatch(leaks)
})
