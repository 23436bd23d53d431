import { roles } from '../api/auth/roles.ts'
import type { ApiClient } from '../api/client/client.ts'
import { jobStates } from '../contract/job.ts'
import type { Place } from './complete.ts'
import { withApi } from './with-api.ts'

export interface Candidate {
  word: string
  /** One line on what it is. */
  about?: string
}

/** What may be the value of a flag, or a positional argument; what the store knows is asked there. Never talks on stderr of its own. */
export async function valuesOf(command: string, { value, argument, args, given }: Place): Promise<Candidate[]> {
  const { url, api, token, config, ledger, driver } = given
  const place = Object.fromEntries(
    Object.entries({ url, api, token, config, ledger, driver }).filter(([, text]) => text !== undefined),
  )
  const ask = async (question: (client: ApiClient) => Promise<Candidate[]>): Promise<Candidate[]> => {
    let answer: Candidate[] = []
    await withApi(place, {}, async (context) => void (answer = await question(context.api)))
    return answer
  }
  const queue = typeof given['queue'] === 'string' ? given['queue'] : undefined
  if (value !== undefined) {
    if (command === 'work' || command === 'doctor') return value === '--queue' ? ask(queues) : []
    switch (value) {
      case '--queue':
      case '--only':
        return ask(queues)
      case '--state':
        return words(jobStates)
      case '--name':
        return ask((client) => names(client, queue))
      case '--group': {
        const of = queue ?? args.at(-1)
        return of === undefined
          ? []
          : ask(async ({ queues: known }) => words((await known.groups(of)).flatMap(({ group }) => group ?? [])))
      }
      case '--format':
        return words(['csv', 'json', 'ndjson'])
      case '--role':
        return words(roles)
      case '--unique-mode':
        return words(['keep', 'replace'])
      default:
        return []
    }
  }
  switch (argument?.name) {
    case 'QUEUE':
      return ask(queues)
    case 'VERB': {
      const verbs = words(/^[a-z]+(?:, [a-z]+)*/.exec(argument.about)?.[0].split(', ') ?? [])
      return command === 'limits' ? [...verbs, ...(await ask(queues).catch(() => []))] : verbs
    }
    case 'SHELL':
      return words(argument.about.split(', '))
    case 'NAME':
      if (command === 'tokens')
        return ask(async ({ access }) => (await access.tokens()).map(({ name, role }) => ({ word: name, about: role })))
      return ask((client) => names(client, queue))
    case 'ID':
      if (command === 'schedules') return ask(schedules)
      return command === 'bulk' ? ask(tasks) : ask((client) => ids(client, queue))
    default:
      return []
  }
}

const words = (all: readonly string[]): Candidate[] => all.map((word) => ({ word }))

async function queues({ queues: known }: ApiClient): Promise<Candidate[]> {
  return (await known.list()).map(({ queue, ready, dead }) => ({ word: queue, about: `${ready} ready, ${dead} dead` }))
}

/** Of the newest jobs: no store keeps a list of names. */
async function names({ jobs }: ApiClient, queue: string | undefined): Promise<Candidate[]> {
  const page = await jobs.list(queue === undefined ? {} : { queue }, { limit: 200 })
  return words([...new Set(page.jobs.map(({ name }) => name))])
}

async function ids({ jobs }: ApiClient, queue: string | undefined): Promise<Candidate[]> {
  const page = await jobs.list(queue === undefined ? {} : { queue }, { limit: 30 })
  return page.jobs.map(({ id, name, state }) => ({ word: id, about: `${name}, ${state}` }))
}

async function schedules({ schedules: known }: ApiClient): Promise<Candidate[]> {
  return (await known.list()).map(({ id, name }) => ({ word: id, about: name }))
}

async function tasks({ bulk }: ApiClient): Promise<Candidate[]> {
  return (await bulk.list()).map(({ id, action, state }) => ({ word: id, about: `${action}, ${state}` }))
}
