import type { SQSClient, SQSClientConfig } from '@aws-sdk/client-sqs'
import { FiberWorkError } from '../../src/contract/index.ts'
import { isDenied, isMissing, isWithoutCredentials, toFiberWorkError } from './errors.ts'
import type { Settings } from './options.ts'
import { loadSdk, type Sdk } from './packages.ts'
import { toSqsName } from './names.ts'

const connectMs = 3_000
/** One try of a request; the SDK makes three, and the core repeats the call. */
const requestMs = 5_000
const triesMax = 3
/** Long polls hold a socket each; beyond these, requests wait for one another. */
const socketsMax = 256

/** What an endpoint that is not AWS gets when nobody gave credentials: emulators look at none. */
const placeholder = { accessKeyId: 'fiber-work', secretAccessKey: 'fiber-work' }

type Command = Parameters<SQSClient['send']>[0]

/** The SDK's client, with deadlines, and its errors in our words. */
export class Link {
  readonly sdk: typeof Sdk
  readonly settings: Settings
  readonly #client: SQSClient

  private constructor(sdk: typeof Sdk, settings: Settings, client: SQSClient) {
    this.sdk = sdk
    this.settings = settings
    this.#client = client
  }

  /** @throws FW_DRIVER_MISSING, FW_CONFIG_INVALID, FW_CONNECT_FAILED */
  static async open(settings: Settings): Promise<Link> {
    const sdk = await loadSdk()
    const link = new Link(sdk, settings, await clientOf(sdk, settings))
    try {
      await link.#reach()
      return link
    } catch (error) {
      link.close()
      throw error
    }
  }

  /**
   * Sends one command. A failure is thrown as it is, for those who look at its name; see `call`.
   * @param waitMs how much longer than others it may take: a long poll
   */
  send<A>(command: unknown, waitMs = 0): Promise<A> {
    const options = { requestTimeout: requestMs + waitMs }
    return this.#client.send(command as Command, options) as unknown as Promise<A>
  }

  /** Sends one command. Failures are `FiberWorkError`s that name the place. */
  async call<A>(command: unknown, place = this.settings.place, waitMs = 0): Promise<A> {
    try {
      return await this.send<A>(command, waitMs)
    } catch (error) {
      throw toFiberWorkError(error, place)
    }
  }

  close(): void {
    this.#client.destroy()
  }

  /** Asks for a queue that need not be there: whoever answers at all, and knows who we are, will do. */
  async #reach(): Promise<void> {
    const QueueName = toSqsName(this.settings.prefix, 'fiber-work-reach')
    try {
      await this.send(new this.sdk.GetQueueUrlCommand({ QueueName }))
    } catch (error) {
      if (isMissing(error) || isDenied(error)) return
      const known = toFiberWorkError(error, this.settings.place)
      if (known.code !== 'FW_STORE_FAILED') throw known
      throw new FiberWorkError('FW_CONNECT_FAILED', known.message, { cause: error, retryable: known.retryable })
    }
  }
}

async function clientOf(sdk: typeof Sdk, settings: Settings): Promise<SQSClient> {
  const client = new sdk.SQSClient(configOf(settings))
  if (settings.endpoint === undefined) return client
  // The chain of the SDK goes first; only where it finds nothing an emulator gets what it does not look at.
  try {
    await client.config.credentials()
    return client
  } catch (error) {
    if (!isWithoutCredentials(error)) throw toFiberWorkError(error, settings.place)
    client.destroy()
    return new sdk.SQSClient({ ...configOf(settings), credentials: placeholder })
  }
}

function configOf({ region, endpoint, credentials, client }: Settings): SQSClientConfig {
  const agent = { keepAlive: true, maxSockets: socketsMax }
  return {
    maxAttempts: triesMax,
    // TLS knows better whether a body arrived whole; where FIPS rules, MD5 does not even exist.
    md5: false,
    requestHandler: {
      connectionTimeout: connectMs,
      requestTimeout: requestMs,
      throwOnRequestTimeout: true,
      httpAgent: agent,
      httpsAgent: agent,
    },
    ...(region !== undefined && { region }),
    // Queue URLs of an emulator may name a host that only it knows.
    ...(endpoint !== undefined && { endpoint, useQueueUrlAsEndpoint: false, region: region ?? regionElsewhere() }),
    ...(credentials !== undefined && { credentials }),
    ...client,
  }
}

/** An emulator has no regions that matter; where somebody named one, it is that one. */
function regionElsewhere(): string {
  return process.env['AWS_REGION'] ?? process.env['AWS_DEFAULT_REGION'] ?? 'us-east-1'
}
