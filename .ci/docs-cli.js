// docs/cli.md: what the commands themselves say (src/cli/commands.ts), and the exit codes. The options: docs-config.js.
import { Command } from 'commander'
import { commands } from '../src/cli/commands.ts'
import { exitCodes } from '../src/cli/exit-codes.ts'
import { optionNames, options } from '../src/config/options.ts'

const everywhere = ['--json', '--verbose', '--config']

const examples = {
  work: [
    'fiber-work --dashboard',
    'fiber-work work --url sqlite:/var/lib/app/jobs.db --queue mails --queue reports --concurrency 5000 --http 7077',
  ],
  reload: [
    'fiber-work reload',
    'fiber-work reload --pid 4711 --json',
    'fiber-work reload --control /run/app/worker.sock',
  ],
  enqueue: [
    `fiber-work enqueue send-mail '{"to":"ada@example.org"}' --delay 5m --unique order:17`,
    'fiber-work enqueue send-mail --lines < recipients.ndjson',
    `fiber-work enqueue resize '{"file":"a.png"}' --wait 30s --json | jq .result`,
  ],
  top: ['fiber-work top --api http://127.0.0.1:7077', 'fiber-work top --url redis://127.0.0.1'],
  console: ['fiber-work console', 'fiber-work console --api http://127.0.0.1:7077'],
  api: ['fiber-work api --url redis://127.0.0.1 --http 127.0.0.1:7077'],
  status: [
    'fiber-work status 01a203b3-2bee-7b81-912f-be14b93e7dd4',
    'fiber-work status 01a203b3-2bee-7b81-912f-be14b93e7dd4 --reveal --json | jq .input',
  ],
  list: [
    'fiber-work list --state dead --error ECONNREFUSED --older 1h',
    'fiber-work list --queue mails --tag campaign-9 --all --json',
  ],
  export: [
    'fiber-work export --queue mails --state dead --format csv --fields id,settledAt,error,input.to > dead.csv',
    'fiber-work export --older 1d | gzip > jobs.ndjson.gz',
  ],
  stats: ['fiber-work stats --json | jq ".queues[] | {queue, ready}"', 'fiber-work stats --watch'],
  history: ['fiber-work history --queue mails', 'fiber-work history --last 7d --step 6h --json'],
  dead: ['fiber-work dead', 'fiber-work dead mails --group acme --json | jq ".kinds[0].example"'],
  peek: ['fiber-work peek mails --limit 3'],
  groups: ['fiber-work groups mails'],
  workers: ['fiber-work workers --api http://127.0.0.1:7077'],
  cancel: ['fiber-work cancel --queue mails --state ready,delayed --tag campaign-9'],
  retry: [
    'fiber-work retry --queue mails --state dead',
    'fiber-work retry --queue mails --group acme --state dead --rate 50 --api https://jobs.example.org',
    'fiber-work list --state dead --json | jq -r ".jobs[].id" | fiber-work retry -',
  ],
  rerun: [
    `fiber-work rerun 01a203b3-2bee-7b81-912f-be14b93e7dd4 --patch '{"apiKey":"the-new-one"}'`,
    'fiber-work rerun 01a203b3-2bee-7b81-912f-be14b93e7dd4 --edit',
  ],
  bulk: [
    'fiber-work bulk retry --queue mails --state dead --preview',
    'fiber-work bulk remove --queue mails --state done --older 30d --rate 1000',
    'fiber-work bulk list',
    'fiber-work bulk cancel 01a22e4e-d6e4-7246-810d-64831912b323',
  ],
  purge: ['fiber-work purge mails --state done --state dead --yes'],
  'purge-dead': ['fiber-work purge-dead mails --older 30d', 'fiber-work purge-dead --all --yes'],
  pause: ['fiber-work pause mails', 'fiber-work pause mails --group acme --for 15m'],
  resume: ['fiber-work resume --all', 'fiber-work resume mails --group acme'],
  limits: [
    'fiber-work limits mails',
    'fiber-work limits set mails --rate 100/1s --at-once 20',
    'fiber-work limits set mails --groups --rate 5/1s+50',
    'fiber-work limits set mails --group acme --weight 3 --quota 10000/1d --rate off',
    'fiber-work limits freeze mails --for 5m',
  ],
  limiters: ['fiber-work limiters'],
  schedules: [
    'fiber-work schedules',
    `fiber-work schedules set nightly report '{"of":"yesterday"}' --cron "0 3 * * *" --time-zone Europe/Berlin`,
    'fiber-work schedules pause nightly',
    'fiber-work schedules next nightly',
  ],
  audit: ['fiber-work audit', 'fiber-work audit --json | jq ".entries[] | select(.actor == \\"ada\\")"'],
  tokens: [
    'fiber-work tokens',
    'fiber-work tokens add grafana --role read',
    'fiber-work tokens add shop --role enqueue --only orders --only mails-* --expires 90d',
    'fiber-work tokens revoke shop',
  ],
  doctor: ['fiber-work doctor', 'fiber-work doctor --context --client pg --style promise --style pooled'],
  demo: ['fiber-work demo --jobs 10000 --concurrency 10000'],
  stress: ['fiber-work stress --jobs 10000 --json'],
  completion: [
    'eval "$(fiber-work completion bash)"',
    'eval "$(fiber-work completion zsh)"',
    'fiber-work completion fish > ~/.config/fish/completions/fiber-work.fish',
  ],
}

