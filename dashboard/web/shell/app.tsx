import { useEffect, useState } from 'preact/hooks'
import { Redirect, Route, Router, Switch, useLocation } from 'wouter-preact'
import { baseUrl } from '../data/api.ts'
import { listen } from '../data/live.ts'
import { lacks, may, me, session } from '../data/session.ts'
import { askWhoWeAre } from '../data/sign.ts'
import { Empty, ErrorNote } from '../parts/notes.tsx'
import { Toasts } from '../parts/toast.tsx'
import { Header } from './header.tsx'
import { KeysHelp } from './keys-help.tsx'
import { focusSearch, stepRow, useKeys } from './keys.ts'
import { Palette, openPalette } from './palette.tsx'
import { Login } from './login.tsx'
import { type PageRoute, routes, visiblePages } from './routes.ts'

/** The page as a whole: the login, or a header and one of the pages. */
export function App() {
  const [unreachable, setUnreachable] = useState<Error>()
  const ask = () => {
    setUnreachable(undefined)
    askWhoWeAre().catch((error: Error) => setUnreachable(error))
  }
  useEffect(ask, [])
  const { state } = session.value
  if (unreachable !== undefined && state === 'asking') return <ErrorNote error={unreachable} retry={ask} />
  return (
    <>
      {session.value.state === 'out' ? <Login expired={session.value.expired} /> : <Inside />}
      <Toasts />
    </>
  )
}

function Inside() {
  return (
    <Router base={baseUrl.pathname.replace(/\/$/, '')}>
      <Pages />
    </Router>
  )
}

/** Heard on every page, so that one always sees whether the page is live. */
const heartbeat = ['queue.depth']

/** Pages begin to load while it is still asked who one is: both answers come together. */
function Pages() {
  const [keysShown, showKeys] = useState(false)
  const isBlind = lacks('see')
  useEffect(() => (isBlind ? undefined : listen(heartbeat, () => undefined)), [isBlind])
  const [location, navigate] = useLocation()
  useKeys([
    ...visiblePages().flatMap(({ path, nav, key }) =>
      key === undefined ? [] : [{ keys: `g ${key}`, does: `go to ${nav}`, run: () => navigate(path) }],
    ),
    { keys: ':', does: 'go to, or do: Ctrl-K too', run: openPalette },
    { keys: '/', does: 'search on this page', run: focusSearch },
    { keys: 'j', does: 'next row', run: () => stepRow(1) },
    { keys: 'k', does: 'previous row', run: () => stepRow(-1) },
    { keys: 'ArrowDown', does: 'next row', run: () => stepRow(1) },
    { keys: 'ArrowUp', does: 'previous row', run: () => stepRow(-1) },
    { keys: '?', does: 'show the keys', run: () => showKeys(true) },
  ])
  return (
    <>
      <a class="skip" href="#main">
        To the content
      </a>
      <Header showKeys={() => showKeys(true)} />
      <main id="main" class="main" key={location}>
        <Switch>
          {routes.map((route) => (
            <Route key={route.path} path={route.path}>
              {(params: Record<string, string | undefined>) => <Page route={route} params={params} />}
            </Route>
          ))}
          <Route>
            <h1 class="hidden">No such page</h1>
            <Empty title="There is no such page.">Choose one above.</Empty>
          </Route>
        </Switch>
      </main>
      <Palette />
      {keysShown && <KeysHelp close={() => showKeys(false)} />}
    </>
  )
}

function Page({ route, params }: { route: PageRoute; params: Record<string, string | undefined> }) {
  const own = exactParams(params)
  const subject = Object.values(own).find((value) => value !== undefined)
  useEffect(() => {
    document.title = `${subject ?? route.title} · fiber-work`
  }, [route, subject])
  // Who may only enqueue begins where that is done.
  if (route.path === '/' && lacks('see') && may('submit')) return <Redirect to="/submit" replace />
  if (route.right !== undefined && lacks(route.right))
    return <Empty title="Your token does not reach this.">{me.value?.role} is its role.</Empty>
  return <route.page params={own} />
}

/** The router leaves `%2F` and its like as they are, so that an id with a slash would be another one. A path has one parameter, at its end. */
function exactParams(params: Record<string, string | undefined>): Record<string, string | undefined> {
  const name = Object.keys(params).find((key) => Number.isNaN(Number(key)))
  if (name === undefined) return {}
  try {
    return { [name]: decodeURIComponent(globalThis.location.pathname.split('/').at(-1)!) }
  } catch {
    return { [name]: params[name] }
  }
}
