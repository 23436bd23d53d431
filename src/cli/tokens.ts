import type { Command } from 'commander'
import { roles } from '../api/auth/roles.ts'
import type { NewToken } from '../api/client/access.ts'
import type { TokenView } from '../api/operations/access.ts'
import { plain } from '../base/text.ts'
import { FiberWorkError } from '../contract/errors.ts'
import { addPlace, collect, durationFlag, type Given, integerFlag, verbOf, wordFlag } from './flags.ts'
import { type Column, table } from './table.ts'
import { showIso } from './time.ts'
import { withApi } from './with-api.ts'

interface TokenFlags extends Given {
  role?: string
  only?: string[]
  expires?: string
  requests?: string
}

const verbs = ['list', 'add', 'revoke'] as const

/** `fiber-work tokens [VERB] [NAME]`: who may use the API, and as what. */
export function register(command: Command): void {
  addPlace(
    command.argument('[VERB]', `${verbs.join(', ')} (list)`).argument('[NAME]', 'add, revoke: the name of the token'),
  )
    .option('--role <ROLE>', `add: ${roles.join(', ')}`)
    .option('--only <QUEUE>', 'add: only this queue (or mails-* for all that begin so); several times', collect)
    .option('--expires <TIME>', 'add: after this long (90d)')
    .option('--requests <N>', 'add: this many requests a second, on average (20000)')
    .action((verb: string | undefined, name: string | undefined, given: TokenFlags) => tokens(verb, name, given))
}

function tokens(text: string | undefined, name: string | undefined, given: TokenFlags): Promise<void> {
  const verb = verbOf('tokens', text ?? 'list', verbs)
  if (verb !== 'list' && name === undefined)
    throw new FiberWorkError('FW_CONFIG_INVALID', `Say which token to ${verb}: its name.`)
  const token = verb === 'add' ? tokenOf(name!, given) : undefined
  return withApi(given, { creates: verb === 'add' }, async ({ api, output }) => {
    if (token !== undefined) {
      const made = await api.access.addToken(token)
      output.answer(made, made.token)
      if (!output.json) output.note('This is the only time that it is shown.', 'dim')
      return
    }
    if (verb === 'revoke') {
      await api.access.revokeToken(name!)
      return output.answer({ revoked: name }, `revoked ${plain(name!)}`)
    }
    const all = await api.access.tokens()
    output.answer({ tokens: all }, () => (all.length === 0 ? 'There are no tokens.' : table(all, columns)))
  })
}

function tokenOf(name: string, { role, only, expires, requests }: TokenFlags): NewToken {
  if (role === undefined)
    throw new FiberWorkError('FW_CONFIG_INVALID', `Say what it may do: --role ${roles.join(', ')}.`)
  return {
    name,
    role: wordFlag('--role', role, roles),
    ...(only !== undefined && { queues: only }),
    ...(expires !== undefined && { expiresInMs: durationFlag('--expires', expires) }),
    ...(requests !== undefined && { requestsPerSecond: integerFlag('--requests', requests, 1, 1_000_000) }),
  }
}

const columns: Column<TokenView>[] = [
  { title: 'NAME', cell: ({ name }) => name },
  { title: 'ROLE', cell: ({ role }) => role },
  { title: 'QUEUES', cell: ({ queues }) => queues?.join(', ') ?? 'all', stretch: true },
  { title: 'MADE', cell: ({ createdAt }) => showIso(createdAt) },
  { title: 'EXPIRES', cell: ({ expiresAt }) => showIso(expiresAt) },
  { title: 'KEPT IN', cell: ({ kept }) => kept },
]
