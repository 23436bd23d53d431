import { once } from 'node:events'
import { type AddressInfo, createServer } from 'node:net'
import { createServer as createTlsServer } from 'node:tls'
import { expect, it, onTestFinished } from 'vitest'
import { call, job, opened, settle, sharedSqs, sqsPrefix, take } from '../../test/support/sqs.ts'
import { type Instead, sqsWeather } from '../../test/support/sqs-weather.ts'
import { cert, key } from '../../test/support/tls.ts'
import { sqsDriver, type SqsOptions } from './index.ts'

/** One line, with a code. */
async function refusalOf(work: Promise<unknown>): Promise<{ code: string; message: string; retryable: boolean }> {
  const error = await work.then(
    () => new Error('It was not refused.'),
    (reason: unknown) => reason as Error,
  )
  expect(error.message).not.toContain('\n')
  expect(error.message).not.toContain('topsecret')
  return error as never
}

async function openingOf(options: SqsOptions): Promise<{ code: string; message: string; retryable: boolean }> {
  const driver = sqsDriver(options)
  onTestFinished(() => driver.close())
  return refusalOf(driver.open())
}

const refusing = async (instead: (action: string) => Instead | undefined) => {
  const weather = await sqsWeather()
  weather.hurt = ({ action }) => instead(action)
  return weather
}

it('wrong credentials are refused when the store is opened', async () => {
  for (const type of ['InvalidClientTokenId', 'SignatureDoesNotMatch', 'UnrecognizedClientException', 'ExpiredToken']) {
    const { url } = await refusing(() => ({ status: 403, type, message: 'The security token is invalid.' }))
    const refusal = await openingOf({ url: url.replace('://', '://KEY:topsecret@') })
    expect(refusal).toMatchObject({ code: 'FW_CONNECT_FAILED', retryable: false })
    expect(refusal.message).toMatch(/^SQS at 127\.0\.0\.1:\d+: .*credentials are refused/)
  }
})

it('who may not look at queues that are not his is let in', async () => {
  const { url } = await refusing((action) =>
    action === 'GetQueueUrl' ? { status: 403, type: 'AccessDenied' } : undefined,
  )
  const driver = await opened({ url })
  expect(await refusalOf(take(driver))).toMatchObject({
    code: 'FW_STORE_FAILED',
    message: expect.stringMatching(/the queue "q".*AccessDenied.*permission is missing/),
  })
})

it('a missing region says where to write it', async () => {
  const { AWS_REGION, AWS_DEFAULT_REGION } = process.env
  delete process.env['AWS_REGION']
  delete process.env['AWS_DEFAULT_REGION']
  onTestFinished(() => {
    if (AWS_REGION !== undefined) process.env['AWS_REGION'] = AWS_REGION
    if (AWS_DEFAULT_REGION !== undefined) process.env['AWS_DEFAULT_REGION'] = AWS_DEFAULT_REGION
  })
  expect(await openingOf({ url: 'sqs:' })).toMatchObject({
    code: 'FW_CONFIG_INVALID',
    message: expect.stringContaining('sqs://eu-central-1'),
  })
})

it('a connection that is refused is told with the place', async () => {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  server.close()
  expect(await openingOf({ url: `sqs+http://127.0.0.1:${port}` })).toMatchObject({
    code: 'FW_CONNECT_FAILED',
    retryable: true,
    message: expect.stringMatching(new RegExp(`^SQS at 127\\.0\\.0\\.1:${port}: .*ECONNREFUSED`)),
  })
})

