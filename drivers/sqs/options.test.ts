import { expect, it } from 'vitest'
import { FiberWorkError } from '../../src/contract/index.ts'
import { settingsOf } from './options.ts'
import { loadSdk } from './packages.ts'
import { sqsDriver } from './index.ts'

it.each([
  ['sqs://eu-central-1', { region: 'eu-central-1', endpoint: undefined, prefix: '', place: 'SQS in eu-central-1' }],
  ['sqs://eu-central-1/app-', { region: 'eu-central-1', prefix: 'app-', create: true }],
  ['sqs:', { region: undefined, place: 'SQS in the region of the AWS SDK' }],
  [
    'sqs://?region=us-west-2&create=false&name=ship&poll=20',
    { region: 'us-west-2', create: false, name: 'ship', pollSeconds: 20 },
  ],
  [
    'sqs+http://127.0.0.1:4566',
    { endpoint: 'http://127.0.0.1:4566', credentials: undefined, place: 'SQS at 127.0.0.1:4566' },
  ],
  [
    'sqs+https://KEY:a%2Fb@sqs.test/?region=x&prefix=p_',
    {
      endpoint: 'https://sqs.test',
      credentials: { accessKeyId: 'KEY', secretAccessKey: 'a/b' },
      region: 'x',
      prefix: 'p_',
    },
  ],
])('%s', (url, expected) => {
  expect(settingsOf({ url })).toMatchObject(expected)
})

it.each([
  ['sqs+http://', /names no host|not of the form/],
  ['sqs+http://host/path', /\?prefix=/],
  ['sqs+http://key@host', /access key and its secret/],
  ['sqs://key:topsecret@eu-central-1', /credentials are found by the AWS SDK/],
  ['sqs://eu-central-1?prefx=a', /Did you mean "prefix"/],
  ['sqs://eu-central-1?create=yes', /allowed are true and false/],
  ['sqs://eu-central-1?poll=0', /pollSeconds is 0/],
  ['sqs://eu-central-1/a?prefix=b', /in its path and one in/],
  ['sqs://eu-central-1/a.b', /prefix is "a.b"/],
  ['sqs+http://ho%st', /is no host/],
  ['amqp://x', /not of the form/],
  ['nonsense', /not of the form/],
])('%s is refused', (url, says) => {
  const refused = () => settingsOf({ url })
  expect(refused).toThrow(expect.objectContaining({ code: 'FW_CONFIG_INVALID', message: expect.stringMatching(says) }))
  expect(refused).not.toThrow(expect.objectContaining({ message: expect.stringContaining('topsecret') }))
})

it.each([
  ['messageBytesMax', 2_000_000],
  ['requestBytesMax', 1],
  ['pollsMax', 0],
  ['pollSeconds', 21],
  ['leaseMs', Number.NaN],
  ['holdMsMax', 50_000_000],
])('%s of %d is refused', (name, value) => {
  expect(() => sqsDriver({ [name]: value })).toThrow(
    expect.objectContaining({ code: 'FW_CONFIG_INVALID', message: expect.stringContaining(name) }),
  )
})

it('a request must hold a message', () => {
  expect(() => sqsDriver({ requestBytesMax: 262_144 })).toThrow(/requestBytesMax is 262144/)
})

it('names the package that is missing, and passes what else is wrong with it', async () => {
  const missing = Object.assign(new Error('Cannot find package'), { code: 'ERR_MODULE_NOT_FOUND' })
  const loaded = loadSdk(() => Promise.reject(missing))
  await expect(loaded).rejects.toThrow(FiberWorkError)
  await expect(loaded).rejects.toMatchObject({
    code: 'FW_DRIVER_MISSING',
    message: expect.stringContaining('npm install @aws-sdk/client-sqs'),
  })
  await expect(loadSdk(() => Promise.reject(new Error('broken')))).rejects.toThrow('broken')
})