const reloading = `## Reloading

\`fiber-work reload\` (or SIGUSR2 to the supervisor) puts new worker processes in the place of the old ones: new code, new config file. One place after the
other: the new process is started, and when it works the old one drains, as it does on SIGTERM; there are never fewer at work than before, nothing is lost, no
attempt is burned. The API process comes last; it prepares itself before the old one leaves the port, which then answers nothing for some milliseconds.
\`processes\` and \`http\` of the new config hold afterwards; flags and variables are those that the supervisor was started with.

If a new process does not come up (an invalid config, a job file that cannot be loaded, a store that cannot be reached), the reload ends there: the command says
why and ends with 1, and the old processes go on. Those that were replaced before stay new.

\`--watch-config\` reloads when the config file itself changes (half a second after the last change; what it imports is not watched).

The command finds the supervisor that works in the same folder, by a socket of its user: in systemd's \`RuntimeDirectory=\`, in \`$XDG_RUNTIME_DIR\`, or in the
temporary folder; only that user (and root) can open it. \`--pid\` names one of several, \`--control PATH\` a socket at another place. A supervisor whose store lives inside its
worker (\`memory:\`), or whose dashboard has the terminal, refuses: end it and start it again.`

export async function cliPage() {
  const sections = await Promise.all(commands.map(commandSection))
  return `# The command line

<!-- Made by \`npm run docs\` from the commands themselves and src/cli/exit-codes.ts: edit it there, or in .ci/docs-cli.js. -->

\`fiber-work [COMMAND] [OPTIONS]\`. Without a command it works: \`fiber-work --dashboard\` is \`fiber-work work --dashboard\`.

- **stdout** has the answer, **stderr** everything else: progress, warnings, the log, errors. With \`--json\` stdout has one JSON document and
  nothing else (\`stats --watch\` one a line); an error is one too: \`{ "error": { "code", "message", "remedy" } }\`. What handlers print goes to stderr then.
- An error is one block: \`error FW_X: what happened\`, and what to do. The codes are in [errors.md](errors.md); \`--verbose\` adds the stack.
- Times for people name their zone (\`2026-11-22 14:03:05.123 +01:00\`); in JSON they are ISO 8601 in UTC. Durations have a unit: \`250ms\`,
  \`30s\`, \`5m\`, \`1h30m\`, \`2d\`.
- Colours and progress only on a terminal; \`NO_COLOR=1\` turns colours off. Text from outside cannot steer the terminal, and no password of
  a URL is shown. \`FIBER_WORK_URL\` keeps it out of \`ps\`, too.

## Options

Flags, variables and the config file have the same options: [configuration.md](configuration.md) lists them all, with their defaults, and has an example of a file. \`fiber-work doctor\` shows
what holds and where it came from.

## A store, or an API

The commands that ask and act (all but \`work\`, \`reload\`, \`api\`, \`doctor\`, \`demo\`, \`stress\` and \`completion\`) do so in one of two places, with the same words, answers and errors:

- **on the store** (\`--url\`), with nothing between. Whoever reaches the store is an admin; what is done is in the audit log as of \`USER@HOST\`.
- **by an API** (\`--api URL\`, \`FIBER_WORK_API\`, or \`api\` in a file), which a worker serves with \`--http\`, or \`fiber-work api\`. The token is \`FIBER_WORK_TOKEN\` or \`--token\`; its
  role and queues say what it may. The definitions of jobs are those of the server. An action on filters goes on when the terminal is lost.

A flag means more than a variable: with \`FIBER_WORK_API\` set \`--url\` asks that store all the same; both flags at once are refused.

- **Secrets** of inputs, results, headers and errors are masked: by the names of their keys, by what they look like, and by what a definition (or its schema) calls sensitive, as far as the
  job files are there. \`--reveal\` shows them to admins, and is written to the audit log.
- **\`--json\`** prints what the API answers ([\`fiber-work/client\`](../src/client.ts) has the types), many things below one name: \`{ "jobs": […], "cursor": … }\`.
- **A search** that no index helps with reads many jobs for few; \`list\`, \`dead\` and \`export\` say how far they have come (\`read 60,000 jobs, back to …\`), and \`--cursor\` goes on from there.
  \`export\` holds one page in memory, however many there are; \`list --all\` holds all that it shows.
- **CSV** is for spreadsheets, which run what begins like a formula (\`=\`, \`+\`, \`-\`, \`@\`): such texts get an apostrophe in front.
- **Actions on filters** (\`retry\`, \`cancel\`, \`purge\`, \`purge-dead\`, \`bulk\`) run as one task: \`bulk list\` shows those of seven days, \`bulk status ID\` how far one is, \`bulk cancel ID\` ends it. Without
  \`--state\` a retry means dead, quarantined and cancelled jobs, and a cancel those that have not ended. Ctrl-C on a store ends it after the batch that it is at; by an API you are asked, and without a
  terminal it is left running.

[operate.md](operate.md) goes through a bad day with these commands.

## Job files

\`--jobs\` names files or folders; tests (\`*.test.ts\`), declarations, and names that begin with \`_\` are passed over. A file exports a handler by
default, a list of them, or handlers by name. TypeScript is read as it is: by Node, which strips the types, or with jiti where that does not suffice
(enums, parameter properties, imports without an ending, \`paths\` of tsconfig.json).

## Stopping and restarting

A first SIGTERM or SIGINT (Ctrl-C) drains: nothing more is taken, what runs has \`--grace\` to end, the rest goes back to its queue without
burning an attempt, and the process ends with 0. A second one means now, a third one ends at once. A closed terminal (SIGHUP) drains.

The worker runs in a process of its own under a supervisor (\`--processes N\`: N of them; \`auto\`: one for each core that this process may use, which
heeds its CPU affinity and the CPU limit of its container), which starts it anew when it was killed or fell; the pauses
between two starts double from 0.2 s to 30 s, until one stays up for a minute. A worker that has never been up would fail again: its
exit code is final. One that had been up, and cannot start again (the store is down, a file is wrong), is tried until it can.
On SIGTERM to the supervisor alone, to the worker process alone, or to both (as systemd and a terminal do) the worker drains
once; a worker process that was stopped by itself is replaced. When the supervisor is killed, its workers drain and end, and so does the API process.

One line on stderr says when it works (\`fiber-work 0.1.0 works …\`) and one what it did (\`stopped (SIGTERM): 12,345 done, 3 given back in 2 h 10 m\`),
whatever the log level. The log is JSON where stderr is no terminal: [logs.md](logs.md) has its fields, its levels, and how many lines of a kind there are.
\`--otlp URL\` sends the jobs' traces to a collector: [traces.md](traces.md).

${reloading}

## Health

\`--http 127.0.0.1:7077\` serves \`GET /healthz\` (is there progress: 200 or 503) and \`GET /readyz\` (does it take jobs) as JSON:
\`{ "status", "ok", "ready", "reasons": [], "workers": [{ "pid", "state", "running", … }] }\`. Under a supervisor a process of its own answers, which asks the
workers over the supervisor: a worker process whose event loop is blocked, or that is about to be started anew, shows as such, and none can take the answer down. (With
\`--no-supervisor\` and with a \`memory:\` store it is the worker's own process.) It answers until the last worker has drained. Both are served without a token. An address that other machines can reach wants TLS (\`--tls-cert\`, \`--tls-key\`), or
\`--behind-proxy\`, and a token for everything else. A request whose \`Host\` is neither an IP address nor the host of \`--http\` nor allowed by \`--http-host\` is refused (421). What else is
served there: [docs/http-api.md](http-api.md); and the web page, at \`/\`, unless \`--no-ui\` says otherwise. \`fiber-work api\` serves the same without a worker, and is well when its store answers.

**A store that is away at the start** is waited for by whoever serves (\`--http\`, \`fiber-work api\`): the port is open at once, both answer 503 with the store and what is wrong with it among the \`reasons\`, everything else answers 503 \`FW_API_STARTING\` with
\`retry-after\`, and work begins as soon as the store is there. The log says so once. A worker without \`--http\` has nowhere to tell it, and ends with 69. What waiting cannot mend ends the process at once, with its code: a wrong password, an unknown scheme, a package that is not
installed, a store that a newer release has written. And a process that is to take over in a reload does not wait: the reload is refused, and the old ones go on.

## Exit codes

| code | meaning | the supervisor |
|---|---|---|
${Object.values(exitCodes)
  .map(({ code, meaning, supervisor }) => `| ${code} | ${meaning} | ${supervisor} |`)
  .join('\n')}
| 143 | A worker: the third signal, if it was SIGTERM. | ends with 143 |

## Commands

${sections.join('\n')}`
}

