import { useEffect, useRef } from 'preact/hooks'
import { Link, useLocation } from 'wouter-preact'
import { lacks, me } from '../data/session.ts'
import { signOut } from '../data/sign.ts'
import { chooseTheme, theme, themes } from '../data/theme.ts'
import { FindIcon, ThemeIcon } from '../parts/icons.tsx'
import { act } from '../parts/toast.tsx'
import { visiblePages } from './routes.ts'
import { Connection } from './connection.tsx'
import { openPalette } from './palette.tsx'

/** On every page: where one can go, whether it is live, who one is. */
export function Header({ showKeys }: { showKeys: () => void }) {
  return (
    <header class="header">
      <Link href="/" class="brand" aria-label="fiber-work, overview">
        <svg class="brand-mark" viewBox="0 0 32 32" aria-hidden="true">
          <path d="M16 3 29 16 16 29 3 16Z" />
        </svg>
        fiber-work
      </Link>
      <Navigation />
      <div class="header-end">
        {!lacks('see') && <Connection />}
        <button
          type="button"
          class="icon-button"
          title="Go to, or do (Ctrl-K)"
          aria-label="Go to, or do"
          onClick={openPalette}
        >
          <FindIcon />
        </button>
        <ThemeSwitch />
        <button type="button" class="icon-button for-keyboards" title="Keys (?)" aria-label="Keys" onClick={showKeys}>
          ?
        </button>
        <Who />
      </div>
    </header>
  )
}

function Navigation() {
  const [location] = useLocation()
  const nav = useRef<HTMLElement>(null)
  const pages = visiblePages()
  // On a phone not all of it is in sight, and who one is decides how much there is.
  useEffect(
    () => nav.current?.querySelector('[aria-current]')?.scrollIntoView({ inline: 'center', block: 'nearest' }),
    [location, pages.length],
  )
  return (
    <nav ref={nav} class="nav" aria-label="Pages">
      {pages.map(({ path, nav }) => {
        const isHere = path === '/' ? location === '/' : location === path || location.startsWith(`${path}/`)
        return (
          <Link key={path} href={path} class="nav-link" {...(isHere && { 'aria-current': 'page' as const })}>
            {nav}
          </Link>
        )
      })}
    </nav>
  )
}

function ThemeSwitch() {
  const next = themes[(themes.indexOf(theme.value) + 1) % themes.length]!
  const words = `Colours: ${theme.value}. Change to ${next}.`
  return (
    <button type="button" class="icon-button" title={words} aria-label={words} onClick={() => chooseTheme(next)}>
      <ThemeIcon theme={theme.value} />
    </button>
  )
}

function Who() {
  const who = me.value
  if (who === undefined) return null
  return (
    <span class="who">
      <span title={`role ${who.role}`}>{who.name}</span>
      {who.role !== who.name && <span class="faint">{who.role}</span>}
      {who.by === 'session' && (
        <button type="button" class="link-button" onClick={() => void act(signOut, 'Logged out.')}>
          log out
        </button>
      )}
    </span>
  )
}
