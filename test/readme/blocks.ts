/** The fenced blocks of a Markdown page, and what the comments above them ask for (CONTRIBUTING.md, "The README is a test"). */

export interface Block {
  line: number
  language: string
  text: string
  /** `file`, `run`, `output`, `until`, `needs`, `show`: what follows the colon. */
  asks: Partial<Record<Directive, string>>
}

const directives = ['file', 'run', 'output', 'until', 'needs', 'show'] as const
export type Directive = (typeof directives)[number]

const isDirective = (word: string): word is Directive => (directives as readonly string[]).includes(word)

export function blocksOf(markdown: string): Block[] {
  const lines = markdown.split('\n')
  const blocks: Block[] = []
  let asks: Block['asks'] = {}
  for (let at = 0; at < lines.length; at++) {
    const line = lines[at] ?? ''
    const fence = /^( *)(`{3,}|~{3,})\s*([\w-]*)/.exec(line)
    if (fence === null) {
      asks = { ...asks, ...directivesOf(line, at + 1) }
      // A comment belongs to the block below it; any other text in between ends that.
      if (line.trim() !== '' && !line.trim().startsWith('<!--')) asks = {}
      continue
    }
    const [, indent = '', mark = '```', language = ''] = fence
    const end = lines.findIndex((other, index) => index > at && other.trim().startsWith(mark))
    if (end < 0) throw new Error(`line ${at + 1}: this fence is never closed`)
    const body = lines.slice(at + 1, end).map((text) => (text.startsWith(indent) ? text.slice(indent.length) : text))
    blocks.push({ line: at + 1, language, text: body.join('\n') + '\n', asks })
    asks = {}
    at = end
  }
  return blocks
}

function directivesOf(line: string, number: number): Block['asks'] {
  const found: Block['asks'] = {}
  for (const [, word = '', value = ''] of line.matchAll(/<!--\s*(\w+):\s*(.*?)\s*-->/g)) {
    if (!isDirective(word)) throw new Error(`line ${number}: no such directive: ${word} (${directives.join(', ')})`)
    if (value === '') throw new Error(`line ${number}: ${word} needs a value`)
    found[word] = value
  }
  return found
}
