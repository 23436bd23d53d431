export async function checkSettings(_where: string, _options: object): Promise<void> {}
