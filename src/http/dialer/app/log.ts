/** The browser's console: for whoever looks why something did not work. */

/** Notes a problem that the user has been told of in other words, or need not know. */
export function warn(message: string, cause: unknown): void {
  // biome-ignore lint/suspicious/noConsole: the console is a page's log
  console.warn(message, cause);
}