async function commandSection({ name, summary, load }) {
  const command = new Command(name)
  const { register } = await load()
  register(command)
  const helps = new Map(optionNames.map((each) => [`--${options[each].flag}`, options[each].help]))
  const isSetting = ({ long, description }) =>
    long === '--no-supervisor' || (helps.has(long) && description.startsWith(helps.get(long)))
  const visible = command.options.filter(({ hidden, long }) => !hidden && !everywhere.includes(long))
  const own = name === 'work' ? [] : visible.filter((option) => !isSetting(option))
  const taken = visible.filter(isSetting)
  const args = command.registeredArguments.map((argument) => {
    const inner = `${argument.name()}${argument.variadic ? '…' : ''}`
    return argument.required ? inner : `[${inner}]`
  })
  const lines = [
    `### ${name}`,
    '',
    `${capital(summary)}. \`fiber-work ${[name, ...args].join(' ')}\``,
    '',
    '```sh',
    ...(examples[name] ?? []),
    '```',
    '',
  ]
  if (command.registeredArguments.length + own.length > 0) {
    lines.push('| | |', '|---|---|')
    for (const argument of command.registeredArguments)
      lines.push(`| \`${argument.name()}\` | ${argument.description} |`)
    for (const { flags, description } of own) lines.push(`| \`${flags}\` | ${description.replaceAll('|', '\\|')} |`)
    lines.push('')
  }
  const all =
    taken.length === optionNames.length
      ? 'all of the [options](configuration.md)'
      : taken.map(({ long }) => `\`${long}\``).join(', ')
  if (all !== '') lines.push(`Takes ${all}.`, '')
  return lines.join('\n')
}

function capital(text) {
  return text.charAt(0).toUpperCase() + text.slice(1)
}
