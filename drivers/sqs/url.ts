import { nearest } from '../../src/base/nearest.ts'
import { redactUrl } from '../../src/base/text.ts'
import { FiberWorkError } from '../../src/contract/index.ts'

/** What a URL says. */
export interface Target {
  /** Undefined: as the SDK finds it (environment, profile). */
  region: string | undefined
  /** Undefined: AWS. */
  endpoint: string | undefined
  credentials: { accessKeyId: string; secretAccessKey: string } | undefined
  prefix: string
  /** The job name of foreign messages. */
  name: string | undefined
  /** For messages: no secrets in it. */
  place: string
}

interface Parsed extends Target {
  create: boolean | undefined
  pollSeconds: number | undefined
}

const parameters = ['region', 'prefix', 'create', 'name', 'poll']
const form = 'sqs://eu-central-1/prefix, or sqs+http://127.0.0.1:4566/?region=…&prefix=… for another endpoint'

/** @throws FW_CONFIG_INVALID */
export function targetOf(text: string): Parsed {
  const url = URL.canParse(text) ? new URL(text) : undefined
  if (url === undefined) throw notOurs(text)
  const asked = Object.fromEntries(url.searchParams)
  for (const name of url.searchParams.keys()) refuseUnknown(name)
  const common = {
    name: asked['name'],
    create: flag(asked['create']),
    pollSeconds: asked['poll'] === undefined ? undefined : Number(asked['poll']),
  }
  if (url.protocol === 'sqs:') return { ...common, ...awsOf(url, asked) }
  if (url.protocol === 'sqs+http:' || url.protocol === 'sqs+https:') return { ...common, ...endpointOf(url, asked) }
  throw notOurs(text)
}

type Place = Pick<Target, 'region' | 'endpoint' | 'credentials' | 'prefix' | 'place'>

function awsOf(url: URL, asked: Record<string, string>): Place {
  const region = decoded(url.hostname) || asked['region'] || undefined
  const path = decoded(url.pathname.replace(/^\//, ''))
  if (url.username !== '' || url.password !== '' || url.port !== '') {
    throw invalid(`An sqs: URL takes no user and no port: credentials are found by the AWS SDK. Write ${form}.`)
  }
  if (path !== '' && asked['prefix'] !== undefined)
    throw invalid('The URL has a prefix in its path and one in ?prefix=.')
  return {
    region,
    endpoint: undefined,
    credentials: undefined,
    prefix: asked['prefix'] ?? path,
    place: `SQS in ${region ?? 'the region of the AWS SDK'}`,
  }
}

function endpointOf(url: URL, asked: Record<string, string>): Place {
  if (url.hostname === '') throw invalid(`The URL names no host; write ${form}.`)
  if (url.pathname !== '' && url.pathname !== '/') {
    throw invalid(`The URL has the path "${url.pathname}"; a prefix goes in ?prefix=.`)
  }
  const accessKeyId = decoded(url.username)
  const secretAccessKey = decoded(url.password)
  if ((accessKeyId === '') !== (secretAccessKey === '')) {
    throw invalid('Credentials in the URL are an access key and its secret: sqs+https://KEY:SECRET@host.')
  }
  const endpoint = `${url.protocol.slice('sqs+'.length)}//${url.host}`
  if (!URL.canParse(endpoint)) throw invalid(`"${url.host}" is no host; write ${form}.`)
  return {
    region: asked['region'],
    endpoint,
    credentials: accessKeyId === '' ? undefined : { accessKeyId, secretAccessKey },
    prefix: asked['prefix'] ?? '',
    place: `SQS at ${url.host}`,
  }
}

function flag(value: string | undefined): boolean | undefined {
  if (value === undefined || value === 'true' || value === 'false')
    return value === undefined ? value : value === 'true'
  throw invalid(`create is "${value}"; allowed are true and false.`)
}

function refuseUnknown(name: string): void {
  if (parameters.includes(name)) return
  const near = nearest(name, parameters)
  const hint = near === undefined ? `Known are ${parameters.join(', ')}.` : `Did you mean "${near}"?`
  throw invalid(`The URL has an unknown parameter "${name}". ${hint}`)
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    throw invalid('User, password, host or path of the URL has a % that escapes nothing; write it as %25.')
  }
}

function notOurs(text: string): FiberWorkError {
  return invalid(`"${redactUrl(text)}" is not of the form ${form}.`)
}

function invalid(message: string): FiberWorkError {
  return new FiberWorkError('FW_CONFIG_INVALID', message)
}
