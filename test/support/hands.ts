import type { Locator, Page } from 'playwright-core'

/** An operator's hands: what they do is counted. */
export class Hands {
  readonly #page: Page
  clicks = 0
  keys = 0

  constructor(page: Page) {
    this.#page = page
  }

  async click(target: Locator): Promise<void> {
    this.clicks += 1
    await target.click()
  }

  /** One key, or several at once: `Control+k`. */
  async press(...keys: string[]): Promise<void> {
    for (const key of keys) {
      this.keys += 1
      await this.#page.keyboard.press(key)
    }
  }

  async type(text: string): Promise<void> {
    this.keys += text.length
    await this.#page.keyboard.type(text)
  }

  get sum(): number {
    return this.clicks + this.keys
  }
}