it('TLS that is refused is told: a certificate that nobody knows, and no TLS at all', async () => {
  const server = createTlsServer({ key, cert }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  onTestFinished(() => void server.close())
  const { port } = server.address() as AddressInfo
  expect(await openingOf({ url: `sqs+https://127.0.0.1:${port}` })).toMatchObject({
    code: 'FW_CONNECT_FAILED',
    message: expect.stringContaining('TLS'),
  })
  const plain = (await sharedSqs()).replace('sqs+http', 'sqs+https')
  expect(await openingOf({ url: plain })).toMatchObject({ code: 'FW_CONNECT_FAILED' })
})

it('a queue that does not exist and may not be created is named, with what to do', async () => {
  const url = await sharedSqs()
  const driver = await opened({ url, prefix: sqsPrefix(), create: false })
  const says = {
    code: 'FW_STORE_FAILED',
    retryable: false,
    message: expect.stringMatching(/"q" does not exist.*create=true/),
  }
  expect(await refusalOf(driver.enqueue(call(), [job('a')]))).toMatchObject(says)
  expect(await refusalOf(take(driver))).toMatchObject(says)
  expect(await driver.depth(['q'])).toMatchObject([{ ready: 0 }])
  const denied = await refusing((action) =>
    action === 'CreateQueue' ? { status: 403, type: 'AccessDenied' } : undefined,
  )
  const other = await opened({ url: denied.url, prefix: 'p-' })
  expect(await refusalOf(other.enqueue(call(), [job('a', { queue: 'nowhere' })]))).toMatchObject({
    code: 'FW_STORE_FAILED',
    retryable: false,
    message: expect.stringMatching(/"p-nowhere" does not exist, and may not be created \(sqs:CreateQueue\)/),
  })
})

it('a queue may lie elsewhere: by its URL or its ARN', async () => {
  const prefix = sqsPrefix()
  const owner = await opened({ prefix })
  await owner.enqueue(call(), [job('a'), job('b', { queue: 'r' })])
  const queues = {
    here: `http://sqs.us-east-1.localhost/000000000000/${prefix}q`,
    there: `arn:aws:sqs:us-east-1:000000000000:${prefix}r`,
  }
  const driver = await opened({ prefix: 'other-', create: false, queues: { ...queues, wrong: 'arn:aws:s3:::x' } })
  expect((await take(driver, 'here')).map(({ job }) => [job.id, job.queue])).toEqual([['a', 'here']])
  expect((await take(driver, 'there')).map(({ job }) => job.id)).toEqual(['b'])
  expect(await refusalOf(take(driver, 'wrong'))).toMatchObject({ code: 'FW_CONFIG_INVALID' })
})

it.each([
  ['throttled', { status: 400, type: 'ThrottlingException', message: 'Rate exceeded' }],
  ['unavailable', { status: 503, type: 'ServiceUnavailable' }],
  ['broken inside', { status: 500, type: 'InternalFailure' }],
  ['cut off', { cut: true }],
  ['cut off after it has done it', { cut: true, late: true }],
])('a server that is %s for a moment is asked again, by the SDK and by the core', async (_, instead) => {
  const weather = await sqsWeather()
  const driver = await opened({ url: weather.url, leaseMs: 2_000 })
  const bad = (action: string, times: number) => {
    let left = times
    weather.hurt = (passing) => (passing.action === action && left-- > 0 ? instead : undefined)
  }
  bad('SendMessageBatch', 2)
  await driver.enqueue(call(), [job('a')])
  bad('SendMessageBatch', 3)
  const repeated = call()
  const jobs = [job('b')]
  expect(await refusalOf(driver.enqueue(repeated, jobs))).toMatchObject({ retryable: true })
  await driver.enqueue(repeated, jobs)
  bad('ReceiveMessage', 2)
  // What a lost reply took comes again when its visibility timeout ends: of a message that was sent twice there are two.
  const loans = await take(driver, 'q', { waitMs: 5_000 })
  expect(loans.length).toBeGreaterThan(0)
  bad('DeleteMessageBatch', 2)
  // The SDK's patience with a throttling server may outlast a visibility of two seconds: then nobody can be sure.
  const outcomes = await settle(driver, loans, { kind: 'done' })
  expect(outcomes.filter((outcome) => outcome !== 'settled' && outcome !== 'unsure')).toEqual([])
})

it('entries that fail are sent again by themselves; what fails for good is told with its reason', async () => {
  const weather = await sqsWeather()
  const driver = await opened({ url: weather.url })
  let first = true
  weather.hurt = ({ action, input }) => {
    if (action !== 'SendMessageBatch' || !first) return undefined
    first = false
    const entries = input['Entries'] as { Id: string }[]
    input['Entries'] = entries.slice(0, 2)
    const Failed = entries.slice(2).map(({ Id }) => ({ Id, Code: 'InternalError', SenderFault: false }))
    return { body: { Successful: [], Failed }, late: true }
  }
  await driver.enqueue(
    call(),
    Array.from({ length: 5 }, (_, n) => job(`j${n}`)),
  )
  const sent = weather.seen.filter(({ action }) => action === 'SendMessageBatch')
  expect(sent.map(({ input }) => (input['Entries'] as unknown[]).length)).toEqual([2, 3])
  const loans = await take(driver)
  expect(loans).toHaveLength(5)
  weather.hurt = ({ action }) =>
    action === 'DeleteMessageBatch'
      ? {
          body: { Successful: [], Failed: [{ Id: '1', Code: 'InvalidAddress', Message: 'odd', SenderFault: true }] },
          late: true,
        }
      : undefined
  const items = loans.map(({ receipt }) => ({ receipt, verdict: { kind: 'done' } as const }))
  const once = call()
  expect(await refusalOf(driver.settle(once, items))).toMatchObject({
    retryable: false,
    message: expect.stringContaining('odd'),
  })
  weather.hurt = undefined
  expect((await driver.settle(once, items)).map(({ outcome }) => outcome)).toEqual(Array(5).fill('settled'))
})

it('a receipt that SQS does not take any more is stale', async () => {
  const weather = await sqsWeather()
  const driver = await opened({ url: weather.url })
  await driver.enqueue(call(), [job('a'), job('b')])
  const loans = await take(driver)
  weather.hurt = ({ action, input }) => {
    if (!action.endsWith('Batch')) return undefined
    const ids = (input['Entries'] as { Id: string }[]).map(({ Id }) => Id)
    const why = { Code: 'ReceiptHandleIsInvalid', Message: 'The input receipt handle is invalid.', SenderFault: true }
    return { body: { Successful: [], Failed: ids.map((Id) => ({ Id, ...why })) } }
  }
  expect(await settle(driver, loans.slice(0, 1), { kind: 'done' })).toEqual(['stale'])
  expect(await settle(driver, loans.slice(1), { kind: 'retry' })).toEqual(['stale'])
})

it('a queue that was deleted is created again', async () => {
  const weather = await sqsWeather()
  const driver = await opened({ url: weather.url })
  await driver.enqueue(call(), [job('a')])
  let gone = true
  weather.hurt = ({ action }) => {
    if (action === 'CreateQueue') gone = false
    return gone ? { type: 'QueueDoesNotExist', message: 'The specified queue does not exist.' } : undefined
  }
  const repeated = call()
  const jobs = [job('b')]
  expect(await refusalOf(driver.enqueue(repeated, jobs))).toMatchObject({ retryable: true })
  await driver.enqueue(repeated, jobs)
  expect(weather.count('CreateQueue')).toBe(2)
})
