/** What somebody sees who follows a link that leads to no file. */

const WORDS = {
  unknown: [
    'There is nothing here',
    'This link is not complete, or it never led anywhere. Copy all of it from the message.',
  ],
  expired: ['This link has expired', 'Ask whoever wrote to you to send it again.'],
  gone: ['The file is gone', 'It was deleted. Ask whoever wrote to you to send it again.'],
  busy: ['Too many downloads', 'Try again in a minute.'],
  'too-large': ['The file is too large', 'Ask whoever wrote to you to send it in another way.'],
  failed: ['The file cannot be had at the moment', 'Try again later.'],
} as const;

export type PageName = keyof typeof WORDS;

export function page(name: PageName): string {
  const [title, words] = WORDS[name];
  return `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="robots" content="noindex">
<title>${title}</title>
<style>body { font: 1.1rem/1.5 system-ui, sans-serif; margin: 3rem auto; max-width: 30rem; padding: 0 1rem }</style>
<h1>${title}</h1>
<p>${words}</p>
</html>
`;
}
