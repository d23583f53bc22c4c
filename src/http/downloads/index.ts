/** Downloads for people who only have a telephone: links that expire, and what is served under them. */
export { createMediaLinks, type LinkedMedia, type MediaLinkBook, type MediaLinksOptions } from './links.ts';
export { type DownloadOptions, downloadRoutes } from './routes.ts';
