import { execFileSync, spawnSync } from 'node:child_process'
import { dirname, join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type CliProject, makeCliProject } from '../support/cli-project.ts'
import { Terminal, tmuxMissing } from '../support/tmux.ts'

let project: CliProject
const env = () => ({
  ...process.env,
  PATH: `${join(project.folder, 'node_modules/.bin')}:${dirname(process.execPath)}:${process.env['PATH']}`,
})

/** Why a shell's test cannot run here; undefined when it can. */
function missing(shell: string): string | undefined {
  if (spawnSync(shell, ['-c', 'exit 0']).status === 0) return undefined
  return `${shell} is not installed`
}

beforeAll(async () => {
  project = makeCliProject()
  for (const [queue, name] of ['mails send-mail', 'maps tile', 'reports pdf'].map((pair) => pair.split(' ')))
    await project.cli(`enqueue ${name} {} --unchecked --queue ${queue} --id order:${queue}`)
  await project.cli(`schedules set nightly tile {} --unchecked --queue maps --every 1h`)
  for (const shell of ['bash', 'zsh', 'fish']) project.write(shell, (await project.cli(`completion ${shell}`)).stdout)
})

afterAll(() => project.remove())

/** A line with the cursor at its end, and what must be offered there. */
const cases: [line: string, offers: string[]][] = [
  ['fiber-work pur', ['purge', 'purge-dead']],
  ['fiber-work enqueue --uniq', ['--unique', '--unique-for', '--unique-mode']],
  ['fiber-work peek m', ['mails', 'maps']],
  ['fiber-work list --queue rep', ['reports']],
  ['fiber-work list --state q', ['quarantined']],
  ['fiber-work list --queue mails --name ', ['send-mail']],
  ['fiber-work schedules pause ', ['nightly']],
  ['fiber-work limits un', ['unfreeze']],
]

describe.skipIf(missing('bash') !== undefined)('bash', () => {
  const complete = (line: string) =>
    execFileSync(
      'bash',
      [
        '--norc',
        '-c',
        `source ./bash; COMP_LINE=$1; COMP_POINT=\${#1}; COMP_WORDS=(fiber-work x); _fiber_work; for one in "\${COMPREPLY[@]}"; do echo "$one"; done; complete -p fiber-work`,
        'bash',
        line,
      ],
      { cwd: project.folder, env: env(), encoding: 'utf8' },
    )
      .trim()
      .split('\n')

  test.each(cases)('%s', (line, offers) => {
    const found = complete(line)
    expect(found.pop()).toBe('complete -o default -F _fiber_work fiber-work')
    expect(found.toSorted()).toEqual(offers)
  })

  test('what stands behind a colon, and inside of quotes', () => {
    expect(complete('fiber-work status order:re')).toEqual(['reports', expect.any(String)])
    expect(complete(`fiber-work list --queue 'rep`)).toEqual(['reports', expect.any(String)])
  })

  test('a store that is not there offers nothing, and says nothing', () => {
    for (const place of ['--url sqlite:./none.db', '--url nonsense', '--api http://127.0.0.1:1', '--config none.ts'])
      expect(complete(`fiber-work peek ${place} m`), place).toEqual([expect.stringContaining('complete -o')])
  })
})

const noFish = missing('fish')

describe.skipIf(noFish !== undefined)(`fish${noFish === undefined ? '' : ` (${noFish})`}`, () => {
  test.each(cases)('%s', (line, offers) => {
    const text = execFileSync('fish', ['--no-config', '-c', 'source ./fish; complete -C $argv[1]', line], {
      cwd: project.folder,
      env: env(),
      encoding: 'utf8',
    })
    const found = text.trim().split('\n')
    expect(found.map((each) => each.split('\t', 1)[0]!).toSorted((one, other) => one.localeCompare(other))).toEqual(
      offers,
    )
    if (offers.includes('purge')) expect(text).toContain('purge\tforget jobs of a queue for good')
  })
})

const noZsh = missing('zsh') ?? tmuxMissing()

describe.skipIf(noZsh !== undefined)(`zsh${noZsh === undefined ? '' : ` (${noZsh})`}`, () => {
  test('completes at a prompt', async () => {
    using terminal = new Terminal(110, 30)
    terminal.run(`cd ${project.folder}; export PATH=${env().PATH}; exec zsh -f`)
    terminal.run(`PS1='zsh> '; autoload -U compinit; compinit -u -d ./zcompdump; source ./zsh; clear; echo ready`)
    await terminal.shows(/^ready/m)
    terminal.tmux('send-keys', '-l', 'fiber-work list --queue rep')
    terminal.type('Tab')
    await terminal.shows('--queue reports')
    terminal.type('C-u')
    terminal.tmux('send-keys', '-l', 'fiber-work purg')
    terminal.type('Tab', 'Tab')
    await terminal.shows(/purge-dead +-- forget dead letters for good/)
    terminal.type('C-u')
    terminal.tmux('send-keys', '-l', 'fiber-work status order:rep')
    terminal.type('Tab')
    await terminal.shows(/status order\\?:reports/)
  })
})
