import type { QueueAttributeName } from '@aws-sdk/client-sqs'
import { FiberWorkError } from '../../src/contract/index.ts'
import { isDenied, isMissing, toFiberWorkError } from './errors.ts'
import type { Link } from './link.ts'
import { deadNameOf, isFifo, toSqsName } from './names.ts'

/** One queue, as SQS knows it. */
export interface Queue {
  /** Our name of it. */
  readonly name: string
  readonly sqsName: string
  readonly url: string
  readonly fifo: boolean
  /** The largest message it takes. */
  readonly messageBytesMax: number
  /** Where its redrive policy says that the dead go: an ARN. */
  readonly deadArn: string | undefined
}

/** What a queue that we create is like: it keeps messages as long as SQS can. */
const retentionSeconds = 14 * 86_400
const asked: QueueAttributeName[] = ['RedrivePolicy', 'MaximumMessageSize']

/** The queues of a store, found (or created) when they are first used. */
export class Queues {
  readonly #link: Link
  readonly #known = new Map<string, Promise<Queue>>()
  readonly #dead = new Map<string, Promise<Queue>>()

  constructor(link: Link) {
    this.#link = link
  }

  /** @throws FW_NAME_INVALID, FW_STORE_FAILED, FW_CONNECT_FAILED */
  get(name: string): Promise<Queue> {
    return remembered(this.#known, name, () => this.#find(name))
  }

  /** Undefined where it does not exist; nothing is created. */
  async peek(name: string): Promise<Queue | undefined> {
    const known = this.#known.get(name)
    if (known !== undefined) return known
    const url = await this.#urlOf(name).catch((error: unknown) => {
      if (isMissing(error)) return undefined
      throw toFiberWorkError(error, this.#placeOf(name))
    })
    return url === undefined ? undefined : this.get(name)
  }

