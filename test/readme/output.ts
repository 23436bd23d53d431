/** Does the page show what the command prints? Every line shown must occur, in this order; `…` stands for anything. */
export function missingLine(shown: string, printed: string): string | undefined {
  const lines = printed.split('\n').map((line) => line.trim())
  let at = 0
  for (const line of shown.split('\n').map((text) => text.trim())) {
    if (line === '' || line === '…') continue
    const pattern = new RegExp(`^${line.split('…').map(escape).join('.*')}$`)
    while (at < lines.length && !pattern.test(lines[at] ?? '')) at++
    if (at >= lines.length) return line
    at++
  }
  return undefined
}

function escape(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&').replace(/\s+/g, '\\s+')
}
