/** Drawn, since not every font has such signs. */
export function ThemeIcon({ theme }: { theme: 'auto' | 'light' | 'dark' }) {
  return (
    <svg class="icon" viewBox="0 0 16 16" aria-hidden="true">
      {theme === 'light' && (
        <path d="M8 4.8a3.2 3.2 0 1 0 0 6.4 3.2 3.2 0 0 0 0-6.4ZM8 .8v2M8 13.2v2M.8 8h2M13.2 8h2M2.9 2.9l1.4 1.4M11.7 11.7l1.4 1.4M2.9 13.1l1.4-1.4M11.7 4.3l1.4-1.4" />
      )}
      {theme === 'dark' && <path d="M13.5 9.6A6 6 0 0 1 6.4 2.5a6 6 0 1 0 7.1 7.1Z" />}
      {theme === 'auto' && (
        <>
          <circle cx="8" cy="8" r="5.8" />
          <path class="icon-fill" d="M8 2.2a5.8 5.8 0 0 1 0 11.6Z" />
        </>
      )}
    </svg>
  )
}

export function FindIcon() {
  return (
    <svg class="icon" viewBox="0 0 16 16" aria-hidden="true">
      <path d="M7 2.2a4.8 4.8 0 1 0 0 9.6 4.8 4.8 0 0 0 0-9.6ZM10.5 10.5l3.7 3.7" />
    </svg>
  )
}
