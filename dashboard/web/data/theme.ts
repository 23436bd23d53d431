import { effect, signal } from '@preact/signals'

export const themes = ['auto', 'light', 'dark'] as const
export type Theme = (typeof themes)[number]

const key = 'fiber-work-theme'
const dark = matchMedia('(prefers-color-scheme: dark)')
const systemIsDark = signal(dark.matches)
dark.addEventListener('change', ({ matches }) => (systemIsDark.value = matches))

/** What is chosen; `auto` follows the system. */
export const theme = signal<Theme>(stored())

/** What is shown: charts are painted with it. */
export const shownTheme = signal<'light' | 'dark'>('light')

effect(() => {
  shownTheme.value = theme.value === 'auto' ? (systemIsDark.value ? 'dark' : 'light') : theme.value
  document.documentElement.dataset['theme'] = shownTheme.value
})

export function chooseTheme(chosen: Theme): void {
  theme.value = chosen
  try {
    localStorage.setItem(key, chosen)
  } catch {
    // A browser that keeps nothing: it holds until the page is left.
  }
}

function stored(): Theme {
  try {
    const kept = localStorage.getItem(key)
    return themes.find((one) => one === kept) ?? 'auto'
  } catch {
    return 'auto'
  }
}
