import { Link } from 'wouter-preact'
import type { Need } from '../../../model/needs.ts'
import { Time } from '../../parts/time.tsx'

/** What wants a person, and what one should know; a quiet line on a good day. */
export function NeedsStrip({ needs, isKnown }: { needs: readonly Need[]; isKnown: boolean }) {
  if (!isKnown) return <section class="needs" aria-label="What needs a human" />
  if (needs.length === 0) {
    return (
      <section class="needs" aria-label="What needs a human">
        <p class="needs-none">Nothing needs you.</p>
      </section>
    )
  }
  return (
    <section class="needs" aria-label="What needs a human">
      {needs.map(({ level, title, text, atMs, href }) => (
        <Link key={`${title}${text}`} href={href} class={`need need-${level}`}>
          <span class="need-title">{title}</span>
          <span class="need-text">{text}</span>
          {atMs !== undefined && (
            <span class="need-time">
              <Time at={atMs} />
            </span>
          )}
        </Link>
      ))}
    </section>
  )
}