  /** Where the dead of a queue go: by its redrive policy, or to `<queue>-dead`, which is created. */
  dead(queue: Queue): Promise<Queue> {
    return remembered(this.#dead, queue.name, async () => {
      const name = queue.deadArn ?? deadNameOf(queue.sqsName)
      const place = `${this.#link.settings.place}, dead letters of the queue "${queue.name}"`
      try {
        const url = queue.deadArn === undefined ? await this.#urlOrNew(name) : await this.#urlOfArn(name)
        return await this.#describe(`${queue.name} (dead)`, url)
      } catch (error) {
        throw toFiberWorkError(error, place)
      }
    })
  }

  /** The same, where it exists already. */
  async peekDead(queue: Queue): Promise<Queue | undefined> {
    const known = this.#dead.get(queue.name)
    if (known !== undefined) return known.catch(() => undefined)
    const { GetQueueUrlCommand } = this.#link.sdk
    if (queue.deadArn === undefined) {
      const found = this.#link.send(new GetQueueUrlCommand({ QueueName: deadNameOf(queue.sqsName) }))
      if (!(await found.then(Boolean, () => false))) return undefined
    }
    return this.dead(queue).catch(() => undefined)
  }

  /** It is not what it was: it was deleted, or its attributes have changed. */
  forget(name: string): void {
    this.#known.delete(name)
    this.#dead.delete(name)
  }

  async #find(name: string): Promise<Queue> {
    const { create, queues } = this.#link.settings
    try {
      const mapped = Object.hasOwn(queues, name)
      const url = create && !mapped ? await this.#urlOrNew(this.#sqsNameOf(name)) : await this.#urlOf(name)
      return await this.#describe(name, url)
    } catch (error) {
      if (!isMissing(error)) throw toFiberWorkError(error, this.#placeOf(name))
      const how = 'Create it, or let it be created: create=true in the URL.'
      const message = `${this.#placeOf(name)} does not exist. ${how}`
      throw new FiberWorkError('FW_STORE_FAILED', message, { cause: error, retryable: false })
    }
  }

  async #urlOf(name: string): Promise<string> {
    const { queues } = this.#link.settings
    const mapped = Object.hasOwn(queues, name) ? queues[name]! : undefined
    if (mapped?.startsWith('arn:') === true) return this.#urlOfArn(mapped)
    return mapped ?? this.#urlOfName(this.#sqsNameOf(name))
  }

  async #urlOfName(QueueName: string, QueueOwnerAWSAccountId?: string): Promise<string> {
    const { GetQueueUrlCommand } = this.#link.sdk
    const account = QueueOwnerAWSAccountId === undefined ? {} : { QueueOwnerAWSAccountId }
    const command = new GetQueueUrlCommand({ QueueName, ...account })
    return (await this.#link.send<{ QueueUrl: string }>(command)).QueueUrl
  }

  #urlOfArn(arn: string): Promise<string> {
    const [, , service, , account, name] = arn.split(':')
    if (service === 'sqs' && account !== undefined && name !== undefined) return this.#urlOfName(name, account)
    throw new FiberWorkError('FW_CONFIG_INVALID', `"${arn}" is no ARN of a queue: arn:aws:sqs:region:account:name.`)
  }

  async #urlOrNew(name: string): Promise<string> {
    try {
      return await this.#urlOfName(name)
    } catch (error) {
      if (!isMissing(error) || !this.#link.settings.create) throw error
    }
    const { CreateQueueCommand } = this.#link.sdk
    const Attributes = { MessageRetentionPeriod: String(retentionSeconds), ...(isFifo(name) && { FifoQueue: 'true' }) }
    const command = new CreateQueueCommand({ QueueName: name, Attributes })
    try {
      return (await this.#link.send<{ QueueUrl: string }>(command)).QueueUrl
    } catch (error) {
      // Somebody else created it in the same moment, with other attributes.
      if (error instanceof Error && /^Queue(?:Name|Already)Exists/.test(error.name)) return this.#urlOfName(name)
      if (!isDenied(error)) throw error
      const says = `${this.#link.settings.place}: the queue "${name}" does not exist, and may not be created`
      throw new FiberWorkError('FW_STORE_FAILED', `${says} (sqs:CreateQueue): create it, or allow that.`, {
        cause: error,
        retryable: false,
      })
    }
  }

  /** What we need to know of it; who may not ask has to do with what holds for most. */
  async #describe(name: string, url: string): Promise<Queue> {
    const { sdk, settings } = this.#link
    const sqsName = url.slice(url.lastIndexOf('/') + 1)
    const command = new sdk.GetQueueAttributesCommand({ QueueUrl: url, AttributeNames: asked })
    const asking = this.#link.send<{ Attributes?: Record<string, string> }>(command)
    const answer = await asking.catch((error: unknown): { Attributes?: Record<string, string> } => {
      if (isDenied(error)) return {}
      throw error
    })
    const { RedrivePolicy, MaximumMessageSize } = answer.Attributes ?? {}
    return {
      name,
      sqsName,
      url,
      fifo: isFifo(sqsName),
      messageBytesMax: Math.min(settings.messageBytesMax, Number(MaximumMessageSize ?? Infinity)),
      deadArn: deadArnOf(RedrivePolicy),
    }
  }

  #sqsNameOf(name: string): string {
    return toSqsName(this.#link.settings.prefix, name)
  }

  #placeOf(name: string): string {
    return `${this.#link.settings.place}: the queue "${name}"`
  }
}

function deadArnOf(policy: string | undefined): string | undefined {
  if (policy === undefined || policy === '') return undefined
  try {
    return (JSON.parse(policy) as { deadLetterTargetArn?: string }).deadLetterTargetArn
  } catch {
    return undefined
  }
}

/** What failed is asked again the next time. */
function remembered(all: Map<string, Promise<Queue>>, name: string, find: () => Promise<Queue>): Promise<Queue> {
  const known = all.get(name)
  if (known !== undefined) return known
  const found = find()
  all.set(name, found)
  found.catch(() => {
    if (all.get(name) === found) all.delete(name)
  })
  return found
}
