import { useState } from 'preact/hooks'
import type { LogLine } from '../../../../src/client.ts'
import { count, duration } from '../../../model/format.ts'
import { Badge, type BadgeTone } from '../../parts/badge.tsx'
import { Long } from '../../parts/long.tsx'

const shownMax = 200

/** What a job has logged, and what it has done through its doors. Newest last. */
export function Log({ lines, kept, ended }: { lines: readonly LogLine[]; kept: boolean; ended: boolean }) {
  const [whole, setWhole] = useState(false)
  if (lines.length === 0) {
    return (
      <p class="faint">
        {kept
          ? 'It has logged nothing.'
          : ended
            ? 'Its worker is on another machine, or has forgotten: lines are kept while a job runs and a while longer.'
            : 'Nothing yet.'}
      </p>
    )
  }
  const shown = whole ? lines : lines.slice(-shownMax)
  return (
    <>
      {shown.length < lines.length && (
        <button type="button" class="link-button" onClick={() => setWhole(true)}>
          All {count(lines.length)} lines
        </button>
      )}
      <ol class="log">
        {shown.map((line, at) => (
          <Line key={at} line={line} />
        ))}
      </ol>
    </>
  )
}

const tones: Record<string, BadgeTone> = { debug: 'grey', info: 'plain', warn: 'amber', error: 'amber' }

function Line({ line: { at, level, message, fields } }: { line: LogLine }) {
  const call = callOf(fields)
  return (
    <li class={`log-line log-${level}`}>
      <time dateTime={at} title={at} class="faint">
        {at.slice(11, 23)}
      </time>
      {call === undefined ? <Badge tone={tones[level] ?? 'grey'}>{level}</Badge> : <Badge>{call.door}</Badge>}
      <span class="log-text">
        <Long text={call === undefined ? message : withoutDoor(message, call.door)} max={400} />{' '}
        {call !== undefined && <span class="faint number">{duration(call.ms)}</span>}
        {call === undefined && fields !== undefined && (
          <span class="faint">
            <Long text={fieldsText(fields)} max={300} />
          </span>
        )}
      </span>
    </li>
  )
}

/** A call through a facade has its door, and how long it took. */
function callOf(fields: unknown): { door: string; ms: number } | undefined {
  if (typeof fields !== 'object' || fields === null) return undefined
  const { door, ms, outcome } = fields as Record<string, unknown>
  return typeof door === 'string' && typeof ms === 'number' && typeof outcome === 'string' ? { door, ms } : undefined
}

function withoutDoor(message: string, door: string): string {
  return message.startsWith(`${door} `) ? message.slice(door.length + 1) : message
}

/** `status=200 ms=31`. */
function fieldsText(fields: unknown): string {
  if (typeof fields !== 'object' || fields === null || Array.isArray(fields)) return JSON.stringify(fields) ?? ''
  return Object.entries(fields)
    .map(([key, value]) => `${key}=${typeof value === 'string' ? value : (JSON.stringify(value) ?? '')}`)
    .join(' ')
}
