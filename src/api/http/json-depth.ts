const depthMax = 64
const partsMax = 100_000

/** What is wrong with the shape of a JSON text, before anything is made of it; undefined when nothing is. */
export function tooComplex(json: string): string | undefined {
  let depth = 0
  let parts = 0
  let inText = false
  for (let at = 0; at < json.length; at++) {
    const code = json.charCodeAt(at)
    if (inText) {
      if (code === backslash) at++
      else if (code === quote) inText = false
    } else if (code === quote) inText = true
    else if (code === openBrace || code === openBracket) {
      if (++depth > depthMax) return `it is nested deeper than ${depthMax}`
    } else if (code === closeBrace || code === closeBracket) depth--
    else if (code === comma && ++parts > partsMax) return `it has more than ${partsMax} parts`
  }
  return undefined
}

const [quote, backslash, openBrace, closeBrace, openBracket, closeBracket, comma] = [...'"\\{}[],'].map((one) =>
  one.charCodeAt(0),
) as [number, number, number, number, number, number, number]
