/** What becomes of a line of a `sh` block: most are run word for word, some cannot be run inside the tests that they start. */
export type Step = { run: string } | { skip: string } | { installed: string[] } | { script: string }

/** The commands of a block, continued lines joined, comments gone. */
export function commandsOf(text: string): string[] {
  const lines = text.replaceAll('\\\n', ' ').split('\n')
  return lines
    .map((line) => line.replace(/\s+#\s.*$/, '').trim())
    .filter((line) => line !== '' && !line.startsWith('#'))
}

export function stepsOf(command: string): Step[] {
  const parts = command.split(/\s*&&\s*/)
  const steps: Step[] = []
  while (parts.length > 0) {
    const known = special(parts[0] ?? '')
    if (known === undefined) break
    steps.push(known)
    parts.shift()
  }
  if (parts.length > 0) steps.push({ run: parts.join(' && ') })
  return steps
}

function special(command: string): Step | undefined {
  if (/^git clone\b/.test(command)) return { skip: 'the checkout is here already' }
  if (/^cd\b/.test(command)) return { skip: 'every block runs in one project' }
  if (/^npm ci\b/.test(command)) return { skip: 'the lockfile was installed before the tests started' }
  if (/^npm init\b/.test(command)) return { skip: 'the project exists' }
  const script = /^npm (?:run (?<run>[\w:-]+)|(?<name>test|start))\b/.exec(command)?.groups
  if (script !== undefined) return { script: script['run'] ?? script['name'] ?? '' }
  const install = /^npm (?:i|install|add)\s+(?<rest>.+)$/.exec(command)?.groups?.['rest']
  if (install === undefined) return undefined
  const names = install.split(/\s+/).filter((word) => !word.startsWith('-'))
  return { installed: names.map((name) => name.replace(/(?<=.)@[^/]*$/, '')) }
}
