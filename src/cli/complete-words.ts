/** The words of a shell's line: quotes and backslashes taken off. The last one is empty when the line ends with a space. */
export function wordsOf(line: string): string[] {
  const words: string[] = []
  let word = ''
  let quote = ''
  for (let at = 0; at < line.length; at++) {
    const character = line[at]!
    if (character === '\\' && quote !== "'" && at + 1 < line.length) word += line[++at]!
    else if (quote !== '') {
      if (character === quote) quote = ''
      else word += character
    } else if (character === '"' || character === "'") quote = character
    else if (/\s/.test(character)) {
      if (word !== '' || /\S/.test(line[at - 1] ?? ' ')) words.push(word)
      word = ''
    } else word += character
  }
  return [...words, word]
}
