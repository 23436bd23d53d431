const depthMax = 64
const partsMax = 50_000

/** What is wrong with the shape of a JSON text, before anything is made of it; undefined when nothing is. */
export function tooComplex(json: string): string | undefined {
  let depth = 0
  let parts = 0
  for (let at = 0; at < json.length; at++) {
    const code = json.charCodeAt(at)
    if (code === quote) at = endOfText(json, at + 1)
    else if (code === openBrace || code === openBracket) {
      if (++depth > depthMax) return `it is nested deeper than ${depthMax}`
    } else if (code === closeBrace || code === closeBracket) depth--
    else if (code === comma && ++parts > partsMax) return `it has more than ${partsMax} parts`
  }
  return undefined
}

/** Where the quote stands that ends a text. What is short, or full of escapes, is walked through; what is long is searched, ten times as fast. */
function endOfText(json: string, from: number): number {
  for (let at = from; ;) {
    const walkTo = Math.min(at + walked, json.length)
    for (; at < walkTo; at++) {
      const code = json.charCodeAt(at)
      if (code === backslash) at++
      else if (code === quote) return at
    }
    at = json.indexOf('"', at)
    if (at < 0) return json.length
    let slashes = 0
    while (at - 1 - slashes >= from && json.charCodeAt(at - 1 - slashes) === backslash) slashes++
    if (slashes % 2 === 0) return at
    at++
  }
}

const walked = 24

const [quote, backslash, openBrace, closeBrace, openBracket, closeBracket, comma] = [...'"\\{}[],'].map((one) =>
  one.charCodeAt(0),
) as [number, number, number, number, number, number, number]
