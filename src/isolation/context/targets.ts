import type { ContextProbe } from '../../contract/context-probe.ts'
import { FiberWorkError } from '../../contract/errors.ts'
import type { KnownClient } from './clients/client.ts'
import { knownClients } from './clients/index.ts'
import { nearest } from '../../base/nearest.ts'

/** One client to look at. */
export interface Target {
  name: string
  client: KnownClient | ContextProbe
  /** Where its server is, if it needs one and somebody says so. */
  url: string | undefined
  /** Somebody has asked for it by name: that it cannot be looked at is a failure. */
  asked: boolean
}

export interface TargetSources {
  /** `NAME` or `NAME=URL`, as given by `--client`; all that are known without any. */
  asked: readonly string[]
  /** Of the config file. */
  own: readonly ContextProbe[]
  /** The URL of the store. */
  storeUrl: string
  variables: NodeJS.ProcessEnv
}

/** Which clients to look at, and where their servers are. Throws `FW_CONFIG_INVALID`. */
export function targetsOf(sources: TargetSources): Target[] {
  const { asked, own } = sources
  const all = [...own, ...knownClients]
  const wanted: { client: KnownClient | ContextProbe; url?: string | undefined; asked: boolean }[] =
    asked.length === 0
      ? all.map((client) => ({ client, asked: own.includes(client as ContextProbe) }))
      : asked.map((text) => ({ ...parse(text, all), asked: true }))
  return wanted.map(({ client, url, ...rest }) => ({
    name: client.name,
    client,
    url: url ?? (isKnown(client) ? urlOf(client, sources) : undefined),
    ...rest,
  }))
}

export const isKnown = (client: KnownClient | ContextProbe): client is KnownClient => 'packages' in client

function parse(text: string, all: readonly (KnownClient | ContextProbe)[]) {
  const [name = '', ...rest] = text.split('=')
  const client = all.find((one) => one.name === name || (isKnown(one) && one.aliases.includes(name)))
  const url = rest.length === 0 ? undefined : rest.join('=')
  if (client === undefined) {
    const names = all.map((one) => one.name)
    const near = nearest(name, names)
    throw wrong(
      `there is no client ${JSON.stringify(name)}. ${near === undefined ? `Known are ${names.join(', ')}.` : `Did you mean ${near}?`}`,
    )
  }
  if (url === undefined) return { client, url }
  if (!isKnown(client) || client.schemes.length === 0) throw wrong(`${client.name} takes no URL.`)
  if (!fits(client, url))
    throw wrong(`the URL of ${client.name} begins with ${client.schemes.map((scheme) => `${scheme}//`).join(' or ')}.`)
  return { client, url }
}

function urlOf(client: KnownClient, { storeUrl, variables }: TargetSources): string | undefined {
  const given = client.variables
    .map((variable) => variables[variable])
    .find((url) => url !== undefined && fits(client, url))
  if (given !== undefined) return given
  // What comes before a plus, and after a question mark, is for our drivers.
  const bare = storeUrl.replace(/^[a-z]+\+/i, '').replace(/\?.*$/s, '')
  return fits(client, bare) ? bare : undefined
}

function fits({ schemes }: KnownClient, url: string): boolean {
  return URL.canParse(url) && schemes.includes(new URL(url).protocol)
}

function wrong(message: string): FiberWorkError {
  return new FiberWorkError('FW_CONFIG_INVALID', `--client: ${message}`)
}
