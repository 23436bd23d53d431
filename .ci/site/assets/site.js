// The theme, and the search. Without it the pages are all there.
const page = document.documentElement
const remembered = () => {
  try {
    return localStorage.getItem('theme')
  } catch {
    return null
  }
}
const theme = remembered()
if (theme === 'light' || theme === 'dark') page.dataset.theme = theme

const shownMax = 12

/** Every word has to be there; one in a heading counts most, a whole one more than a beginning. */
function find(index, text) {
  const words = text.toLowerCase().split(/\s+/).filter(Boolean)
  if (words.length === 0) return []
  const worth = ([, title, heading, rest]) => {
    let sum = 0
    for (const word of words) {
      const inHeading = heading.toLowerCase().includes(word)
      const inTitle = title.toLowerCase().includes(word)
      const inRest = ` ${rest}`.includes(` ${word}`)
      if (!inHeading && !inTitle && !inRest && !rest.includes(word)) return 0
      sum += (inHeading ? 8 : 0) + (inTitle ? 4 : 0) + (inRest ? 2 : 1) + (` ${rest} `.includes(` ${word} `) ? 2 : 0)
      if (heading.toLowerCase() === word || title.toLowerCase() === word) sum += 12
    }
    return sum + (heading === '' ? 1 : 0)
  }
  return index
    .map((entry) => ({ entry, sum: worth(entry) }))
    .filter(({ sum }) => sum > 0)
    .sort((one, other) => other.sum - one.sum)
    .slice(0, shownMax)
    .map(({ entry }) => entry)
}

function startSearch(input, found) {
  let wanted = false
  const load = () => {
    if (wanted) return
    wanted = true
    const script = document.createElement('script')
    script.src = `${page.dataset.root}search-index.js`
    script.addEventListener('load', show)
    document.head.append(script)
  }
  const show = () => {
    const entries = find(globalThis.searchIndex ?? [], input.value)
    found.replaceChildren(...entries.map(itemOf))
    if (entries.length === 0 && input.value.trim() !== '' && globalThis.searchIndex !== undefined) {
      found.append(
        Object.assign(document.createElement('li'), { className: 'none', textContent: 'Nothing has all these words.' }),
      )
    }
    found.hidden = found.childElementCount === 0
  }
  input.addEventListener('focus', load)
  input.addEventListener('input', show)
  document.addEventListener('keydown', (event) => {
    const isTyping = event.target instanceof HTMLInputElement
    if (event.key === '/' && !isTyping && !event.ctrlKey && !event.metaKey) {
      event.preventDefault()
      input.focus()
    } else if (event.key === 'Escape') {
      found.hidden = true
      input.blur()
    } else if ((event.key === 'ArrowDown' || event.key === 'ArrowUp') && !found.hidden) {
      event.preventDefault()
      step(input, found, event.key === 'ArrowDown' ? 1 : -1)
    } else if (event.key === 'Enter' && event.target === input) {
      found.querySelector('a')?.click()
    }
  })
  document.addEventListener('click', (event) => {
    if (!event.target.closest('.search')) found.hidden = true
  })
}

function itemOf([url, title, heading]) {
  const link = Object.assign(document.createElement('a'), { href: page.dataset.root + url })
  link.append(Object.assign(document.createElement('b'), { textContent: heading === '' ? title : heading }))
  if (heading !== '') link.append(Object.assign(document.createElement('small'), { textContent: title }))
  const item = document.createElement('li')
  item.append(link)
  return item
}

function step(input, found, by) {
  const all = [input, ...found.querySelectorAll('a')]
  all[(all.indexOf(document.activeElement) + by + all.length) % all.length].focus()
}

addEventListener('DOMContentLoaded', () => {
  startSearch(document.querySelector('#search'), document.querySelector('#found'))
  document.querySelector('#theme').addEventListener('click', () => {
    const isDark =
      (page.dataset.theme ?? (matchMedia('(prefers-color-scheme: dark)').matches ? 'dark' : 'light')) === 'dark'
    page.dataset.theme = isDark ? 'light' : 'dark'
    try {
      localStorage.setItem('theme', page.dataset.theme)
    } catch {
      // It holds for this page.
    }
  })
  const nav = document.querySelector('details.nav')
  if (matchMedia('(max-width: 60rem)').matches) nav.open = false
  nav.querySelector('[aria-current]')?.scrollIntoView({ block: 'nearest' })
})
