// docs/metrics.md: its tables are made from src/observe/metrics/table.ts.
import { metricGroups } from '../src/observe/metrics/table.ts'

/** The page, with the table of each group put between its two comments. */
export function withMetrics(page) {
  return Object.entries(metricGroups).reduce((text, [group, metrics]) => {
    const [from, to] = [`<!-- ${group} -->`, `<!-- end of ${group} -->`]
    const [start, end] = [text.indexOf(from), text.indexOf(to)]
    if (start < 0 || end < start) throw new Error(`docs/metrics.md has no place for ${group}: ${from} … ${to}`)
    return `${text.slice(0, start + from.length)}\n\n${table(metrics)}\n\n${text.slice(end)}`
  }, page)
}

function table(metrics) {
  const rows = Object.entries(metrics).map(([name, { type, labels, help }]) => {
    const shown = labels.map((label) => `\`${label}\``).join(', ')
    return `| \`${name}\` | ${type} | ${shown} | ${help.replace(/\.$/, '')} |`
  })
  return ['| metric | type | labels | what it says |', '|---|---|---|---|', ...rows].join('\n')
}
