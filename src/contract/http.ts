// Replaced when facades/http brings its types.
export interface HttpClient {
  get(url: string): Promise<unknown>
}
