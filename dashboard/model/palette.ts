/** One thing that can be chosen by typing. */
export interface PaletteItem {
  /** What it does, as it is read: `Pause queue mail`. */
  title: string
  /** Said beside it. */
  hint?: string
}

const shownMax = 12

/**
 * Items whose title has every typed word, or the letters of it in order; best first. Words at the beginning of words are better than inside, and
 * earlier ones than later ones; equals keep their order.
 */
export function paletteMatches<Item extends PaletteItem>(items: readonly Item[], typed: string): Item[] {
  const words = typed.toLowerCase().split(/\s+/).filter(Boolean)
  if (words.length === 0) return items.slice(0, shownMax)
  return items
    .map((item) => ({ item, cost: costOf(`${item.title} ${item.hint ?? ''}`.toLowerCase(), words) }))
    .filter(({ cost }) => cost < Infinity)
    .toSorted((one, other) => one.cost - other.cost)
    .slice(0, shownMax)
    .map(({ item }) => item)
}

function costOf(text: string, words: readonly string[]): number {
  const taken = new Set<number>()
  return words.reduce((sum, word) => sum + costOfWord(text, word, taken), text.length / 1_000)
}

/** Two typed words are two words of the title: `ha ho` is `Halve … of hooks`. */
function costOfWord(text: string, word: string, taken: Set<number>): number {
  for (let at = startOf(text, word, 0); at >= 0; at = startOf(text, word, at + 1)) {
    if (taken.has(at)) continue
    taken.add(at)
    return at / 100
  }
  const inside = text.indexOf(word)
  if (inside >= 0) return 2 + inside / 100
  return hasLetters(text, word) ? 6 : Infinity
}

/** Where a word of the text begins with these letters, from a place on. */
function startOf(text: string, letters: string, from: number): number {
  return ` ${text}`.indexOf(` ${letters}`, from)
}

function hasLetters(text: string, letters: string): boolean {
  let at = -1
  for (const letter of letters) {
    at = text.indexOf(letter, at + 1)
    if (at < 0) return false
  }
  return true
}
