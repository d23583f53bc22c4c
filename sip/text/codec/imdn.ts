/** Receipts of instant messages: message/imdn+xml (RFC 5438). */
import { XMLParser, XMLValidator } from 'fast-xml-parser';
import { TextCodecError } from './error.ts';

export type ImdnState = 'delivered' | 'displayed' | 'failed' | 'error' | 'forbidden' | 'processed' | 'stored';

export interface Imdn {
  /** The imdn.Message-ID of the text that it is about. */
  readonly messageId: string;
  readonly notification: 'delivery' | 'display' | 'processing';
  readonly state: ImdnState;
  /** ms since 1970; absent when it does not say so, or in no form that is read. */
  readonly at?: number;
  readonly recipientUri?: string;
  readonly originalRecipientUri?: string;
}

/** RFC 5438 §11: a receipt has some hundreds of bytes. */
const LONGEST = 32_768;

// Numbers and entities stay what they are: an identifier such as 0x10 or 1e5 is text.
const parser = new XMLParser({
  removeNSPrefix: true,
  ignoreAttributes: true,
  parseTagValue: false,
  trimValues: true,
  ignorePiTags: true,
  processEntities: true,
});

const STATES: ReadonlySet<string> = new Set<ImdnState>([
  'delivered',
  'displayed',
  'failed',
  'error',
  'forbidden',
  'processed',
  'stored',
]);

/** @throws TextCodecError */
export function parseImdn(body: string | Buffer): Imdn {
  const xml = typeof body === 'string' ? body : body.toString('utf8');
  if (xml.length > LONGEST) throw new TextCodecError('imdn', 'it is too long');
  // A receipt needs no document type, and what one can do to a parser is not worth finding out.
  if (/<!DOCTYPE/iu.test(xml)) throw new TextCodecError('imdn', 'it has a document type declaration');
  const root = object(read(xml)).imdn;
  const imdn = object(root);
  const messageId = textOf(imdn['message-id']);
  if (messageId === undefined) throw new TextCodecError('imdn', 'it names no message');
  const at = Date.parse(textOf(imdn.datetime) ?? '');
  const recipientUri = textOf(imdn['recipient-uri']);
  const originalRecipientUri = textOf(imdn['original-recipient-uri']);
  return {
    messageId,
    ...stateOf(imdn),
    ...(Number.isNaN(at) ? {} : { at }),
    ...(recipientUri === undefined ? {} : { recipientUri }),
    ...(originalRecipientUri === undefined ? {} : { originalRecipientUri }),
  };
}

/** The opposite of `parseImdn`; the type of the body is message/imdn+xml, its disposition "notification" (RFC 5438 §7.2.1.1). */
export function serializeImdn(imdn: Imdn): string {
  const lines = [
    '<?xml version="1.0" encoding="UTF-8"?>',
    '<imdn xmlns="urn:ietf:params:xml:ns:imdn">',
    element('message-id', imdn.messageId),
  ];
  if (imdn.at !== undefined) lines.push(element('datetime', new Date(imdn.at).toISOString()));
  if (imdn.recipientUri !== undefined) lines.push(element('recipient-uri', imdn.recipientUri));
  if (imdn.originalRecipientUri !== undefined) {
    lines.push(element('original-recipient-uri', imdn.originalRecipientUri));
  }
  const name = `${imdn.notification}-notification`;
  lines.push(`<${name}><status><${imdn.state}/></status></${name}>`, '</imdn>', '');
  return lines.join('\r\n');
}

function read(xml: string): unknown {
  try {
    if (XMLValidator.validate(xml) !== true) throw new Error('it is not well-formed');
    return parser.parse(xml);
  } catch (error) {
    throw new TextCodecError('imdn', 'it is no XML', { cause: error });
  }
}

function stateOf(imdn: Readonly<Record<string, unknown>>): Pick<Imdn, 'notification' | 'state'> {
  for (const notification of ['delivery', 'display', 'processing'] as const) {
    const said = imdn[`${notification}-notification`];
    if (said === undefined) continue;
    const state = Object.keys(object(object(said).status)).find((name) => STATES.has(name));
    if (state === undefined) break;
    return { notification, state: state as ImdnState };
  }
  throw new TextCodecError('imdn', 'it has no status that is known');
}

function object(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
    ? (value as Readonly<Record<string, unknown>>)
    : {};
}

function textOf(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined;
}

function element(name: string, text: string): string {
  return `<${name}>${text.replace(/\p{Cc}/gu, ' ').replace(/[<>&]/gu, (sign) => ENTITIES[sign] ?? '')}</${name}>`;
}

const ENTITIES: Readonly<Record<string, string>> = { '<': '&lt;', '>': '&gt;', '&': '&amp;' };
